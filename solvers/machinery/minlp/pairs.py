"""Which task may be offloaded to which server, and the numbers that strengthen a model of (P1).

Everything here relaxes every limit by its tolerance, so that no valid decision is cut off.
"""

from typing import NamedTuple

import numpy as np

from skyedge.problem import Instance, best_cost
from skyedge.problem.arrays import AREA_TOLERANCE_M
from skyedge.problem.decision import MOVE_TOLERANCE_M
from skyedge.solvers.machinery.branch_and_price.cost_tables import slot_problem

GAP = 1e-3  # which the cost tables resolve
SECANTS = (0.0, 0.25, 0.5, 0.75, 1.0)  # where lines below a cost are read off its table, as shares of its reach
HAIR_M = 1e-3  # far above float error, far below what matters


class UavPairs(NamedTuple):
    """Tasks and the UAVs that may come near enough to serve them; all arrays have P entries.

    Attributes
    ----------
    slot, device, uav : int arrays
    near_m2, far_m2 : arrays
        Least squared distance that the UAV can bring about in that slot, and the greatest at which it may serve.
    apart_m2 : array
        The greatest squared distance it can bring about.
    cost : array
        Best cost at ``near_m2``.
    power : array
        Best power at ``near_m2`` [W]; further away it is higher.
    slope, offset : arrays (P, L)
        Lines below the rise of the best cost: at squared distance s it is at least ``slope * s + offset``.
    """

    slot: np.ndarray
    device: np.ndarray
    uav: np.ndarray
    near_m2: np.ndarray
    far_m2: np.ndarray
    apart_m2: np.ndarray
    cost: np.ndarray
    power: np.ndarray
    slope: np.ndarray
    offset: np.ndarray


class SatellitePairs(NamedTuple):
    """Tasks and the satellites that can serve them, at the best power; all arrays have Q entries."""

    slot: np.ndarray
    device: np.ndarray
    satellite: np.ndarray
    cost: np.ndarray
    power: np.ndarray


def freedom_m(instance: Instance) -> np.ndarray:
    """How far from its start each UAV can be in each slot [m], shape (T, M)."""
    moves = np.arange(1, instance.slots_count + 1)[:, None]
    return moves * (instance.reach_m + MOVE_TOLERANCE_M)


def satellite_pairs(instance: Instance) -> SatellitePairs:
    """List the satellite pairs that cost less than leaving the task."""
    slot, device = np.nonzero(instance.active)
    satellites = np.arange(instance.satellites)
    costs = best_cost(instance, slot[:, None], device[:, None], instance.uavs + satellites, 0.0)
    row, satellite = np.nonzero(costs.cost < instance.unserved_penalty)
    return SatellitePairs(slot[row], device[row], satellite, costs.cost[row, satellite], costs.power[row, satellite])


def uav_pairs(instance: Instance) -> UavPairs:
    """List the UAV pairs within reach that cost less than leaving the task."""
    parts = [_slot_pairs(instance, t, radius) for t, radius in enumerate(freedom_m(instance))]
    return UavPairs(*(np.concatenate(part) for part in zip(*parts, strict=True)))


def _slot_pairs(instance: Instance, t: int, radius_m: np.ndarray) -> UavPairs:
    start = instance.uav_start_xy
    problem = slot_problem(instance.at(t), start, radius_m, GAP)
    tasks, uavs = problem.tasks, instance.uavs
    reach = np.array([tables.reach for tables in problem.tables]).reshape(uavs, len(tasks))
    distance = np.linalg.norm(instance.device_xy[t, tasks] - start[:, None], axis=-1)
    near = np.maximum(distance - radius_m[:, None], 0.0) ** 2
    # a corner of the area may be nearer than the UAV's own limit
    corner = np.maximum(instance.device_xy[t, tasks], instance.area_m - instance.device_xy[t, tasks])
    apart = np.minimum(distance + radius_m[:, None], np.linalg.norm(corner + AREA_TOLERANCE_M, axis=-1)) ** 2
    best = best_cost(instance, t, tasks, np.arange(uavs)[:, None], near)
    m, i = np.nonzero((near <= reach) & (best.cost < instance.unserved_penalty))
    lines = [
        _lines_below(problem.tables[u].cost[j], problem.tables[u].edges(int(j)), best.cost[u, j])
        for u, j in zip(m, i, strict=True)
    ]
    slope, offset = np.array(lines).reshape(len(m), 2, len(SECANTS) - 1).transpose(1, 0, 2)
    return UavPairs(
        slot=np.full(len(m), t),
        device=tasks[i],
        uav=m,
        near_m2=near[m, i],
        far_m2=np.minimum(reach, apart)[m, i],
        apart_m2=apart[m, i],
        cost=best.cost[m, i],
        power=best.power[m, i],
        slope=slope,
        offset=offset,
    )


def _lines_below(cost: np.ndarray, edge: np.ndarray, base: float) -> tuple[np.ndarray, np.ndarray]:
    """Lines that stay below a table of costs that rise from edge to edge (bins + 1,), less ``base``.

    Between two edges the cost is at least that at the lower one, so a line of slope a ≥ 0 may rise to it at the upper.
    """
    at = (np.array(SECANTS) * (len(cost) - 1)).astype(int)
    slope = np.diff(cost[at]) / np.diff(edge[at])
    offset = np.min(cost[:-1] - slope[:, None] * edge[1:], axis=1) - base
    return slope, offset


def coverable_sets(instance: Instance, pairs: UavPairs, t: int, m: int) -> list[np.ndarray]:
    """List sets of pairs of one UAV and slot, such that whatever it can serve together is part of one of them.

    Discs around the tasks, and the disc of what the UAV can have reached, have a point in common only if they have
    one that is the leftmost of a disc or where two circles meet. So these points alone are looked at, with radii
    that are a hair too large.

    Returns
    -------
    list of int arrays
        Numbers of pairs; no set is part of another.
    """
    here = np.flatnonzero((pairs.slot == t) & (pairs.uav == m))
    centre = np.vstack([instance.device_xy[t, pairs.device[here]], instance.uav_start_xy[m]])
    radius = np.append(np.sqrt(pairs.far_m2[here]), freedom_m(instance)[t, m]) + HAIR_M
    leftmost = centre - np.stack([radius, np.zeros(len(radius))], axis=-1)
    points = np.vstack([leftmost, _meetings(centre, radius)])
    inside = np.linalg.norm(points[:, None] - centre, axis=-1) <= radius + HAIR_M
    sets = np.unique(inside[inside[:, -1], :-1], axis=0)
    return [here[chosen] for chosen in _largest(sets) if chosen.any()]


def _meetings(centre: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """Points (P, 2) where circles meet."""
    i, j = np.triu_indices(len(centre), 1)
    apart = centre[j] - centre[i]
    distance = np.maximum(np.linalg.norm(apart, axis=-1), HAIR_M)
    along = (distance**2 + radius[i] ** 2 - radius[j] ** 2) / (2 * distance)
    meet = np.abs(along) <= radius[i]
    i, unit, along = i[meet], (apart / distance[:, None])[meet], along[meet]
    across = np.sqrt(radius[i] ** 2 - along**2)[:, None] * unit[:, ::-1] * [-1.0, 1.0]
    foot = centre[i] + along[:, None] * unit
    return np.vstack([foot + across, foot - across])


def _largest(sets: np.ndarray) -> np.ndarray:
    """Keep the sets (S, K) that are part of no other; all differ."""
    members = sets.astype(np.float32)
    common = members @ members.T
    part = common == members.sum(axis=1)[:, None]
    np.fill_diagonal(part, val=False)
    return sets[~part.any(axis=1)]
