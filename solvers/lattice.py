"""Positions on a lattice for one UAV: what it could serve from there, and its best path over them."""

from typing import NamedTuple

import numpy as np
from numba import njit

from problem import Slots, best_cost
from problem.links import accurate, covered

REACH_SLACK_M = 1e-9
STAY = 1e-9  # price of a move by one spacing, so that of equal paths the shortest wins


class Lattice(NamedTuple):
    """Square lattices, one a slot; point i·columns + j of slot t is ``corner_xy[t] + spacing_m · (i, j)``."""

    corner_xy: np.ndarray  # (T, 2)
    spacing_m: float
    rows: int
    columns: int

    def points(self) -> np.ndarray:
        """All points (T, C, 2) [m]."""
        i, j = np.divmod(np.arange(self.rows * self.columns), self.columns)
        return self.corner_xy[:, None] + self.spacing_m * np.stack([i, j], axis=-1)


def area_lattice(area_m: np.ndarray, anchor_xy: np.ndarray, spacing_m: float, slots: int) -> Lattice:
    """Cover the area in all slots, with a point at the anchor, so that a slow UAV can stay there."""
    below = np.floor(anchor_xy / spacing_m)
    above = np.floor((area_m - anchor_xy) / spacing_m)
    corner = np.maximum(anchor_xy - below * spacing_m, 0.0)
    rows, columns = (below + above).astype(int) + 1
    return Lattice(np.tile(corner, (slots, 1)), spacing_m, int(rows), int(columns))


def window_lattice(path_xy: np.ndarray, spacing_m: float, halfwidth: int) -> Lattice:
    """Surround each position of a path (T, 2) with as many points on either side; the middle one is the path's."""
    return Lattice(path_xy - halfwidth * spacing_m, spacing_m, 2 * halfwidth + 1, 2 * halfwidth + 1)


class Offers(NamedTuple):
    """What a UAV could serve from each point: tasks and their best costs, listed point after point.

    The tasks at point c of slot t are ``device[first[i] : first[i + 1]]`` with i = t·C + c.
    """

    first: np.ndarray  # (T·C + 1,)
    device: np.ndarray
    cost: np.ndarray
    allowed: np.ndarray  # (T, C), whether the point lies in the area


def offers(slots: Slots, uav: int, points: np.ndarray) -> Offers:
    """List what a UAV could serve from every point, at the best power.

    Parameters
    ----------
    slots : Slots
        With one leading axis T.
    uav : int
    points : array (T, C, 2)
        Positions [m].
    """
    allowed = np.all((points >= 0) & (points <= slots.area_m), axis=-1)
    found = []
    for t in range(len(points)):
        devices = np.flatnonzero(slots.active[t] & accurate(slots.uav_accuracy[uav], slots.min_accuracy[t]))
        apart = points[t, :, None] - slots.device_xy[t, devices]
        squared = np.vecdot(apart, apart)
        cell, index = np.nonzero(covered(squared, slots.uav_radius_m[uav]) & allowed[t][:, None])
        found.append((np.full(len(cell), t), cell, devices[index], squared[cell, index]))
    slot, cell, device, squared = (np.concatenate(part) for part in zip(*found, strict=True))
    cost = best_cost(slots, slot, device, np.full(slot.shape, uav), squared).cost
    servable = np.isfinite(cost)
    place = slot[servable] * points.shape[1] + cell[servable]
    first = np.concatenate([[0], np.cumsum(np.bincount(place, minlength=allowed.size))])
    return Offers(first, device[servable], cost[servable], allowed)


@njit(cache=True)
def best_path(
    values: np.ndarray,
    corner_xy: np.ndarray,
    spacing_m: float,
    columns: int,
    start_xy: np.ndarray,
    reach_m: float,
) -> np.ndarray:
    """Path over a lattice of least total value, by dynamic programming; no move is longer than the reach.

    Parameters
    ----------
    values : array (T, C)
        Of each point, inf where it may not be used. Staying at the start must be possible.
    corner_xy : array (T, 2)
        First point of each slot's lattice.
    spacing_m : float
    columns : int
    start_xy : array (2,)
        Position before the first slot.
    reach_m : float

    Returns
    -------
    int array (T,)
        Points.
    """
    slots, points = values.shape
    reach = (reach_m + REACH_SLACK_M) / spacing_m  # lengths in units of the spacing from here on
    at_start = np.zeros(1)
    total, before = np.empty((slots, points)), np.full((slots, points), -1)
    for t in range(slots):
        previous = total[t - 1] if t else at_start
        shift = (corner_xy[t] - (corner_xy[t - 1] if t else start_xy)) / spacing_m
        wide = columns if t else 1
        for c in range(points):
            total[t, c] = np.inf
            if values[t, c] < np.inf:
                x, y = c // columns + shift[0], c % columns + shift[1]
                least, before[t, c] = least_within(previous, wide, x, y, reach)
                total[t, c] = values[t, c] + least
    path = np.empty(slots, np.int64)
    end = np.argmin(total[slots - 1])
    for t in range(slots - 1, -1, -1):
        path[t] = end
        end = before[t, end]
    return path


@njit(cache=True)
def least_within(total: np.ndarray, columns: int, x: float, y: float, reach: float) -> tuple[float, int]:
    """Return the least total within reach of a place (x, y) of a lattice, and its point."""
    rows = len(total) // columns
    least, best = np.inf, -1
    for i in range(max(0, int(np.ceil(x - reach))), min(rows, int(np.floor(x + reach)) + 1)):
        for j in range(max(0, int(np.ceil(y - reach))), min(columns, int(np.floor(y + reach)) + 1)):
            moved_sq = (x - i) ** 2 + (y - j) ** 2
            if moved_sq > reach**2:
                continue
            known = total[i * columns + j] + STAY * moved_sq
            if known < least:
                least, best = known, i * columns + j
    return least, best
