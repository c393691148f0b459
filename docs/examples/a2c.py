"""Advantage actor–critic (Mnih et al. 2016), as stable-baselines3 has it, on the networks of ``ppo``."""

from pathlib import Path
from typing import Any

from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt
from stable_baselines3 import A2C
from stable_baselines3.common.vec_env import VecEnv

from skyedge.rl.algorithms import Algorithm, AlgorithmConfig, process_of, register
from skyedge.rl.algorithms.ppo import NetworkPolicy


class A2CConfig(AlgorithmConfig):
    """Hyper-parameters, by stable-baselines3's names, and what ``ppo``'s networks ask for."""

    width: PositiveInt = 64
    log_std: float = -0.5
    n_steps: PositiveInt = 10
    learning_rate: PositiveFloat = 7e-4
    gamma: NonNegativeFloat = 0.8
    gae_lambda: NonNegativeFloat = 0.8
    max_grad_norm: PositiveFloat = 0.5


@register
class A2CEntry(Algorithm):
    """``a2c``."""

    name = "a2c"
    view = "box"
    Config = A2CConfig

    @staticmethod
    def build(
        vec_env: VecEnv, config: A2CConfig, track: str, seed: int, tensorboard_log: str | Path | None = None
    ) -> A2C:
        """Return stable-baselines3's A2C."""
        policy: dict[str, Any] = {"scenario": process_of(vec_env).scenario, "track": track}
        return A2C(
            NetworkPolicy,
            vec_env,
            **config.arguments("width", "log_std"),
            policy_kwargs=policy | {"width": config.width, "log_std_init": config.log_std},
            seed=seed,
            tensorboard_log=None if tensorboard_log is None else str(tensorboard_log),
            device="cpu",
        )
