"""What one slot's search works on: cost tables of every task on every UAV, and the regions of the UAVs."""

from typing import NamedTuple

import numpy as np

from skyedge.problem import Slots, best_cost, server_costs
from skyedge.problem.decision import MOVE_TOLERANCE_M
from skyedge.problem.physics.links import TOLERANCE
from skyedge.solvers.machinery.branch_and_price.master import SlotData
from skyedge.solvers.machinery.branch_and_price.pricing import Region
from skyedge.solvers.machinery.branch_and_price.task_sets import CostTables

LEAST_BINS, MOST_BINS = 64, 65536
BISECTIONS = 50
SLACK_M = 1e-9  # for rounding, on the tolerance of moves


class SlotProblem(NamedTuple):
    """One slot, reduced to its K active tasks (``tasks`` are their device numbers).

    ``tables`` and ``regions`` have one entry a UAV.
    """

    slot: Slots
    tasks: np.ndarray
    data: SlotData
    tables: list[CostTables]
    regions: list[Region]


def slot_problem(slot: Slots, centre_xy: np.ndarray, radius_m: np.ndarray, gap: float) -> SlotProblem:
    """Prepare a slot, UAV m being free within ``radius_m[m]`` of ``centre_xy[m]``, inside the area.

    Parameters
    ----------
    slot : Slots
        Without leading axis.
    centre_xy : array (M, 2)
        Inside the area.
    radius_m : array (M,)
        Infinite for "anywhere".
    gap : float
        Relative gap that the tables must resolve.
    """
    tasks = np.flatnonzero(slot.active)
    on_satellites = server_costs(slot, centre_xy).cost[tasks, slot.uavs :]
    data = SlotData(on_satellites, slot.sat_capacity, slot.uavs, slot.unserved_penalty)
    bins = int(np.clip(0.25 / gap, LEAST_BINS, MOST_BINS))
    distance = np.linalg.norm(slot.device_xy[tasks, None] - centre_xy, axis=-1)
    parts = _cost_tables(slot.at(None), tasks, bins, *_region_span(distance, radius_m))
    tables = [
        CostTables(slot.device_xy[tasks], *(np.ascontiguousarray(part[:, m]) for part in parts))
        for m in range(slot.uavs)
    ]
    regions = [
        Region(
            x=float(centre_xy[m, 0]),
            y=float(centre_xy[m, 1]),
            radius=float(radius_m[m]),
            width=float(slot.area_m[0]),
            height=float(slot.area_m[1]),
        )
        for m in range(slot.uavs)
    ]
    return SlotProblem(slot, tasks, data, tables, regions)


def _region_span(distance: np.ndarray, radius_m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the least and largest squared distance (K, M) to a point within a radius of the centre, all widened."""
    wide = radius_m + MOVE_TOLERANCE_M + SLACK_M
    return np.maximum(distance - wide, 0.0) ** 2, (distance + wide) ** 2


def _cost_tables(
    batch: Slots, tasks: np.ndarray, bins: int, nearest: np.ndarray, farthest: np.ndarray
) -> tuple[np.ndarray, ...]:
    """Return costs (K, M, bins + 1), then lower ends, bin widths, reaches and whether any cost is finite (K, M)."""
    k, m = tasks[:, None], np.arange(batch.uavs)
    half_walk = batch.device_walk_m[0, k] / 2
    full = np.maximum(batch.uav_radius_m - half_walk, 0.0) ** 2
    tolerated = np.maximum(batch.uav_radius_m * (1 + TOLERANCE) - half_walk, 0.0) ** 2
    edge, beyond = full.copy(), np.where(half_walk > 0, tolerated, full * (1 + TOLERANCE) ** 2) * (1 + TOLERANCE)
    late = np.isfinite(best_cost(batch, 0, k, m, 0.0).cost) & ~best_cost(batch, 0, k, m, full).feasible
    if late.any():  # the latency limit ends the reach before the coverage does
        edge[late], beyond[late] = _bisect_reach(batch, tasks[np.nonzero(late)[0]], np.nonzero(late)[1], full[late])
    least = np.minimum(nearest, edge)
    step = np.maximum(np.minimum(edge, farthest) - least, 1e-9) / bins
    squared = np.minimum(least[..., None] + step[..., None] * np.arange(bins + 1), edge[..., None])
    cost = best_cost(batch, 0, k[..., None], m[:, None], squared).cost
    return cost, least, step, beyond, np.isfinite(cost[..., 0]) & (nearest <= beyond)


def _bisect_reach(batch: Slots, k: np.ndarray, m: np.ndarray, far: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Enclose the squared distance at which a task stops being feasible."""
    low, high = np.zeros(len(k)), far.copy()
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        feasible = best_cost(batch, 0, k, m, middle).feasible
        low, high = np.where(feasible, middle, low), np.where(feasible, high, middle)
    return low, high
