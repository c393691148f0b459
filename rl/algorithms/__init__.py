"""Every learning algorithm, one file each, behind one contract; all are algorithms of stable-baselines3."""

from rl.algorithms.hyperparameters import hyperparameters
from rl.algorithms.registry import Algorithm, AlgorithmConfig, available, get, register

__all__ = ["Algorithm", "AlgorithmConfig", "available", "get", "hyperparameters", "register"]
