"""What is being solved: scenario, instance, physics and the exact evaluator."""

from problem.assignment import best_assignment
from problem.costs import ServerCosts, assigned_power, best_cost, server_costs
from problem.decision import Decision
from problem.errors import InputError
from problem.evaluate import Score, SlotScores, evaluate, score_slots
from problem.explain import explain
from problem.generate import generate
from problem.instance import Instance, Slots, stack
from problem.scenario import Scenario

__all__ = [
    "Decision",
    "InputError",
    "Instance",
    "Scenario",
    "Score",
    "ServerCosts",
    "SlotScores",
    "Slots",
    "assigned_power",
    "best_assignment",
    "best_cost",
    "evaluate",
    "explain",
    "generate",
    "score_slots",
    "server_costs",
    "stack",
]
