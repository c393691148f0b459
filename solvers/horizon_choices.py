"""What a UAV could serve from somewhere in a box of the area: sets of tasks with costs that are never too high.

A task is listed for a box with its cost at the least distance from the box. Where the edges of several discs of
coverage cross a box, no one point need lie in all of them: the box is looked at part by part, and each largest set of
tasks that some part reaches becomes a choice of its own.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from solvers.horizon_cells import Cells, axis_gaps
from solvers.slot_sets import Tables, cost_below

PARTS = 8  # a side, of a box that several edges cross
MOST_EDGES = 62  # what a mask of 64 bits holds


class Choices(NamedTuple):
    """Sets of tasks that may be served from boxes; the UAV takes at most κ tasks of one of them.

    Attributes
    ----------
    place : int array (P,)
        Box of each choice, row · columns + column, ascending.
    first : int array (P + 1,)
        Choice p holds the entries ``first[p]`` to ``first[p + 1] - 1`` of the next two.
    task : int array (E,)
    cost : array (E,)
        Not above the cost of the task from any point of the box that reaches the choice's tasks.
    """

    place: np.ndarray
    first: np.ndarray
    task: np.ndarray
    cost: np.ndarray


def joined(listed: list[Choices], boxes: int, first_task: np.ndarray) -> Choices:
    """Join the choices of T slots: places go on from slot to slot by ``boxes``, tasks by ``first_task`` (T + 1,)."""
    entries = np.concatenate([[0], np.cumsum([len(one.task) for one in listed])])
    return Choices(
        np.concatenate([one.place + np.int32(t * boxes) for t, one in enumerate(listed)]),
        np.concatenate([*(one.first[:-1] + begin for one, begin in zip(listed, entries, strict=False)), entries[-1:]]),
        np.concatenate([one.task + np.int32(begin) for one, begin in zip(listed, first_task, strict=False)]),
        np.concatenate([one.cost for one in listed]),
    )


@njit(cache=True)
def axis_farthest(size: float, gaps: np.ndarray, at: float) -> np.ndarray:
    """Farthest distance along one axis from a place to each of the intervals of a row of boxes (never too short)."""
    far = np.empty(len(gaps))
    for i in range(len(gaps)):
        middle = (i + 0.5) * size
        far[i] = abs(at - middle) + 0.5 * size + 1e-5
    return far


@njit(cache=True)
def part_masks(
    tables: Tables, edges: np.ndarray, low_x: float, low_y: float, size_x: float, size_y: float, masks: np.ndarray
) -> int:
    """Largest sets of ``edges`` (as bits) that a part of a box reaches; returns how many, the sets in ``masks``."""
    found = 0
    for part in range(PARTS * PARTS):
        at_x = low_x + (part // PARTS) * size_x / PARTS
        at_y = low_y + (part % PARTS) * size_y / PARTS
        mask = np.int64(0)
        for e in range(len(edges)):
            x, y = tables.xy[edges[e]]
            dx = max(max(at_x - x, x - at_x - size_x / PARTS) - 1e-9, 0.0)
            dy = max(max(at_y - y, y - at_y - size_y / PARTS) - 1e-9, 0.0)
            if dx * dx + dy * dy <= tables.reach[edges[e]]:
                mask |= np.int64(1) << e
        found = keep_largest(masks, found, mask)
    return found


@njit(cache=True)
def keep_largest(masks: np.ndarray, found: int, mask: int) -> int:
    """Add a set to those found unless one of them holds it, and drop those that it holds; returns their number."""
    kept = 0
    for i in range(found):
        if masks[i] & mask == mask:
            return found
        if masks[i] & mask != masks[i]:
            masks[kept] = masks[i]
            kept += 1
    masks[kept] = mask
    return kept + 1


@njit(cache=True)
def list_choices(cells: Cells, open_cells: np.ndarray, tables: Tables) -> Choices:
    """List the choices of every open box.

    Parameters
    ----------
    cells : Cells
    open_cells : bool array (rows, columns)
        Boxes that the UAV may use; the others get none.
    tables : Tables
        Costs of the slot's tasks on the UAV.
    """
    tasks = np.flatnonzero(tables.allowed)
    gap_x, gap_y = np.empty((len(tasks), cells.rows)), np.empty((len(tasks), cells.columns))
    far_x, far_y = gap_x.copy(), gap_y.copy()
    for n in range(len(tasks)):
        x, y = tables.xy[tasks[n]]
        gap_x[n], gap_y[n] = axis_gaps(cells.size_x, cells.rows, x), axis_gaps(cells.size_y, cells.columns, y)
        far_x[n] = axis_farthest(cells.size_x, gap_x[n], x)
        far_y[n] = axis_farthest(cells.size_y, gap_y[n], y)
    sure_sq = tables.step * (tables.cost.shape[1] - 1)
    near, listed = np.empty(len(tasks), np.int64), np.empty(len(tasks), np.int64)
    costs, edge_bit = np.empty(len(tasks)), np.empty(len(tasks), np.int64)
    edges, masks = np.empty(len(tasks), np.int64), np.empty(PARTS * PARTS + 1, np.int64)
    place, first = np.empty(1024, np.int32), np.zeros(1025, np.int64)
    task, cost = np.empty(4096, np.int32), np.empty(4096)
    choices = entries = 0
    for i in range(cells.rows):
        nearby = 0
        for n in range(len(tasks)):
            if gap_x[n, i] ** 2 <= tables.reach[tasks[n]]:
                near[nearby] = n
                nearby += 1
        if nearby == 0:
            continue
        for j in range(cells.columns):
            if not open_cells[i, j]:
                continue
            count = crossing = 0
            for a in range(nearby):
                n = near[a]
                k = tasks[n]
                squared = gap_x[n, i] ** 2 + gap_y[n, j] ** 2
                if squared <= tables.reach[k]:
                    listed[count], costs[count] = k, cost_below(tables, k, squared)
                    edge_bit[count] = -1
                    if far_x[n, i] ** 2 + far_y[n, j] ** 2 > sure_sq[k]:
                        edges[crossing], edge_bit[count] = k, crossing
                        crossing += 1
                    count += 1
            if count == 0:
                continue
            found = 1
            masks[0] = -1
            if 1 < crossing <= MOST_EDGES:
                low_x, low_y = i * cells.size_x - 1e-6, j * cells.size_y - 1e-6
                found = part_masks(tables, edges[:crossing], low_x, low_y, cells.size_x, cells.size_y, masks)
            while choices + found > len(place):
                place, first = np.append(place, place), np.append(first, first[1:])
            while entries + found * count > len(task):
                task, cost = np.append(task, task), np.append(cost, cost)
            for f in range(found):
                for e in range(count):
                    if edge_bit[e] < 0 or found == 1 and masks[0] == -1 or masks[f] >> edge_bit[e] & 1:
                        task[entries], cost[entries] = listed[e], costs[e]
                        entries += 1
                place[choices] = i * cells.columns + j
                choices += 1
                first[choices] = entries
    return Choices(place[:choices].copy(), first[: choices + 1].copy(), task[:entries].copy(), cost[:entries].copy())
