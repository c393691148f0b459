"""The best cost of serving a task on a server: the one table that solvers, bounds and observations read."""

from typing import NamedTuple

import numpy as np

from problem.instance import Slots
from problem.links import (
    accurate,
    covered,
    flatten,
    in_time,
    request_of,
    satellite_link,
    squared_distances,
    uav_link,
)
from problem.physics import (
    Link,
    Request,
    energy,
    fixed_part,
    latency,
    snr_per_watt,
    task_cost,
    uplink_time,
)
from problem.power import best_power


class ServerCosts(NamedTuple):
    """Best cost, the power that gives it [W], and feasibility; equal shapes. The cost is inf where infeasible."""

    cost: np.ndarray
    power: np.ndarray
    feasible: np.ndarray


def server_costs(slots: Slots, uav_xy: np.ndarray) -> ServerCosts:
    """Best cost of every device on every server, with the UAVs at given positions.

    Parameters
    ----------
    slots : Slots
        With leading axes ``…`` (an :class:`~problem.instance.Instance` has one: T).
    uav_xy : array (…, M, 2)
        Positions [m]; leading axes broadcast against those of ``slots``.

    Returns
    -------
    ServerCosts
        Arrays (…, K, M+N). Idle devices are infeasible everywhere.
    """
    uav_xy = np.asarray(uav_xy, dtype=float)
    leading = np.broadcast_shapes(slots.leading, uav_xy.shape[:-2])
    flat = flatten(slots)
    t = np.arange(len(flat.active)).reshape(*slots.leading, 1, 1)
    k = np.arange(slots.devices)[:, None]
    on_uavs = _uav_costs(flat, t, k, np.arange(slots.uavs), squared_distances(slots.device_xy, uav_xy))
    on_satellites = _satellite_costs(flat, t, k, np.arange(slots.satellites))
    return ServerCosts(
        *(
            np.concatenate([np.broadcast_to(part, (*leading, *part.shape[-2:])) for part in parts], axis=-1)
            for parts in zip(on_uavs, on_satellites, strict=True)
        )
    )


def best_cost(
    instance: Slots, t: np.ndarray, k: np.ndarray, server: np.ndarray, squared_distance: np.ndarray
) -> ServerCosts:
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
    t, k, server, squared_distance = np.broadcast_arrays(t, k, server, np.asarray(squared_distance, dtype=float))
    result = ServerCosts(np.full(t.shape, np.inf), np.zeros(t.shape), np.zeros(t.shape, bool))
    on_uav = server < instance.uavs
    on_satellite = ~on_uav
    parts = (
        (on_uav, _uav_costs(instance, t[on_uav], k[on_uav], server[on_uav], squared_distance[on_uav])),
        (
            on_satellite,
            _satellite_costs(instance, t[on_satellite], k[on_satellite], server[on_satellite] - instance.uavs),
        ),
    )
    for where, part in parts:
        for total, values in zip(result, part, strict=True):
            total[where] = values
    return result


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
    dearest = max(
        _dearest(slots, t, k, near, far, limit_s, on_uavs),
        _dearest(slots, t, k, above, above, window_s, on_satellites),
    )
    return dearest


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


def _uav_costs(slots: Slots, t: np.ndarray, k: np.ndarray, m: np.ndarray, squared_distance: np.ndarray) -> ServerCosts:
    allowed = covered(squared_distance, slots.uav_radius_m[m])
    allowed = allowed & slots.active[t, k] & accurate(slots.uav_accuracy[m], slots.min_accuracy[t, k])
    link = uav_link(slots, t, k, m, squared_distance)
    return _link_costs(slots, request_of(slots, t, k), link, slots.max_latency_s[t, k], slots.max_power_w[k], allowed)


def _satellite_costs(slots: Slots, t: np.ndarray, k: np.ndarray, n: np.ndarray) -> ServerCosts:
    access = slots.sat_access[t, k, n]
    allowed = (access >= 0) & slots.active[t, k] & accurate(slots.sat_accuracy[n], slots.min_accuracy[t, k])
    access = np.maximum(access, 0)
    limit_s = np.minimum(slots.max_latency_s[t, k], slots.sat_window_s[t, k, access])
    link = satellite_link(slots, t, k, n, access)
    return _link_costs(slots, request_of(slots, t, k), link, limit_s, slots.max_power_w[k], allowed)


def _link_costs(
    slots: Slots,
    request: Request,
    link: Link,
    limit_s: np.ndarray,
    max_power_w: np.ndarray,
    allowed: np.ndarray,
) -> ServerCosts:
    """Best cost over the power on given links, where ``allowed`` holds and the latency keeps its limit."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        fixed = fixed_part(np, request, link)
        snr = snr_per_watt(link.gain, link.bandwidth_hz, link.noise_psd)
        power = best_power(
            request.input_bits,
            link.bandwidth_hz,
            snr,
            limit_s - fixed.time_s,
            max_power_w,
            slots.latency_weight,
            slots.energy_weight * slots.device_energy_weight,
        )
        uplink_s = uplink_time(np, request, link, power)
        latency_s = latency(uplink_s, fixed.time_s)
        joules = energy(power, uplink_s, fixed.energy_j, slots.device_energy_weight)
        cost = task_cost(slots.latency_weight, slots.energy_weight, latency_s, joules)
    feasible = allowed & in_time(latency_s, limit_s)
    return ServerCosts(np.where(feasible, cost, np.inf), power, feasible)
