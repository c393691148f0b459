"""From a model's solution to a decision: solvers keep constraints roughly, decisions exactly."""

from typing import Any

import numpy as np

from skyedge.problem import Instance
from skyedge.solvers.common.flight import flown
from skyedge.solvers.common.plans import Plan, assigned
from skyedge.solvers.machinery.minlp.model import positions

SWEEPS = 1000
INSIDE = 1 - 1e-8  # of a radius; projections approach it from outside
NEAR_M = 1e-9  # a sweep that moves nothing further is the last


def repaired(model: Any, instance: Instance) -> Plan:
    """Return the plan of a solved model: UAVs nudged until they cover what they serve, then servers and powers anew."""
    return assigned(instance, covering_path(model, instance))


def covering_path(model: Any, instance: Instance) -> np.ndarray:
    """Return positions (T, M, 2) [m] near the model's that can be flown, and cover what the model's UAVs serve.

    Cyclic projection onto the discs around the tasks, the moves and the area; what these leave open in the end is
    lost to coverage, not to flight.
    """
    pairs = model.uav_pairs
    served = np.array([variable.value > 0.5 for variable in model.on_uav.values()], bool)
    t, m = pairs.slot[served], pairs.uav[served]
    centre, radius = instance.device_xy[t, pairs.device[served]], np.sqrt(pairs.far_m2[served]) * INSIDE
    path = positions(model, instance)
    for _ in range(SWEEPS):
        before = path.copy()
        for i in range(len(t)):
            path[t[i], m[i]] += _beyond(centre[i] - path[t[i], m[i]], radius[i])
        _shorten_moves(path, instance)
        path = np.clip(path, 0.0, instance.area_m)
        if np.abs(path - before).max(initial=0.0) < NEAR_M:
            break
    return flown(path, instance.uav_start_xy, instance.reach_m, instance.area_m)


def _shorten_moves(path: np.ndarray, instance: Instance) -> None:
    """Draw the ends of moves that are too long together, in place; the start stays."""
    reach = instance.reach_m * INSIDE
    path[0] += _beyond(instance.uav_start_xy - path[0], reach)
    for t in range(1, len(path)):
        pull = _beyond(path[t - 1] - path[t], reach) / 2
        path[t] += pull
        path[t - 1] -= pull


def _beyond(apart: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """Return the part of vectors (…, 2) that is longer than a radius."""
    distance = np.linalg.norm(apart, axis=-1, keepdims=True)
    share = 1 - np.asarray(radius)[..., None] / np.maximum(distance, NEAR_M)
    return apart * np.maximum(share, 0.0)
