"""What is being solved: scenario, instance, physics and the exact evaluator."""

from problem.assignment import best_assignment
from problem.costs import ServerCosts, assigned_power, best_cost, server_costs
from problem.decision import Decision
from problem.errors import InputError
from problem.evaluate import Score, SlotScores, evaluate, score_slots
from problem.explain import explain
from problem.generate import generate, generate_batch, world_of
from problem.instance import Horizons, Instance, Slots, World, side_by_side, stack
from problem.scenario import Scenario

__all__ = [
    "Decision",
    "Horizons",
    "InputError",
    "Instance",
    "Scenario",
    "Score",
    "ServerCosts",
    "SlotScores",
    "Slots",
    "World",
    "assigned_power",
    "best_assignment",
    "best_cost",
    "evaluate",
    "explain",
    "generate",
    "generate_batch",
    "score_slots",
    "server_costs",
    "side_by_side",
    "stack",
    "world_of",
]
