"""Learning algorithms, those included that hold solvers and so cannot live in ``rl/``."""

from importlib import import_module
from typing import TYPE_CHECKING

from rl.names import algorithm_modules

if TYPE_CHECKING:
    from rl.algorithms.registry import Algorithm

HERE = {"adp": "solvers.place_values.learner"}


def learner_modules() -> dict[str, str]:
    """Return the module of each learning algorithm, by the algorithm's name."""
    return algorithm_modules() | HERE


def learner(name: str) -> "type[Algorithm]":
    """Return the entry of a learning algorithm, which :mod:`rl.algorithms` then knows, too.

    Raises
    ------
    InputError
        If there is none; the error names the nearest.
    """
    from rl import algorithms

    if name in HERE:
        import_module(HERE[name])
    return algorithms.get(name)
