"""AD-SAC (:mod:`skyedge.rl.ad_sac`) on the suite's environment, in each track, and its ablations."""

from pathlib import Path
from typing import Any, ClassVar

from pydantic import BaseModel, PositiveFloat, PositiveInt
from stable_baselines3.common.vec_env import VecEnv

from skyedge.rl.ad_sac import AdSac, AdSacSettings
from skyedge.rl.ad_sac.settings import StructuredSettings
from skyedge.rl.ad_sac.structured.algorithm import (
    ContinuousAgents,
    DiscreteAgents,
    MovingAgents,
    StructuredAdSac,
    StructuredAgents,
    StructuredPolicy,
)
from skyedge.rl.algorithms.common.base import Algorithm, AlgorithmConfig
from skyedge.rl.algorithms.common.registry import register
from skyedge.rl.environment.process import process_of


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
    structured: ClassVar[type[MovingAgents]] = StructuredAgents

    @classmethod
    def build(
        cls, vec_env: VecEnv, config: AdSacConfig, track: str, seed: int, tensorboard_log: str | Path | None = None
    ) -> AdSac:
        """Return a new one."""
        log = None if tensorboard_log is None else str(tensorboard_log)
        common: dict[str, Any] = {"seed": seed, "tensorboard_log": log}
        if track == "plain":
            return AdSac("MlpPolicy", vec_env, **_chosen(config, AdSacSettings), **common)
        policy = {"scenario": process_of(vec_env).scenario, "agents": cls.structured}
        settings = _chosen(config, StructuredSettings)
        return StructuredAdSac(StructuredPolicy, vec_env, policy_kwargs=policy, **settings, **common)


@register
class AdSacDEntry(AdSacEntry):
    """``ad-sac-d``: everything discretised, the discrete agent alone."""

    name = "ad-sac-d"
    view = "multi-discrete"
    structured = DiscreteAgents


@register
class AdSacCEntry(AdSacEntry):
    """``ad-sac-c``: everything relaxed, the continuous agent alone."""

    name = "ad-sac-c"
    view = "box"
    structured = ContinuousAgents


@register
class AdSacExactEntry(AdSacEntry):
    """``ad-sac-exact``: AD-SAC learns the moves, and servers and powers are the exact ones."""

    name = "ad-sac-exact"
    view = "moves"
    tracks = ("model-based",)
    structured = MovingAgents


def _chosen(config: AdSacConfig, settings: type[BaseModel]) -> dict[str, Any]:
    """Return the algorithm's own arguments and those that are settings of a track."""
    return config.arguments(*set(StructuredSettings.model_fields) - set(settings.model_fields))
