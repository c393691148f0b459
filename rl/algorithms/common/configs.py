"""Hyper-parameters that algorithms of a kind share, by stable-baselines3's names."""

from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt

from skyedge.problem.common.field_types import Size
from skyedge.rl.algorithms.common.registry import AlgorithmConfig


class OnPolicyConfig(AlgorithmConfig):
    """Of PPO and its kind; ``width`` is that of hidden layers.

    ``log_std`` is ln of the standard deviations of real numbers, at first.
    """

    width: Size = 64
    log_std: float = -0.5
    n_steps: PositiveInt = 50
    batch_size: PositiveInt = 200
    n_epochs: PositiveInt = 6
    learning_rate: PositiveFloat = 1e-3
    gamma: NonNegativeFloat = 0.8
    gae_lambda: NonNegativeFloat = 0.8
    clip_range: PositiveFloat = 0.2
    ent_coef: NonNegativeFloat = 0.0
    max_grad_norm: PositiveFloat = 0.5
    vf_coef: NonNegativeFloat = 0.5


class OffPolicyConfig(AlgorithmConfig):
    """Of algorithms with a replay buffer; ``width`` is that of hidden layers.

    One step of all environments comes before ``gradient_steps`` updates.
    """

    width: Size = 64
    learning_rate: PositiveFloat = 1e-3
    buffer_size: PositiveInt = 10_000
    batch_size: PositiveInt = 128
    learning_starts: PositiveInt = 800
    gradient_steps: PositiveInt = 1
    gamma: NonNegativeFloat = 0.8
    tau: PositiveFloat = 0.01
