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
from skyedge.solvers.common.contention import CONTENTION, settled
from skyedge.solvers.common.flight import flown, step_towards
from skyedge.solvers.common.knowledge import Knowledge
from skyedge.solvers.common.plans import Plan, assigned, cheaper, hovering, scored, served_best, with_path
from skyedge.solvers.common.registry import available, get, parse_spec, register, solve

__all__ = [
    "CONTENTION",
    "Budget",
    "Knowledge",
    "Observation",
    "OnlineSolver",
    "Plan",
    "Progress",
    "SlotDecision",
    "Solution",
    "Solver",
    "SolverConfig",
    "assigned",
    "available",
    "cheaper",
    "configure",
    "flown",
    "get",
    "hovering",
    "parse_spec",
    "register",
    "scored",
    "served_best",
    "settled",
    "solve",
    "step_towards",
    "with_path",
]
