"""Every method, one file each, behind one contract."""

from skyedge.solvers.common.base import Solution, Solver, available, get, solve
from skyedge.solvers.common.knowledge import Knowledge

__all__ = ["Knowledge", "Solution", "Solver", "available", "get", "solve"]
