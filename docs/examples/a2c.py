"""Advantage actor–critic (Mnih et al. 2016), as stable-baselines3 has it, on the networks of ``ppo``."""

from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt
from stable_baselines3 import A2C

from skyedge.rl.algorithms import Algorithm, AlgorithmConfig, register
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

    name, view = "a2c", "box"
    Config, learner, policy = A2CConfig, A2C, NetworkPolicy
    policy_fields = ("width", "log_std")
