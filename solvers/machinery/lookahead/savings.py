"""What UAVs serve in a sampled future slot, and what one of them saves from each point of a lattice."""

import numpy as np
from numba import njit

from skyedge.solvers.machinery.lookahead.futures import Futures, Savings


@njit(cache=True)
def unclaimed(futures: Futures, savings: Savings, uav: int, path: np.ndarray) -> np.ndarray:
    """Say which tasks the other UAVs leave when, one after the other, they take what saves most.

    Parameters
    ----------
    futures : Futures
    savings : Savings
    uav : int
        The one who takes nothing.
    path : array (H, M, 2)
        Where UAVs will be [m].

    Returns
    -------
    bool array (H, S, K)
        False for idle devices.
    """
    left = futures.active.copy()
    slots, samples, _ = left.shape
    for h in range(slots):
        for s in range(samples):
            request, device_xy = futures.request[h, s], futures.device_xy[h, s]
            for other in range(path.shape[1]):
                if other != uav:
                    _claim(left[h, s], request, device_xy, savings, other, path[h, other])
    return left


@njit(cache=True)
def _claim(
    left: np.ndarray,
    request: np.ndarray,
    device_xy: np.ndarray,
    savings: Savings,
    uav: int,
    place_xy: np.ndarray,
) -> None:
    """Take from ``left`` (K,) the tasks that a UAV saves most by."""
    table, bin_m2 = savings.table[uav], savings.bin_m2[uav]
    for _ in range(savings.capacity[uav]):
        best, task = 0.0, -1
        for k in range(len(left)):
            if not left[k]:
                continue
            squared = (device_xy[k, 0] - place_xy[0]) ** 2 + (device_xy[k, 1] - place_xy[1]) ** 2
            index = int(squared / bin_m2)
            if index < table.shape[1] and table[request[k], index] > best:
                best, task = table[request[k], index], k
        if task < 0:
            return
        left[task] = False


@njit(cache=True)
def fill_savings(
    left: np.ndarray,
    request: np.ndarray,
    device_xy: np.ndarray,
    savings: Savings,
    uav: int,
    corner_xy: np.ndarray,
    spacing_m: float,
    top: np.ndarray,
    total: np.ndarray,
) -> None:
    """Sum the κ largest savings of a UAV at every point of a lattice, in place.

    Parameters
    ----------
    left : bool array (K,)
        Tasks that it may serve,
    request : int array (K,)
    device_xy : array (K, 2)
        and where they are [m].
    savings : Savings
    uav : int
    corner_xy : array (2,)
        First point of the lattice [m].
    spacing_m : float
    top : array (rows, columns, κ)
        Work space.
    total : array (rows, columns)
        The result.
    """
    rows, columns = total.shape
    table, bins = savings.table[uav], savings.table.shape[2]
    total[:], top[:] = 0.0, 0.0
    bin_ = savings.bin_m2[uav] / spacing_m**2  # lengths in units of the spacing from here on
    radius_sq = bins * bin_
    for k in np.flatnonzero(left):
        saving = table[request[k]]
        if saving[0] <= 0:
            continue
        x, y = (device_xy[k] - corner_xy) / spacing_m
        radius = np.sqrt(radius_sq)
        for i in range(max(0, int(np.ceil(x - radius))), min(rows, int(np.floor(x + radius)) + 1)):
            half = np.sqrt(max(radius_sq - (i - x) ** 2, 0.0))
            for j in range(max(0, int(np.ceil(y - half))), min(columns, int(np.floor(y + half)) + 1)):
                index = min(int(((i - x) ** 2 + (j - y) ** 2) / bin_), bins - 1)
                total[i, j] += _keep(top[i, j], saving[index])


@njit(cache=True)
def _keep(top: np.ndarray, saving: float) -> float:
    """Keep the largest savings, in falling order; returns by how much their sum grows."""
    i = len(top) - 1
    gain = saving - top[i]
    if gain <= 0:
        return 0.0
    while i > 0 and top[i - 1] < saving:
        top[i] = top[i - 1]
        i -= 1
    top[i] = saving
    return gain
