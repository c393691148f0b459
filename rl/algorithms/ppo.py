"""Proximal policy optimisation (Schulman et al. 2017), as stable-baselines3 has it, on scores in a box."""

from pathlib import Path

from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import VecEnv

from rl.algorithms.registry import Algorithm, AlgorithmConfig, register


class PPOConfig(AlgorithmConfig):
    """Hyper-parameters, by stable-baselines3's names."""

    n_steps: PositiveInt = 50
    batch_size: PositiveInt = 200
    n_epochs: PositiveInt = 6
    learning_rate: PositiveFloat = 3e-4
    gamma: NonNegativeFloat = 0.8
    gae_lambda: NonNegativeFloat = 0.8
    clip_range: PositiveFloat = 0.2
    ent_coef: NonNegativeFloat = 0.0


@register
class PPOEntry(Algorithm):
    """``ppo``."""

    name = "ppo"
    view = "box"
    Config = PPOConfig

    @staticmethod
    def build(
        vec_env: VecEnv, config: PPOConfig, track: str, seed: int, tensorboard_log: str | Path | None = None
    ) -> PPO:
        """Return stable-baselines3's PPO."""
        return PPO(
            "MlpPolicy",
            vec_env,
            **config.model_dump(exclude={"environments"}),
            seed=seed,
            tensorboard_log=None if tensorboard_log is None else str(tensorboard_log),
            device="cpu",
        )
