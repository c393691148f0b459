"""Positions on a lattice for one UAV: what it could serve from there, and its best path over them."""

import math
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from skyedge.problem import Instance, Slots
from skyedge.problem.physics.compiled import njit as compiled_njit
from skyedge.problem.physics.links import accurate
from skyedge.problem.scoring.best_costs import pair_cost
from skyedge.problem.scoring.kernel import slot_arrays

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


def finest_spacing_m(instance: Instance, tasks: int, most_points: float, most_offers: float) -> float:
    """Return the spacing [m] of a lattice over the area with so many points, and so many offers to ``tasks`` in all."""
    area_m2 = float(np.prod(instance.area_m))
    covered_share = np.minimum(np.pi * instance.uav_radius_m**2 / area_m2, 1.0)
    offers_a_point = max(tasks * float(covered_share.sum()), 1.0)
    return math.sqrt(area_m2 / min(most_points, most_offers / offers_a_point))


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


def offers(slots: Slots, uav: int, points: np.ndarray, first_slot: int = 0, within: np.ndarray | None = None) -> Offers:
    """List what a UAV could serve from every point, at the best power.

    Parameters
    ----------
    slots : Slots
        With one leading axis.
    uav : int
    points : array (T, C, 2)
        Positions [m] in T slots.
    first_slot : int
        The first of these slots.
    within : bool array (T, C), optional
        Points that are allowed, if they lie in the area; by default all.
    """
    allowed = np.all((points >= 0) & (points <= slots.area_m), axis=-1)
    if within is not None:
        allowed &= within
    arrays = slot_arrays(slots)
    eligible = slots.active & accurate(slots.uav_accuracy[uav], slots.min_accuracy)
    first, device, cost = np.zeros(allowed.size + 1, np.int64), np.empty(0, np.int64), np.empty(0)
    most = _list_offers(arrays, eligible, uav, first_slot, points, allowed, first, device, cost)
    device, cost = np.empty(most, np.int64), np.empty(most)
    found = _list_offers(arrays, eligible, uav, first_slot, points, allowed, first, device, cost)
    return Offers(first, device[:found], cost[:found], allowed)


@compiled_njit
def _list_offers(
    slots: Any,
    eligible: np.ndarray,
    uav: int,
    first_slot: int,
    points: np.ndarray,
    allowed: np.ndarray,
    first: np.ndarray,
    device: np.ndarray,
    cost: np.ndarray,
) -> int:
    """Fill in the arrays of :class:`Offers`; returns how many offers there are or, where there is no room, may be."""
    found, wide = 0, points.shape[1]
    limit = (slots.uav_radius_m[uav] * (1 + 1e-6)) ** 2
    for t in range(points.shape[0]):
        for c in range(wide):
            if allowed[t, c]:
                for k in range(eligible.shape[1]):
                    if not eligible[first_slot + t, k]:
                        continue
                    dx = slots.device_xy[first_slot + t, k, 0] - points[t, c, 0]
                    dy = slots.device_xy[first_slot + t, k, 1] - points[t, c, 1]
                    squared = dx * dx + dy * dy
                    if squared <= limit and len(device) == 0:
                        found += 1
                    elif squared <= limit:
                        least, _, feasible = pair_cost(slots, first_slot + t, k, uav, squared)
                        if feasible:
                            device[found], cost[found] = k, least
                            found += 1
            first[t * wide + c + 1] = found
    return found


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
        Of each point, inf where it may not be used.
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
        Points; all −1 if there is no path.
    """
    slots, points = values.shape
    reach = (reach_m + REACH_SLACK_M) / spacing_m  # lengths in units of the spacing from here on
    total, path = values.copy(), np.full(slots, -1)
    for c in range(points):
        x, y = (corner_xy[0] - start_xy) / spacing_m + np.array([c // columns, c % columns])
        moved_sq = x**2 + y**2
        total[0, c] += STAY * moved_sq if moved_sq <= reach**2 else np.inf
    for t in range(1, slots):
        shift = (corner_xy[t] - corner_xy[t - 1]) / spacing_m
        total[t] += _least_moves(total[t - 1].reshape(-1, columns), shift, reach).ravel()
    end = int(np.argmin(total[slots - 1]))
    if total[slots - 1, end] == np.inf:
        return path
    for t in range(slots - 1, -1, -1):
        path[t] = end
        if t:
            x, y = (corner_xy[t] - corner_xy[t - 1]) / spacing_m + np.array([end // columns, end % columns])
            _, end = least_within(total[t - 1], columns, x, y, reach)
    return path


@njit(cache=True)
def _least_moves(total: np.ndarray, shift: np.ndarray, reach: float) -> np.ndarray:
    """Return the least total (rows, columns) over the moves that end at each point of a lattice shifted from the last.

    Move by move, as all points have the same moves: so the inner loop runs over whole rows.
    """
    rows, columns = total.shape
    least = np.full(total.shape, np.inf)
    for a in range(max(1 - rows, int(np.ceil(shift[0] - reach))), min(rows, int(np.floor(shift[0] + reach)) + 1)):
        for b in range(
            max(1 - columns, int(np.ceil(shift[1] - reach))), min(columns, int(np.floor(shift[1] + reach)) + 1)
        ):
            moved_sq = (shift[0] - a) ** 2 + (shift[1] - b) ** 2
            if moved_sq > reach**2:
                continue
            price, low, high = STAY * moved_sq, max(0, -b), min(columns, columns - b)
            for i in range(max(0, -a), min(rows, rows - a)):
                here, there = least[i, low:high], total[i + a, low + b : high + b]
                for j in range(high - low):
                    known = there[j] + price
                    if known < here[j]:
                        here[j] = known
    return least


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
