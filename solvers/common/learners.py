"""Learning algorithms, those included that hold solvers and so cannot live in ``rl/``."""

from importlib import import_module
from typing import TYPE_CHECKING

from skyedge.rl.algorithms.common.registry import algorithm_modules

if TYPE_CHECKING:
    from skyedge.rl.algorithms import Algorithm

HERE = {"adp": "skyedge.solvers.machinery.approximate_dp.algorithm"}


def learner_modules() -> dict[str, str]:
    """Return the module of each learning algorithm, by the algorithm's name."""
    return algorithm_modules() | HERE


def learner(name: str) -> "type[Algorithm]":
    """Return the entry of a learning algorithm, which :mod:`skyedge.rl.algorithms` then knows, too.

    Raises
    ------
    InputError
        If there is none; the error names the nearest.
    """
    from skyedge.rl import algorithms

    if name in HERE:
        import_module(HERE[name])
    return algorithms.get(name)
