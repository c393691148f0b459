"""What tasks do to each other on the air: shared bandwidth and interference (Section 12), compiled.

A radio head is what devices talk to: UAV m is head m, satellite a, where it is the access satellite of tasks, is
head M + a.
"""

from typing import Any, NamedTuple

import numpy as np

from skyedge.problem.physics.compiled import njit
from skyedge.problem.physics.links import squared_distance, uav_link


class Air(NamedTuple):
    """What happens on the air in one slot; room for compiled loops.

    Attributes
    ----------
    head : int array (K,)
        The radio head of each task, −1 for none.
    tasks : int array (M+N,)
        How many active tasks each head has.
    split : array (M+N,)
        Into how many parts it splits its band.
    uplink_w, downlink_w : array (M+N,), (K,)
        Interference that heads and devices receive [W].
    """

    head: np.ndarray
    tasks: np.ndarray
    split: np.ndarray
    uplink_w: np.ndarray
    downlink_w: np.ndarray


def room_for(devices: int, heads: int) -> Air:
    """Return empty room."""
    return Air(
        np.empty(devices, np.int64),
        np.empty(heads, np.int64),
        np.empty(heads),
        np.empty(heads),
        np.empty(devices),
    )


@njit
def head_of(slots: Any, b: int, k: int, j: int) -> int:
    """Radio head of task (b, k) on server j; −1 without a task, a server or an access satellite."""
    uavs = len(slots.uav_flops)
    if j < uavs or not slots.active[b, k]:
        return j if slots.active[b, k] else -1
    access = slots.sat_access[b, k, j - uavs]
    return uavs + access if access >= 0 else -1


@njit
def received_gain(slots: Any, b: int, k: int, head: int, uav_xy: np.ndarray) -> float:
    """Power gain between device k and a radio head; UAVs are at positions (M, 2)."""
    uavs = len(slots.uav_flops)
    if head < uavs:
        return uav_link(slots, b, k, head, squared_distance(slots, b, k, head, uav_xy)).gain
    return slots.sat_gain[b, k, head - uavs]


@njit
def add_interference(slots: Any, b: int, power: np.ndarray, uav_xy: np.ndarray, air: Air) -> None:
    """Add what every task's device sends to other heads of its kind, and hears from them, Eqs. (I1) and (I2)."""
    uavs = len(slots.uav_flops)
    for k in range(len(air.head)):
        own = air.head[k]
        if own < 0:
            continue
        for head in range(len(air.tasks)):
            if head != own and (head < uavs) == (own < uavs) and air.tasks[head] > 0:
                gain = received_gain(slots, b, k, head, uav_xy)
                transmit_w = slots.uav_transmit_w[head] if head < uavs else slots.sat_transmit_w[head - uavs]
                air.uplink_w[head] += power[k] * gain
                air.downlink_w[k] += transmit_w * gain


@njit
def fill_air(slots: Any, b: int, server: np.ndarray, power: np.ndarray, uav_xy: np.ndarray, air: Air) -> None:
    """Fill in what happens on the air of slot b, with servers (K,), powers (K,) and positions (M, 2)."""
    air.split[:] = 1.0
    air.uplink_w[:] = 0.0
    air.downlink_w[:] = 0.0
    if not (slots.shared_bandwidth or slots.interference):
        return
    air.tasks[:] = 0
    for k in range(len(server)):
        air.head[k] = head_of(slots, b, k, server[k])
        if air.head[k] >= 0:
            air.tasks[air.head[k]] += 1
    if slots.shared_bandwidth:
        for head in range(len(air.tasks)):
            air.split[head] = max(air.tasks[head], 1)
    if slots.interference:
        add_interference(slots, b, power, uav_xy, air)
