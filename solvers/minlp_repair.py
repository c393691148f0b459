"""From a model's solution to a decision: solvers keep constraints roughly, decisions exactly."""

from typing import Any

import numpy as np

from problem import Instance
from solvers.plans import Plan, assigned
from solvers.positions import step_towards
from solvers.pyomo_model import positions

SWEEPS = 100  # of projections onto the discs of the tasks
INSIDE = 1 - 1e-7  # of a disc's radius


def repaired(model: Any, instance: Instance) -> Plan:
    """Return the plan of a solved model: UAVs nudged until they cover what they serve, then servers and powers anew."""
    return assigned(instance, covering_path(model, instance))


def covering_path(model: Any, instance: Instance) -> np.ndarray:
    """Return positions (T, M, 2) [m] near the model's that can be flown, and cover what the model's UAVs serve.

    Each is projected onto the discs around its tasks in turn, and onto what the UAV can reach; where these have
    nothing in common some task is not covered.
    """
    pairs, wanted = model.uav_pairs, positions(model, instance)
    served = np.array([variable.value > 0.5 for variable in model.on_uav.values()], bool)
    path, here = np.empty_like(wanted), instance.uav_start_xy
    for t in range(instance.slots_count):
        now = np.flatnonzero(served & (pairs.slot == t))
        place = step_towards(here, wanted[t], instance.reach_m, instance.area_m)
        for _ in range(SWEEPS if len(now) else 0):
            before = place.copy()
            for i in now:
                m, centre = pairs.uav[i], instance.device_xy[t, pairs.device[i]]
                away = place[m] - centre
                distance, radius = np.linalg.norm(away), np.sqrt(pairs.far_m2[i]) * INSIDE
                if distance > radius:
                    place[m] = centre + away * (radius / distance)
            place = step_towards(here, place, instance.reach_m, instance.area_m)
            if np.array_equal(place, before):
                break
        path[t] = here = place
    return path
