"""What the fork server imports, so that cells inherit it ready to use.

Compiled functions are compiled here, or loaded from their cache; else the first cells would spend their time on it.
"""

import numpy as np

import skyedge.results.execution.cell_process  # noqa: F401
from skyedge.problem import Scenario, evaluate, generate, server_costs
from skyedge.solvers import solve


def call_compiled_functions() -> None:
    """Do once, on a small instance, what most cells do: costs of a slot and of a horizon, and a score."""
    instance = generate(Scenario.preset("tiny"), 0)
    server_costs(instance, np.tile(instance.uav_start_xy, (instance.slots_count, 1, 1)))
    decision = solve("greedy", instance).decision
    if decision is not None:
        evaluate(instance, decision)


call_compiled_functions()
