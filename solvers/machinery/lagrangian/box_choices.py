"""What a UAV could serve from somewhere in a box of the area: sets of tasks with costs that are never too high.

A task is listed for a box with its cost at the least distance from the box. Where the edges of several discs of
coverage cross a box, no one point need lie in all of them: the box is looked at part by part, and each largest set of
tasks that some part reaches becomes a choice of its own. Whatever a UAV serves from a point of the box is a part of
one of the choices.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from skyedge.problem.arrays import AREA_TOLERANCE_M
from skyedge.solvers.machinery.branch_and_price.task_sets import CostTables, cost_below
from skyedge.solvers.machinery.lagrangian.box_paths import SLACK_M, Cells, axis_gaps

PARTS = 8  # a side, of a box that several edges cross
MOST_EDGES = 62  # what a mask of 64 bits holds; a box with more gets one choice, of all tasks
ALL = -1  # the mask with every bit set


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
        Not above the cost of the task from any point of the box.
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


class Nearby(NamedTuple):
    """The tasks that a box can reach.

    Attributes
    ----------
    task : int array (K,)
    cost : array (K,)
        At the least distance.
    bit : int array (K,)
        Number of the task's edge among those that cross the box; −1: the box lies wholly inside.
    edge : int array (K,)
        Tasks whose edge crosses the box.
    """

    task: np.ndarray
    cost: np.ndarray
    bit: np.ndarray
    edge: np.ndarray


@njit(cache=True)
def list_choices(cells: Cells, open_cells: np.ndarray, tables: CostTables) -> Choices:
    """List the choices of every open box.

    Parameters
    ----------
    cells : Cells
    open_cells : bool array (rows, columns)
        Boxes that the UAV may use; the others get none.
    tables : CostTables
        Costs of the slot's tasks on the UAV.
    """
    tasks = np.flatnonzero(tables.allowed)
    gap_x, gap_y = np.empty((len(tasks), cells.rows)), np.empty((len(tasks), cells.columns))
    for n in range(len(tasks)):
        gap_x[n] = axis_gaps(cells.size_x, cells.rows, tables.xy[tasks[n], 0])
        gap_y[n] = axis_gaps(cells.size_y, cells.columns, tables.xy[tasks[n], 1])
    room = Nearby(np.empty(len(tasks), np.int32), np.empty(len(tasks)), tasks.copy(), tasks.copy())
    masks = np.empty(PARTS * PARTS + 1, np.int64)
    place, first = np.empty(1024, np.int32), np.zeros(1025, np.int64)
    task, cost = np.empty(4096, np.int32), np.empty(4096)
    choices = entries = 0
    for i in range(cells.rows):
        near = np.flatnonzero(gap_x[:, i] ** 2 <= tables.reach[tasks])
        in_row, row_x, row_y = tasks[near], gap_x[:, i][near], gap_y[near]
        for j in range(cells.columns if len(in_row) else 0):
            if not open_cells[i, j]:
                continue
            count, edges = find_nearby(cells, tables, in_row, row_x, row_y, i, j, room)
            found = find_masks(cells, tables, room.edge[:edges], i, j, masks) if count else 0
            while choices + found > len(place):
                place, first = np.append(place, place), np.append(first, first[1:])
            while entries + found * count > len(task):
                task, cost = np.append(task, task), np.append(cost, cost)
            for mask in masks[:found]:
                place[choices] = i * cells.columns + j
                entries = add_entries(room, count, mask, task, cost, entries)
                choices += 1
                first[choices] = entries
    return Choices(place[:choices].copy(), first[: choices + 1].copy(), task[:entries].copy(), cost[:entries].copy())


@njit(cache=True)
def find_nearby(
    cells: Cells,
    tables: CostTables,
    in_row: np.ndarray,
    row_x: np.ndarray,
    row_y: np.ndarray,
    i: int,
    j: int,
    room: Nearby,
) -> tuple[int, int]:
    """Fill in the tasks that box (i, j) can reach; returns how many, and how many edges cross the box.

    ``in_row`` (n,) are the tasks that the row can reach; ``row_x`` (n,) and ``row_y`` (n, columns) their distances.
    """
    count = edges = 0
    for n in range(len(in_row)):
        k = in_row[n]
        squared = row_x[n] ** 2 + row_y[n, j] ** 2
        if squared > tables.reach[k]:
            continue
        room.task[count], room.cost[count], room.bit[count] = k, cost_below(tables, k, squared), -1
        far_x = abs(tables.xy[k, 0] - (i + 0.5) * cells.size_x) + 0.5 * cells.size_x + 2 * AREA_TOLERANCE_M
        far_y = abs(tables.xy[k, 1] - (j + 0.5) * cells.size_y) + 0.5 * cells.size_y + 2 * AREA_TOLERANCE_M
        if far_x**2 + far_y**2 > tables.reach[k]:
            room.edge[edges], room.bit[count] = k, edges
            edges += 1
        count += 1
    return count, edges


@njit(cache=True)
def find_masks(cells: Cells, tables: CostTables, edges: np.ndarray, i: int, j: int, masks: np.ndarray) -> int:
    """Largest sets of tasks with edges (as bits) that a part of box (i, j) reaches; returns how many."""
    masks[0] = ALL
    if len(edges) < 2 or len(edges) > MOST_EDGES:
        return 1
    found = 0
    size_x, size_y = cells.size_x / PARTS, cells.size_y / PARTS
    for part in range(PARTS * PARTS):
        low_x = i * cells.size_x + part // PARTS * size_x - AREA_TOLERANCE_M
        low_y = j * cells.size_y + part % PARTS * size_y - AREA_TOLERANCE_M
        mask = 0
        for e in range(len(edges)):
            x, y = tables.xy[edges[e]]
            dx = max(max(low_x - x, x - low_x - size_x) - SLACK_M, 0.0)
            dy = max(max(low_y - y, y - low_y - size_y) - SLACK_M, 0.0)
            if dx * dx + dy * dy <= tables.reach[edges[e]]:
                mask |= 1 << e
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
def add_entries(room: Nearby, count: int, mask: int, task: np.ndarray, cost: np.ndarray, entries: int) -> int:
    """List the tasks of a choice behind ``entries``; returns the new end."""
    for e in range(count):
        if room.bit[e] < 0 or mask >> room.bit[e] & 1:
            task[entries], cost[entries] = room.task[e], room.cost[e]
            entries += 1
    return entries
