"""Every learning algorithm, one file each, behind one contract; all are algorithms of stable-baselines3.

What an algorithm's author needs is here; importing it needs no learning library.
"""

from skyedge.rl.algorithms.common.base import Algorithm, AlgorithmConfig, OffPolicyConfig, OnPolicyConfig
from skyedge.rl.algorithms.common.hyperparameters import hyperparameters
from skyedge.rl.algorithms.common.registry import available, get, register
from skyedge.rl.environment.process import process_of

__all__ = [
    "Algorithm",
    "AlgorithmConfig",
    "OffPolicyConfig",
    "OnPolicyConfig",
    "available",
    "get",
    "hyperparameters",
    "process_of",
    "register",
]
