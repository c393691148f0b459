"""The loop of the exact evaluator, task by task, compiled."""

from collections import namedtuple
from typing import Any

import numpy as np

from problem.compiled import njit
from problem.instance import Slots
from problem.layout import CONSTANT_SHAPES, SLOT_SHAPES
from problem.links import accurate, covered, in_time, request_of, satellite_link, uav_link
from problem.physics import Link, energy, fixed_part, latency, task_cost, uplink_time

CONSTRAINTS = ("C1", "C2", "C3", "C4", "C5", "C6")
C1, C2, C3, C4, C5, C6 = range(6)

# The fields of Slots, as a type that numba can read.
FIELDS = (*CONSTANT_SHAPES, *SLOT_SHAPES)
SlotArrays: Any = namedtuple("SlotArrays", FIELDS)  # type: ignore[misc]


def slot_arrays(flat: Slots) -> Any:
    """Return slots as a tuple that compiled code reads by the same names."""
    return SlotArrays(*(getattr(flat, name) for name in FIELDS))


@njit
def count_load(slots: Any, b: int, server: np.ndarray, load: np.ndarray) -> None:
    """Count the active tasks that each server got in slot b, into ``load`` (M+N,)."""
    load[:] = 0
    for k in range(server.shape[1]):
        if slots.active[b, k] and server[b, k] >= 0:
            load[server[b, k]] += 1


@njit
def score_link(
    slots: Any, b: int, k: int, link: Link, accuracy: float, power_w: float, broken: np.ndarray, result: np.ndarray
) -> float:
    """Fill in latency, energy and cost of a task that has a link, C2 and C5; return the latency."""
    request = request_of(slots, b, k)
    uplink_s = uplink_time(np, request, link, power_w)
    fixed = fixed_part(np, request, link)
    latency_s = latency(uplink_s, fixed.time_s)
    weighted_j = energy(power_w, uplink_s, fixed.energy_j, slots.device_energy_weight)
    result[0] = task_cost(slots.latency_weight, slots.energy_weight, latency_s, weighted_j)
    result[1], result[2] = latency_s, energy(power_w, uplink_s, fixed.energy_j, 1.0)
    broken[C2] = not accurate(accuracy, slots.min_accuracy[b, k])
    broken[C5] = not in_time(latency_s, slots.max_latency_s[b, k])
    return latency_s


@njit
def score_on_uav(
    slots: Any, b: int, k: int, m: int, power_w: float, uav_xy: np.ndarray, broken: np.ndarray, result: np.ndarray
) -> None:
    """Score a task on UAV m: C2, C3, C5."""
    dx = slots.device_xy[b, k, 0] - uav_xy[b, m, 0]
    dy = slots.device_xy[b, k, 1] - uav_xy[b, m, 1]
    squared_distance = dx * dx + dy * dy
    link = uav_link(slots, b, k, m, squared_distance)
    score_link(slots, b, k, link, slots.uav_accuracy[m], power_w, broken, result)
    broken[C3] = not covered(squared_distance, slots.uav_radius_m[m], slots.device_walk_m[b, k])


@njit
def score_on_satellite(
    slots: Any, b: int, k: int, n: int, power_w: float, broken: np.ndarray, result: np.ndarray
) -> None:
    """Score a task on satellite n: C2 to C5; without an access satellite only C2 and C3 count."""
    access = slots.sat_access[b, k, n]
    if access < 0:
        broken[C2] = not accurate(slots.sat_accuracy[n], slots.min_accuracy[b, k])
        broken[C3] = True
        return
    link = satellite_link(slots, b, k, n, access)
    latency_s = score_link(slots, b, k, link, slots.sat_accuracy[n], power_w, broken, result)
    broken[C4] = not in_time(latency_s, slots.sat_window_s[b, k, access])


@njit
def score_tasks(
    slots: Any,
    server: np.ndarray,
    power: np.ndarray,
    uav_xy: np.ndarray,
    cost: np.ndarray,
    latency_s: np.ndarray,
    energy_j: np.ndarray,
    served: np.ndarray,
    broken: np.ndarray,
    load: np.ndarray,
    result: np.ndarray,
) -> None:
    """Score B slots into the given arrays (B, K); ``broken`` is (B, K, 6) and starts all false.

    Parameters
    ----------
    slots : SlotArrays
        With one leading axis B.
    server, power, uav_xy : array (B, K), (B, K), (B, M, 2)
    cost, latency_s, energy_j, served, broken : array
        Filled in.
    load, result : array (M+N,) of int, (3,)
        Room to work in.
    """
    uavs = len(slots.uav_flops)
    for b in range(server.shape[0]):
        count_load(slots, b, server, load)
        for k in range(server.shape[1]):
            j = server[b, k]
            result[0], result[1], result[2] = 0.0, np.nan, np.nan
            task = broken[b, k]
            if slots.active[b, k]:
                if j < 0:
                    task[C1] = True
                elif j < uavs:
                    score_on_uav(slots, b, k, j, power[b, k], uav_xy, task, result)
                    task[C6] = load[j] > slots.uav_capacity[j]
                else:
                    score_on_satellite(slots, b, k, j - uavs, power[b, k], task, result)
                    task[C6] = load[j] > slots.sat_capacity[j - uavs]
            served[b, k] = slots.active[b, k] and not task.any()
            cost[b, k] = result[0] if served[b, k] else slots.unserved_penalty * slots.active[b, k]
            latency_s[b, k], energy_j[b, k] = result[1], result[2]
