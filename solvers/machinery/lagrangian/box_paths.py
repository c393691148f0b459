"""Paths of a UAV over the cells of the area, by dynamic programming that never over-estimates.

The area is cut into equal boxes. A path of the UAV visits a box in every slot, and whenever a move between two points
is possible, so is the move between their boxes: the gap between them is no longer than the move. A cost of boxes that
is never above that of the points inside therefore makes the cheapest path over boxes a lower bound of all paths.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from skyedge.problem.arrays import AREA_TOLERANCE_M
from skyedge.problem.decision import MOVE_TOLERANCE_M

SLACK_M = 1e-9  # gaps are shortened by it: rounding never closes a move


class Cells(NamedTuple):
    """Boxes ``size_x`` × ``size_y`` [m] that cover the area and its tolerance; box (i, j) is the i-th along x."""

    size_x: float
    size_y: float
    rows: int
    columns: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.rows, self.columns

    def centre_xy(self, row: np.ndarray, column: np.ndarray) -> np.ndarray:
        """Return the middles of boxes, array (…, 2) [m]."""
        along = np.stack([(row + 0.5) * self.size_x, (column + 0.5) * self.size_y], axis=-1)
        return along - AREA_TOLERANCE_M


def area_cells(area_m: np.ndarray, size_m: float) -> Cells:
    """Cut the area into boxes of at most about ``size_m`` a side."""
    counts = np.maximum(np.ceil(area_m / size_m - 1e-9), 1).astype(int)
    size = (area_m + 2 * AREA_TOLERANCE_M) / counts
    return Cells(float(size[0]), float(size[1]), int(counts[0]), int(counts[1]))


def half_widths(cells: Cells, reach_m: float) -> np.ndarray:
    """How many columns a move may cross, for each number of rows that it crosses, int array (rows crossed + 1,).

    A move is possible if the gap between the boxes is within the reach; boxes that touch have none.
    """
    reach = reach_m + MOVE_TOLERANCE_M + SLACK_M
    widths = []
    for rows in range(cells.rows):
        across = max(rows - 1, 0) * cells.size_x
        if across > reach:
            break
        widths.append(math.floor(min(math.sqrt(reach**2 - across**2) / cells.size_y, cells.columns)) + 1)
    return np.minimum(widths, cells.columns - 1).astype(np.int64)


def within(cells: Cells, xy: np.ndarray, radius_m: float) -> np.ndarray:
    """Boxes that have a point within a distance of a place, bool array (rows, columns)."""
    apart_x = axis_gaps(cells.size_x, cells.rows, float(xy[0]))
    apart_y = axis_gaps(cells.size_y, cells.columns, float(xy[1]))
    return np.hypot(apart_x[:, None], apart_y) <= radius_m + SLACK_M


@njit(cache=True)
def axis_gaps(size: float, count: int, at: float) -> np.ndarray:
    """Distance along one axis from a place to each of the intervals of a row of boxes."""
    gaps = np.empty(count)
    for i in range(count):
        low = i * size - AREA_TOLERANCE_M
        gaps[i] = max(max(low - at, at - (low + size)) - SLACK_M, 0.0)
    return gaps


@njit(cache=True)
def bounding_box(open_cells: np.ndarray) -> tuple[int, int, int, int]:
    """Rows and columns that hold all open cells: first and end of each; (0, 0, 0, 0) if there are none."""
    low_i, high_i, low_j, high_j = open_cells.shape[0], 0, open_cells.shape[1], 0
    for i in range(open_cells.shape[0]):
        for j in range(open_cells.shape[1]):
            if open_cells[i, j]:
                low_i, high_i = min(low_i, i), max(high_i, i + 1)
                low_j, high_j = min(low_j, j), max(high_j, j + 1)
    if high_i == 0:
        return 0, 0, 0, 0
    return low_i, high_i, low_j, high_j


@njit(cache=True)
def window_room(cells_shape: tuple[int, int], half: np.ndarray) -> np.ndarray:
    """Room for the minima over windows of 1, 2, 4, … columns, the rows padded on either side."""
    levels = 1
    while 2**levels <= 2 * half.max() + 1:
        levels += 1
    return np.empty((levels, cells_shape[0], cells_shape[1] + 2 * half.max()), np.float32)


@njit(cache=True)
def fill_windows(
    cost: np.ndarray, box: tuple[int, int, int, int], ends: tuple[int, int], pad: int, room: np.ndarray
) -> None:
    """Minima of the rows of a box over windows of 1, 2, 4, … columns that begin between two ends; inf outside."""
    first, end = ends
    for i in range(box[0], box[1]):
        room[0, i, first:end] = np.inf
        low, high = max(box[2], first - pad), min(box[3], end - pad)
        if low < high:
            room[0, i, low + pad : high + pad] = cost[i, low:high]
    for level in range(1, len(room)):
        half = 1 << (level - 1)
        for i in range(box[0], box[1]):
            left, right = room[level - 1, i, first : end - half], room[level - 1, i, first + half : end]
            out = room[level, i, first : end - half]
            for j in range(len(out)):
                out[j] = left[j] if left[j] < right[j] else right[j]


@njit(cache=True)
def least_within_reach(
    cost: np.ndarray,
    box: tuple[int, int, int, int],
    half: np.ndarray,
    room: np.ndarray,
    out: np.ndarray,
    out_box: tuple[int, int, int, int],
) -> None:
    """Least cost among the boxes from which a move can come, for every box of ``out_box``.

    A disc is a stack of rows, and the minimum over a row's window is that of two windows of half a power of two.
    """
    pad = (room.shape[2] - cost.shape[1]) // 2
    low_j, high_j = out_box[2], out_box[3]
    fill_windows(cost, box, (low_j, high_j + 2 * pad), pad, room)
    for i in range(out_box[0], out_box[1]):
        best = out[i, low_j:high_j]
        best[:] = np.inf
        for k in range(max(box[0], i - len(half) + 1), min(box[1], i + len(half))):
            width = half[abs(k - i)]
            level = 0
            while 2 << level <= 2 * width + 1:
                level += 1
            left = low_j + pad - width
            right = low_j + pad + width + 1 - (1 << level)
            one = room[level, k, left : left + len(best)]
            other = room[level, k, right : right + len(best)]
            for j in range(len(best)):
                least = one[j] if one[j] < other[j] else other[j]
                best[j] = least if least < best[j] else best[j]


@njit(cache=True)
def forward(values: np.ndarray, boxes: np.ndarray, half: np.ndarray, total: np.ndarray) -> None:
    """Least cost of paths that end in each box, slot after slot, into ``total``.

    Parameters
    ----------
    values : float32 array (T, rows, columns)
        Cost of each box, at most 0; inf where it may not be used, as beyond the reach of the start.
    boxes : int array (T, 4)
        Bounding box of what may be used in each slot.
    half : int array
        See :func:`half_widths`.
    total : float32 array (T, rows, columns)
        Filled in; only meaningful inside the bounding boxes.
    """
    room = window_room(values.shape[1:], half)
    for t in range(len(values)):
        low_i, high_i, low_j, high_j = boxes[t]
        if t:
            before = (boxes[t - 1, 0], boxes[t - 1, 1], boxes[t - 1, 2], boxes[t - 1, 3])
            least_within_reach(total[t - 1], before, half, room, total[t], (low_i, high_i, low_j, high_j))
        else:
            total[t, low_i:high_i, low_j:high_j] = 0.0
        total[t, low_i:high_i, low_j:high_j] += values[t, low_i:high_i, low_j:high_j]


@njit(cache=True)
def trace(total: np.ndarray, boxes: np.ndarray, half: np.ndarray) -> np.ndarray:
    """Boxes of a path of least cost, int array (T, 2)."""
    slots = len(total)
    path = np.zeros((slots, 2), np.int64)
    for t in range(slots - 1, -1, -1):
        low_i, high_i, low_j, high_j = boxes[t]
        if t < slots - 1:
            i, j = path[t + 1]
            low_i, high_i = max(low_i, i - len(half) + 1), min(high_i, i + len(half))
        least = np.inf
        for k in range(low_i, high_i):
            low, high = low_j, high_j
            if t < slots - 1:
                low, high = max(low_j, j - half[abs(k - i)]), min(high_j, j + half[abs(k - i)] + 1)
            for c in range(low, high):
                if total[t, k, c] < least:
                    least, path[t, 0], path[t, 1] = total[t, k, c], k, c
    return path
