"""Pyomo as the array namespace of :mod:`skyedge.problem.physics.equations`."""

from typing import Any

from pyomo.core.expr import log


def log1p(value: Any) -> Any:
    """Return log(1 + value) of a number or a Pyomo expression."""
    return log(1 + value)
