"""What is being solved: scenario, instance, physics and the exact evaluator."""

from skyedge.problem.arrays import Slots, World
from skyedge.problem.common import InputError
from skyedge.problem.decision import Decision
from skyedge.problem.generation.generate import generate, generate_batch, world_of
from skyedge.problem.instance import Horizons, Instance, side_by_side, stack
from skyedge.problem.scenario.scenario import Scenario
from skyedge.problem.scoring.assignment import best_assignment
from skyedge.problem.scoring.best_costs import ServerCosts, assigned_power, best_cost, server_costs
from skyedge.problem.scoring.evaluate import Score, SlotScores, evaluate, score_slots
from skyedge.problem.scoring.explain import explain

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
