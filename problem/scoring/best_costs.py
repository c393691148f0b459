"""The best cost of serving a task on a server: the one table that solvers, bounds and observations read."""

from typing import Any, NamedTuple

import numpy as np

from skyedge.problem.arrays import Slots
from skyedge.problem.physics.best_power import best_power
from skyedge.problem.physics.compiled import njit
from skyedge.problem.physics.equations import (
    Array,
    Link,
    energy,
    fixed_part,
    latency,
    snr_per_watt,
    task_cost,
    uplink_time,
)
from skyedge.problem.physics.links import accurate, covered, in_time, request_of, satellite_link, uav_link
from skyedge.problem.scoring.kernel import slot_arrays


class ServerCosts(NamedTuple):
    """Best cost, the power that gives it [W], and feasibility; equal shapes. The cost is inf where infeasible."""

    cost: np.ndarray
    power: np.ndarray
    feasible: np.ndarray


@njit
def link_cost(slots: Any, t: int, k: int, link: Link, limit_s: float) -> tuple[float, float, bool]:
    """Best cost of a task over the power on its link, that power, and whether the latency keeps the limit."""
    request = request_of(slots, t, k)
    fixed = fixed_part(np, request, link)
    power_w = best_power(
        request.input_bits,
        link.bandwidth_hz,
        snr_per_watt(link.gain, link.bandwidth_hz, link.noise_psd),
        limit_s - fixed.time_s,
        slots.max_power_w[k],
        slots.latency_weight,
        slots.energy_weight * slots.device_energy_weight,
    )
    uplink_s = uplink_time(np, request, link, power_w)
    latency_s = latency(uplink_s, fixed.time_s)
    joules = energy(power_w, uplink_s, fixed.energy_j, slots.device_energy_weight)
    cost = task_cost(slots.latency_weight, slots.energy_weight, latency_s, joules)
    feasible = in_time(latency_s, limit_s)
    return (cost if feasible else np.inf), power_w, feasible


@njit
def pair_cost(slots: Any, t: int, k: int, j: int, squared_distance: float) -> tuple[float, float, bool]:
    """Best cost of task (t, k) on server j, its power, and feasibility; power 0 where the server is out of question."""
    if not slots.active[t, k]:
        return np.inf, 0.0, False
    uavs = len(slots.uav_flops)
    if j < uavs:
        if not (
            covered(squared_distance, slots.uav_radius_m[j], slots.device_walk_m[t, k])
            and accurate(slots.uav_accuracy[j], slots.min_accuracy[t, k])
        ):
            return np.inf, 0.0, False
        return link_cost(slots, t, k, uav_link(slots, t, k, j, squared_distance), slots.max_latency_s[t, k])
    n = j - uavs
    access = slots.sat_access[t, k, n]
    if access < 0 or not accurate(slots.sat_accuracy[n], slots.min_accuracy[t, k]):
        return np.inf, 0.0, False
    limit_s = min(slots.max_latency_s[t, k], slots.sat_window_s[t, k, access])
    return link_cost(slots, t, k, satellite_link(slots, t, k, n, access), limit_s)


@njit
def pair_costs(
    slots: Any,
    t: np.ndarray,
    k: np.ndarray,
    server: np.ndarray,
    squared_distance: np.ndarray,
    cost: np.ndarray,
    power: np.ndarray,
    feasible: np.ndarray,
) -> None:
    """Fill in :func:`pair_cost` of P pairs; all arrays (P,)."""
    for i in range(len(t)):
        cost[i], power[i], feasible[i] = pair_cost(slots, t[i], k[i], server[i], squared_distance[i])


@njit
def table_costs(
    slots: Any,
    t: np.ndarray,
    uav_xy: np.ndarray,
    cost: np.ndarray,
    power: np.ndarray,
    feasible: np.ndarray,
) -> None:
    """Fill in tables (P, K, M+N) of slots t (P,) with UAVs at positions (P, M, 2)."""
    uavs = uav_xy.shape[1]
    for i in range(len(t)):
        for k in range(cost.shape[1]):
            for j in range(cost.shape[2]):
                squared = 0.0
                if j < uavs:
                    dx = slots.device_xy[t[i], k, 0] - uav_xy[i, j, 0]
                    dy = slots.device_xy[t[i], k, 1] - uav_xy[i, j, 1]
                    squared = dx * dx + dy * dy
                cost[i, k, j], power[i, k, j], feasible[i, k, j] = pair_cost(slots, t[i], k, j, squared)


def server_costs(slots: Slots, uav_xy: np.ndarray) -> ServerCosts:
    """Best cost of every device on every server, with the UAVs at given positions.

    Parameters
    ----------
    slots : Slots
        With leading axes ``…`` (an :class:`~skyedge.problem.instance.Instance` has one: T).
    uav_xy : array (…, M, 2)
        Positions [m]; leading axes broadcast against those of ``slots``.

    Returns
    -------
    ServerCosts
        Arrays (…, K, M+N). Idle devices are infeasible everywhere.
    """
    uav_xy = np.asarray(uav_xy, dtype=float)
    leading = np.broadcast_shapes(slots.leading, uav_xy.shape[:-2])
    flat = slots.flattened
    t = np.broadcast_to(np.arange(len(flat.active)).reshape(slots.leading), leading).ravel()
    uav_xy = np.broadcast_to(uav_xy, (*leading, slots.uavs, 2)).reshape(len(t), slots.uavs, 2)
    shape = (len(t), slots.devices, slots.servers)
    cost, power, feasible = np.empty(shape), np.empty(shape), np.empty(shape, bool)
    table_costs(slot_arrays(flat), t, np.ascontiguousarray(uav_xy), cost, power, feasible)
    return ServerCosts(*(table.reshape(*leading, *shape[1:]) for table in (cost, power, feasible)))


def best_cost(instance: Slots, t: Array, k: Array, server: Array, squared_distance: Array) -> ServerCosts:
    """Best cost of single tasks on single servers; all arguments broadcast (Section 8 of the formulation).

    Parameters
    ----------
    instance : Instance
        Or any slots with one leading axis.
    t, k, server : int arrays
        Slot, device and server (UAV m, or M + n for satellite n).
    squared_distance : array
        Squared horizontal distance to the UAV [m²]; ignored for satellites.

    Returns
    -------
    ServerCosts
        Cost (inf where infeasible), power [W] and feasibility.
    """
    pairs = np.broadcast_arrays(t, k, server, np.asarray(squared_distance, dtype=float))
    shape = pairs[0].shape
    cost, power, feasible = np.empty(shape), np.empty(shape), np.empty(shape, bool)
    t, k, server, squared = (np.array(pair).ravel() for pair in pairs)
    pair_costs(slot_arrays(instance), t, k, server, squared, cost.ravel(), power.ravel(), feasible.ravel())
    return ServerCosts(cost, power, feasible)


def assigned_power(costs: ServerCosts, server: np.ndarray) -> np.ndarray:
    """Return the best power [W] of each task on its server (…, K), 0 where it has none (−1)."""
    chosen = np.take_along_axis(costs.power, np.maximum(server, 0)[..., None], axis=-1)[..., 0]
    return np.where(server >= 0, chosen, 0.0)


def dearest_served_cost(slots: Slots) -> float:
    """Return a number that no served task of these slots can cost more than, whatever the decision.

    At the limit on latency, at full power, and for a UAV at the edge of its coverage.
    """
    t = np.arange(len(slots.active))[:, None, None]
    k = np.arange(slots.devices)[:, None]
    m, n = np.arange(slots.uavs), np.arange(slots.satellites)
    near = uav_link(slots, t, k, m, np.zeros(1))
    far = uav_link(slots, t, k, m, slots.uav_radius_m**2)
    on_uavs = accurate(slots.uav_accuracy, slots.min_accuracy[..., None])
    access = np.maximum(slots.sat_access, 0)
    above = satellite_link(slots, t, k, n, access)
    on_satellites = (slots.sat_access >= 0) & accurate(slots.sat_accuracy, slots.min_accuracy[..., None])
    limit_s = slots.max_latency_s[..., None]
    window_s = np.minimum(limit_s, slots.sat_window_s[t, k, access])
    return max(
        _dearest(slots, t, k, near, far, limit_s, on_uavs),
        _dearest(slots, t, k, above, above, window_s, on_satellites),
    )


def _dearest(
    slots: Slots,
    t: np.ndarray,
    k: np.ndarray,
    best: Link,
    worst: Link,
    limit_s: np.ndarray,
    allowed: np.ndarray,
) -> float:
    request, power = request_of(slots, t, k), slots.max_power_w[k]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        quickest = latency(uplink_time(np, request, best, power), fixed_part(np, request, best).time_s)
        longest_uplink = np.minimum(uplink_time(np, request, worst, power), limit_s)
        joules = energy(power, longest_uplink, fixed_part(np, request, worst).energy_j, slots.device_energy_weight)
        cost = task_cost(slots.latency_weight, slots.energy_weight, limit_s, joules)
    servable = slots.active[t, k] & allowed & in_time(quickest, limit_s)
    return float(np.max(cost, where=servable, initial=-np.inf))
