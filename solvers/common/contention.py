"""Servers and powers where tasks share bandwidth or interfere: what was planned as if alone, improved task by task."""

from typing import Any

import numpy as np

from skyedge.problem import Slots
from skyedge.problem.physics.compiled import njit
from skyedge.problem.physics.equations import on_shared_air
from skyedge.problem.physics.links import satellite_link, squared_distance, uav_link
from skyedge.problem.physics.shared_air import Air, fill_air, head_of
from skyedge.problem.scoring.best_costs import link_cost
from skyedge.problem.scoring.kernel import Room, TaskOutcomes, score_slot, slot_arrays
from skyedge.solvers.common.base import SlotDecision

CONTENTION = frozenset({"shared_bandwidth", "interference"})
ROUNDS = 4  # of best responses in power, which interference makes depend on each other
PASSES = 5  # over the tasks; seldom more than two change anything
LEAST_GAIN = 1e-9  # of the slot's cost


def settled(slot: Slots, planned: SlotDecision) -> SlotDecision:
    """Return a decision that accounts for what tasks do to each other on the air; never a dearer one.

    Starts from the servers that were planned as if each task were alone, and gives task after task the server (or
    none) with which the whole slot costs least, until nothing changes. Powers are each task's best on the air as it
    then is: exact where bandwidth is shared, a few rounds of best responses where links interfere.

    Parameters
    ----------
    slot : Slots
        Without leading axis.
    planned : SlotDecision
        It is returned as it is where no such option of the model is on.
    """
    if not slot.options & CONTENTION:
        return planned
    server = np.array(planned.server, np.int64)
    power, cost = np.empty(slot.devices), np.empty(2)
    flat, uav_xy = slot.flattened, np.ascontiguousarray(planned.uav_xy, dtype=float)
    given = np.ascontiguousarray(planned.power, dtype=float)
    outcome, room = TaskOutcomes.empty(1, slot.devices), Room.of(slot)
    improve(slot_arrays(flat), server, power, uav_xy, given, cost, outcome, room)
    return SlotDecision(server, power, planned.uav_xy) if cost[1] < cost[0] else planned


@njit
def improve(
    slots: Any,
    server: np.ndarray,
    power: np.ndarray,
    uav_xy: np.ndarray,
    given_w: np.ndarray,
    cost: np.ndarray,
    outcome: TaskOutcomes,
    room: Room,
) -> None:
    """Improve servers (K,) and fill in their powers (K,); the costs before, with given powers, and after go to (2,)."""
    score_slot(slots, 0, server, given_w, uav_xy, outcome, room)
    cost[0] = outcome.cost.sum()
    best = answered_cost(slots, server, power, uav_xy, outcome, room)
    servers = len(slots.uav_flops) + len(slots.sat_flops)
    for _ in range(PASSES):
        before = best
        for k in range(len(server)):
            if not slots.active[0, k]:
                continue
            chosen = server[k]
            for j in range(-1, servers):
                if j == chosen:
                    continue
                server[k] = j
                trial = answered_cost(slots, server, power, uav_xy, outcome, room)
                if trial < best * (1 - LEAST_GAIN):
                    best, chosen = trial, j
            server[k] = chosen
        if best == before:
            break
    cost[1] = answered_cost(slots, server, power, uav_xy, outcome, room)


@njit
def answered_cost(
    slots: Any, server: np.ndarray, power: np.ndarray, uav_xy: np.ndarray, outcome: TaskOutcomes, room: Room
) -> float:
    """Return what the slot costs with the best powers for servers (K,), which are filled in (K,)."""
    for k in range(len(server)):
        power[k] = slots.max_power_w[k] if head_of(slots, 0, k, server[k]) >= 0 else 0.0
    for _ in range(ROUNDS if slots.interference else 1):
        fill_air(slots, 0, server, power, uav_xy, room.air)
        for k in range(len(server)):
            if room.air.head[k] >= 0:
                power[k] = best_answer(slots, k, server[k], uav_xy, room.air)
    score_slot(slots, 0, server, power, uav_xy, outcome, room)
    return outcome.cost.sum()


@njit
def best_answer(slots: Any, k: int, j: int, uav_xy: np.ndarray, air: Air) -> float:
    """Return the best power [W] of task k on server j while the air is as it is."""
    head, limit_s = air.head[k], slots.max_latency_s[0, k]
    split, uplink_w, downlink_w = air.split[head], air.uplink_w[head], air.downlink_w[k]
    uavs = len(slots.uav_flops)
    if j < uavs:
        link = uav_link(slots, 0, k, j, squared_distance(slots, 0, k, j, uav_xy))
        return link_cost(slots, 0, k, on_shared_air(link, split, uplink_w, downlink_w), limit_s)[1]
    access = head - uavs
    limit_s = min(limit_s, slots.sat_window_s[0, k, access])
    way = satellite_link(slots, 0, k, j - uavs, access)
    return link_cost(slots, 0, k, on_shared_air(way, split, uplink_w, downlink_w), limit_s)[1]
