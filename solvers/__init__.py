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
    available,
    configure,
    get,
    parse_spec,
    register,
    solve,
)
from skyedge.solvers.common.knowledge import Knowledge

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
