"""Every method, one file each, behind one contract."""

from solvers.base import Solution, Solver, available, get, solve

__all__ = ["Solution", "Solver", "available", "get", "solve"]
