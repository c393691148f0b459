"""Every method, one file each, behind one contract."""

from solvers.base import Solution, Solver, available, get, solve
from solvers.knowledge import Knowledge

__all__ = ["Knowledge", "Solution", "Solver", "available", "get", "solve"]
