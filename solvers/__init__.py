"""Every method, one file each, behind one contract; a method's file imports what it needs of the suite from here."""

from skyedge.solvers.common.base import (
    Budget,
    Observation,
    OnlineSolver,
    Progress,
    SlotDecision,
    Solution,
    Solver,
    SolverConfig,
    configure,
)
from skyedge.solvers.common.knowledge import Knowledge
from skyedge.solvers.common.registry import available, get, parse_spec, register, solve

__all__ = [
    "Budget",
    "Knowledge",
    "Observation",
    "OnlineSolver",
    "Progress",
    "SlotDecision",
    "Solution",
    "Solver",
    "SolverConfig",
    "available",
    "configure",
    "get",
    "parse_spec",
    "register",
    "solve",
]
