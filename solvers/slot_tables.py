"""What one slot's search works on: cost tables of every task on every UAV, and the regions of the UAVs."""

from typing import NamedTuple

import numpy as np

from problem import Slots, best_cost, server_costs
from problem.links import TOLERANCE
from solvers.slot_master import SlotData
from solvers.slot_pricing import Region
from solvers.slot_sets import Tables

LEAST_BINS, MOST_BINS = 64, 65536
BISECTIONS = 50


class SlotProblem(NamedTuple):
    """One slot, reduced to its K active tasks (``tasks`` are their device numbers).

    ``tables`` and ``regions`` have one entry a UAV.
    """

    slot: Slots
    tasks: np.ndarray
    data: SlotData
    tables: list[Tables]
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
    step, reach, cost = _cost_tables(slot.at(None), tasks, bins)
    tables = [
        Tables(
            slot.device_xy[tasks],
            *(np.ascontiguousarray(part[:, m]) for part in (cost, step, reach, np.isfinite(cost[..., 0]))),
        )
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


def _cost_tables(batch: Slots, tasks: np.ndarray, bins: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return bin widths and reaches (K, M), and costs (K, M, bins + 1)."""
    k, m = tasks[:, None], np.arange(batch.uavs)
    full = np.broadcast_to(batch.uav_radius_m**2, (len(tasks), batch.uavs))
    edge, beyond = full.copy(), full * (1 + TOLERANCE) ** 2 * (1 + TOLERANCE)
    late = np.isfinite(best_cost(batch, 0, k, m, 0.0).cost) & ~best_cost(batch, 0, k, m, full).feasible
    if late.any():  # the latency limit ends the reach before the coverage does
        edge[late], beyond[late] = _bisect_reach(batch, tasks[np.nonzero(late)[0]], np.nonzero(late)[1], full[late])
    step = np.maximum(edge, 1e-9) / bins
    squared = np.minimum(step[..., None] * np.arange(bins + 1), edge[..., None])
    return step, beyond, best_cost(batch, 0, k[..., None], m[:, None], squared).cost


def _bisect_reach(batch: Slots, k: np.ndarray, m: np.ndarray, far: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Enclose the squared distance at which a task stops being feasible."""
    low, high = np.zeros(len(k)), far.copy()
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        feasible = best_cost(batch, 0, k, m, middle).feasible
        low, high = np.where(feasible, middle, low), np.where(feasible, high, middle)
    return low, high
