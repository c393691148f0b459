"""What a UAV's place is worth for the slots ahead: stochastic dynamic programming over a lattice, one UAV at a time.

Each sampled future takes the best move, and then values are averaged over the futures: the UAV will move when it has
seen the slot.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from scipy.ndimage import map_coordinates

from skyedge.solvers.machinery.lookahead.futures import Futures, Savings
from skyedge.solvers.machinery.lookahead.savings import fill_savings
from skyedge.solvers.machinery.placement.lattice import REACH_SLACK_M, Lattice, area_lattice, least_within

SPACINGS_A_RADIUS = 6
LEAST_SPACINGS_A_MOVE = 2
MOST_POINTS = 2500  # roughly, of a lattice over all that a UAV can reach


class Outlook(NamedTuple):
    """What places are worth to a UAV; values of points that it cannot reach mean nothing."""

    lattice: Lattice
    reach_m: float
    to_go: np.ndarray  # (rows, columns), saved in the slots ahead by one who is at a point in the present slot
    ahead: np.ndarray  # (H, rows, columns), saved from slot h ahead on by one who is at a point in that slot

    def at(self, points: np.ndarray) -> np.ndarray:
        """Interpolate the savings to go at places (C, 2) [m]: array (C,)."""
        place = (points - self.lattice.corner_xy[0]) / self.lattice.spacing_m
        return map_coordinates(self.to_go, place.T, order=1, mode="nearest")

    def path(self, start_xy: np.ndarray) -> np.ndarray:
        """Fly from a place to the points that are best on average over the futures: array (H, 2) [m]."""
        return _follow(self.ahead, self.lattice.corner_xy[0], self.lattice.spacing_m, start_xy, self.reach_m)


def lattice_around(place_xy: np.ndarray, reach_m: float, radius_m: float, area_m: np.ndarray, slots: int) -> Lattice:
    """Cover the area with a lattice that has a point at a place, and whose spacing divides a UAV's reach.

    Parameters
    ----------
    place_xy : array (2,)
    reach_m, radius_m : float
        How far the UAV moves in a slot (more than 0), and covers.
    area_m : array (2,)
    slots : int
        How many slots it may fly.
    """
    window_m2 = float(np.prod(np.minimum(area_m, 2 * slots * reach_m)))
    wanted_m = max(radius_m / SPACINGS_A_RADIUS, math.sqrt(window_m2 / MOST_POINTS))
    moves = max(LEAST_SPACINGS_A_MOVE, math.ceil(reach_m / wanted_m))
    return area_lattice(area_m, place_xy, reach_m / moves, 1)


def look_ahead(
    futures: Futures,
    left: np.ndarray,
    savings: Savings,
    uav: int,
    lattice: Lattice,
    place_xy: np.ndarray,
    reach_m: float,
    discount: float,
    final: np.ndarray | None = None,
) -> Outlook:
    """Value the points of a lattice for one UAV.

    Parameters
    ----------
    futures : Futures
    left : bool array (H, S, K)
        Tasks that it may serve.
    savings : Savings
    uav : int
    lattice : Lattice
    place_xy : array (2,)
        The point where it is before the present slot's move [m].
    reach_m : float
        How far it moves in a slot.
    discount : float
        What a saving is worth a slot before it is made.
    final : array (C,), optional
        What points are worth in the last slot, for the slots after it; by default nothing.
    """
    row, column = np.rint((place_xy - lattice.corner_xy[0]) / lattice.spacing_m).astype(int)
    reach = (reach_m + REACH_SLACK_M) / lattice.spacing_m
    moves = np.arange(int(reach) + 1)
    half_widths = np.sqrt(reach**2 - moves**2).astype(int)
    beyond = np.zeros((lattice.rows, lattice.columns)) if final is None else final.reshape(lattice.rows, -1)
    values = _values(futures, left, savings, uav, lattice, row, column, half_widths, discount, beyond)
    return Outlook(lattice, reach_m, *values)


@njit(cache=True)
def _values(
    futures: Futures,
    left: np.ndarray,
    savings: Savings,
    uav: int,
    lattice: Lattice,
    row: int,
    column: int,
    half_widths: np.ndarray,
    discount: float,
    beyond: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Return ``to_go`` and ``ahead`` of :class:`Outlook`, from the last slot to the present one."""
    slots, samples, devices = left.shape
    rows, columns, moves = lattice.rows, lattice.columns, len(half_widths) - 1
    ahead = np.zeros((slots, rows, columns))
    to_go, value = beyond.copy(), np.empty((rows, columns))
    top = np.empty((rows, columns, min(savings.capacity[uav], devices)))
    for h in range(slots - 1, -1, -1):  # backwards: `to_go` is what a point is worth for the slots after slot h
        # In slot h the UAV is at most h + 2 moves from its place before the present slot, one less in the slot before.
        # So only these boxes are filled in: what lies outside is never read.
        i0, i1, j0, j1 = _box(row, column, (h + 2) * moves, rows, columns)
        corner = lattice.corner_xy[0] + lattice.spacing_m * np.array([i0, j0])
        reached, space = value[i0:i1, j0:j1], top[i0:i1, j0:j1]
        before = _box(row - i0, column - j0, (h + 1) * moves, i1 - i0, j1 - j0)
        worth = np.zeros(reached.shape)
        for s in range(samples):
            request, device_xy = futures.request[h, s], futures.device_xy[h, s]
            fill_savings(left[h, s], request, device_xy, savings, uav, corner, lattice.spacing_m, space, reached)
            reached += to_go[i0:i1, j0:j1]  # saved in slot h if this future comes, and after it on average
            ahead[h, i0:i1, j0:j1] += reached / samples
            _add_best_within(reached, half_widths, before, worth)  # the best move is chosen when the slot is seen
        to_go[i0:i1, j0:j1] = worth * discount / samples
    return to_go, ahead


@njit(cache=True)
def _box(row: int, column: int, moves: int, rows: int, columns: int) -> tuple[int, int, int, int]:
    """Rows and columns, first and end, that are at most some moves along the axes from a point."""
    return max(0, row - moves), min(rows, row + moves + 1), max(0, column - moves), min(columns, column + moves + 1)


@njit(cache=True)
def _add_best_within(
    value: np.ndarray, half_widths: np.ndarray, box: tuple[int, int, int, int], worth: np.ndarray
) -> None:
    """Add the largest value within reach of each point of a box; the disc of moves is given row by row."""
    i0, i1, j0, j1 = box
    # Rows near the middle of the disc are wider: from its rim inwards, `wide` only ever widens.
    best, wide, width = np.full(value.shape, -np.inf), value.copy(), 0
    for step in range(len(half_widths) - 1, -1, -1):
        while width < half_widths[step]:  # `wide` holds the largest value over so many columns on either side
            width += 1
            for i in range(len(value)):
                _raise_to(wide[i, width:], value[i, :-width])
                _raise_to(wide[i, :-width], value[i, width:])
        for i in range(i0, i1):
            if i >= step:  # the row `step` above the point, and the one below
                _raise_to(best[i, j0:j1], wide[i - step, j0:j1])
            if i + step < len(value):
                _raise_to(best[i, j0:j1], wide[i + step, j0:j1])
    worth[i0:i1, j0:j1] += best[i0:i1, j0:j1]


@njit(cache=True)
def _raise_to(low: np.ndarray, least: np.ndarray) -> None:
    for j in range(len(low)):
        low[j] = max(low[j], least[j])


@njit(cache=True)
def _follow(
    ahead: np.ndarray, corner_xy: np.ndarray, spacing_m: float, start_xy: np.ndarray, reach_m: float
) -> np.ndarray:
    """Fly from a place to the best point within reach, slot after slot."""
    slots, _, columns = ahead.shape
    path, here = np.empty((slots, 2)), start_xy
    for h in range(slots):
        x, y = (here - corner_xy) / spacing_m
        _, point = least_within(-ahead[h].ravel(), columns, x, y, (reach_m + REACH_SLACK_M) / spacing_m)
        path[h] = corner_xy + spacing_m * np.array([point // columns, point % columns])
        here = path[h]
    return path
