"""AD-SAC (:mod:`rl.ad_sac`) on the suite's environment, in each track."""

from pathlib import Path
from typing import Any

from pydantic import BaseModel, PositiveFloat, PositiveInt
from stable_baselines3.common.vec_env import VecEnv

from rl.ad_sac import AdSac, AdSacSettings
from rl.ad_sac.settings import StructuredSettings
from rl.ad_sac.structured_algorithm import MovingPolicy, StructuredAdSac, StructuredPolicy
from rl.algorithms.registry import Algorithm, AlgorithmConfig, process_of, register


class AdSacConfig(AlgorithmConfig, StructuredSettings):
    """Hyper-parameters; in the plain track those of :class:`StructuredSettings` alone have no effect."""

    buffer_size: PositiveInt = 10_000
    batch_size: PositiveInt = 128
    learning_starts: PositiveInt = 800
    train_freq: PositiveInt = 1
    gradient_steps: PositiveInt = 1
    tau: PositiveFloat = 0.01


@register
class AdSacEntry(Algorithm):
    """``ad-sac``."""

    name = "ad-sac"
    view = "hybrid"
    Config = AdSacConfig

    @staticmethod
    def build(
        vec_env: VecEnv, config: AdSacConfig, track: str, seed: int, tensorboard_log: str | Path | None = None
    ) -> AdSac:
        """Return a new one."""
        if track == "plain":
            return AdSac("MlpPolicy", vec_env, **_arguments(config, AdSacSettings, seed, tensorboard_log))
        return _structured(StructuredPolicy, vec_env, config, seed, tensorboard_log)


@register
class AdSacExactEntry(Algorithm):
    """``ad-sac-exact``: AD-SAC learns the moves, and servers and powers are the exact ones."""

    name = "ad-sac-exact"
    view = "moves"
    tracks = ("model-based",)
    Config = AdSacConfig

    @staticmethod
    def build(
        vec_env: VecEnv, config: AdSacConfig, track: str, seed: int, tensorboard_log: str | Path | None = None
    ) -> AdSac:
        """Return a new one."""
        return _structured(MovingPolicy, vec_env, config, seed, tensorboard_log)


def _structured(
    policy: type[StructuredPolicy], vec_env: VecEnv, config: AdSacConfig, seed: int, log: str | Path | None
) -> StructuredAdSac:
    world: dict[str, Any] = {"scenario": process_of(vec_env).scenario}
    arguments = _arguments(config, StructuredSettings, seed, log)
    return StructuredAdSac(policy, vec_env, policy_kwargs=world, **arguments)


def _arguments(
    config: AdSacConfig, settings: type[BaseModel], seed: int, tensorboard_log: str | Path | None
) -> dict[str, Any]:
    names = set(AdSacConfig.model_fields) - set(StructuredSettings.model_fields) - {"environments"}
    log = None if tensorboard_log is None else str(tensorboard_log)
    values = config.model_dump(include=names | set(settings.model_fields))
    return values | {"seed": seed, "tensorboard_log": log}
