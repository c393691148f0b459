"""Every learning algorithm, one file each, behind one contract; all are algorithms of stable-baselines3."""

from skyedge.rl.algorithms.common.hyperparameters import hyperparameters
from skyedge.rl.algorithms.common.registry import Algorithm, AlgorithmConfig, available, get, register

__all__ = ["Algorithm", "AlgorithmConfig", "available", "get", "hyperparameters", "register"]
