"""The loop of the exact evaluator, task by task, compiled."""

from collections import namedtuple
from typing import Any, NamedTuple

import numpy as np

from skyedge.problem.arrays import CONSTANT_SHAPES, SLOT_SHAPES, Slots
from skyedge.problem.physics.compiled import njit
from skyedge.problem.physics.equations import Link, energy, fixed_part, latency, on_shared_air, task_cost, uplink_time
from skyedge.problem.physics.links import (
    accurate,
    covered,
    in_time,
    request_of,
    satellite_link,
    squared_distance,
    uav_link,
)
from skyedge.problem.physics.shared_air import Air, fill_air, room_for

SLOT_CONSTRAINTS = ("C1", "C2", "C3", "C4", "C5", "C6")
C1, C2, C3, C4, C5, C6 = range(6)

# The fields of Slots, as a type that numba can read.
FIELDS = (*CONSTANT_SHAPES, *SLOT_SHAPES)
SlotArrays: Any = namedtuple("SlotArrays", FIELDS)  # type: ignore[misc]


def slot_arrays(flat: Slots) -> Any:
    """Return slots as a tuple that compiled code reads by the same names."""
    return SlotArrays(*(getattr(flat, name) for name in FIELDS))


class TaskOutcomes(NamedTuple):
    """What becomes of the tasks of B slots: arrays (B, K), ``broken`` (B, K, 6)."""

    cost: np.ndarray
    latency_s: np.ndarray
    energy_j: np.ndarray
    server_energy_j: np.ndarray
    served: np.ndarray
    broken: np.ndarray

    @classmethod
    def empty(cls, slots: int, devices: int) -> "TaskOutcomes":
        """Return arrays to fill in."""
        shape = (slots, devices)
        cost, latency_s, energy_j, server_energy_j = np.empty((4, *shape))
        served, broken = np.empty(shape, bool), np.empty((*shape, len(SLOT_CONSTRAINTS)), bool)
        return cls(cost, latency_s, energy_j, server_energy_j, served, broken)


class Room(NamedTuple):
    """Room to work in for one slot: load of the servers (M+N,), a task's result (4,), and the air."""

    load: np.ndarray
    result: np.ndarray
    air: Air

    @classmethod
    def of(cls, slots: Slots) -> "Room":
        """Return room for any slot of a world."""
        return cls(np.empty(slots.servers, np.int64), np.empty(4), room_for(slots.devices, slots.servers))


@njit
def count_load(slots: Any, b: int, server: np.ndarray, load: np.ndarray) -> None:
    """Count the active tasks that each server (K,) got in slot b, into ``load`` (M+N,)."""
    load[:] = 0
    for k in range(len(server)):
        if slots.active[b, k] and server[k] >= 0:
            load[server[k]] += 1


@njit
def score_link(
    slots: Any, b: int, k: int, link: Link, accuracy: float, power_w: float, broken: np.ndarray, result: np.ndarray
) -> float:
    """Fill in latency, energies and cost of a task that has a link, C2 and C5; return the latency."""
    request = request_of(slots, b, k)
    uplink_s = uplink_time(np, request, link, power_w)
    fixed = fixed_part(np, request, link)
    latency_s = latency(uplink_s, fixed.time_s)
    weighted_j = energy(power_w, uplink_s, fixed.energy_j, slots.device_energy_weight)
    result[0] = task_cost(slots.latency_weight, slots.energy_weight, latency_s, weighted_j)
    result[1], result[2] = latency_s, energy(power_w, uplink_s, fixed.energy_j, 1.0)
    result[3] = fixed.energy_j
    broken[C2] = not accurate(accuracy, slots.min_accuracy[b, k])
    broken[C5] = not in_time(latency_s, slots.max_latency_s[b, k])
    return latency_s


@njit
def score_on_uav(
    slots: Any, b: int, k: int, m: int, power_w: float, uav_xy: np.ndarray, air: Air, broken: np.ndarray, result: Any
) -> None:
    """Score a task on UAV m: C2, C3, C5."""
    squared = squared_distance(slots, b, k, m, uav_xy)
    link = on_shared_air(uav_link(slots, b, k, m, squared), air.split[m], air.uplink_w[m], air.downlink_w[k])
    score_link(slots, b, k, link, slots.uav_accuracy[m], power_w, broken, result)
    broken[C3] = not covered(squared, slots.uav_radius_m[m], slots.device_walk_m[b, k])


@njit
def score_on_satellite(
    slots: Any, b: int, k: int, n: int, power_w: float, air: Air, broken: np.ndarray, result: np.ndarray
) -> None:
    """Score a task on satellite n: C2 to C5; without an access satellite only C2 and C3 count."""
    access = slots.sat_access[b, k, n]
    if access < 0:
        broken[C2] = not accurate(slots.sat_accuracy[n], slots.min_accuracy[b, k])
        broken[C3] = True
        return
    head = len(slots.uav_flops) + access
    link = on_shared_air(satellite_link(slots, b, k, n, access), air.split[head], air.uplink_w[head], air.downlink_w[k])
    latency_s = score_link(slots, b, k, link, slots.sat_accuracy[n], power_w, broken, result)
    broken[C4] = not in_time(latency_s, slots.sat_window_s[b, k, access])


@njit
def score_slot(
    slots: Any,
    b: int,
    server: np.ndarray,
    power: np.ndarray,
    uav_xy: np.ndarray,
    outcome: TaskOutcomes,
    room: Room,
) -> None:
    """Score servers (K,), powers (K,) and UAV positions (M, 2) in slot b, into row b of the outcome."""
    uavs = len(slots.uav_flops)
    load, result, air = room.load, room.result, room.air
    count_load(slots, b, server, load)
    fill_air(slots, b, server, power, uav_xy, air)
    for k in range(len(server)):
        j = server[k]
        result[0], result[1], result[2], result[3] = 0.0, np.nan, np.nan, np.nan
        task = outcome.broken[b, k]
        task[:] = False
        if slots.active[b, k]:
            if j < 0:
                task[C1] = True
            elif j < uavs:
                score_on_uav(slots, b, k, j, power[k], uav_xy, air, task, result)
                task[C6] = load[j] > slots.uav_capacity[j]
            else:
                score_on_satellite(slots, b, k, j - uavs, power[k], air, task, result)
                task[C6] = load[j] > slots.sat_capacity[j - uavs]
        served = slots.active[b, k] and not task.any()
        outcome.served[b, k] = served
        outcome.cost[b, k] = result[0] if served else slots.unserved_penalty * slots.active[b, k]
        outcome.latency_s[b, k], outcome.energy_j[b, k] = result[1], result[2]
        outcome.server_energy_j[b, k] = result[3]


@njit
def score_tasks(
    slots: Any, server: np.ndarray, power: np.ndarray, uav_xy: np.ndarray, outcome: TaskOutcomes, room: Room
) -> None:
    """Score B slots: servers (B, K), powers (B, K) and UAV positions (B, M, 2) into the outcome.

    Parameters
    ----------
    slots : SlotArrays
        With one leading axis B.
    server, power, uav_xy : array
    outcome : TaskOutcomes
        Filled in.
    room : Room
    """
    for b in range(server.shape[0]):
        score_slot(slots, b, server[b], power[b], uav_xy[b], outcome, room)
