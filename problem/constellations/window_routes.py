"""Links between satellites, routes over them, and where a device enters (Section 4 of the formulation)."""

from typing import Any

import numpy as np
from numba.extending import register_jitable

from skyedge.problem.constellations.circular_orbits import EARTH_RADIUS_M, Constellation
from skyedge.problem.physics.compiled import OPTIONS, njit
from skyedge.problem.physics.equations import LIGHT_SPEED_MPS

GRAZING_ALTITUDE_M = 80_000.0  # inter-satellite links stay above it


def isl_neighbours(constellation: Constellation, positions: np.ndarray) -> np.ndarray:
    """Inter-satellite links of each slot, bool (…, N, N): the +Grid, where the line of sight is clear.

    Parameters
    ----------
    constellation : Constellation
    positions : array (…, N, 3)
        Satellite positions [m].
    """
    satellites = positions.shape[-2]
    plane, member = np.divmod(np.arange(satellites), constellation.per_plane)
    same_plane = plane[:, None] == plane
    step = np.abs(member[:, None] - member)
    in_plane = same_plane & ((step == 1) | (constellation.closed & (step == constellation.per_plane - 1)))
    links = np.broadcast_to(in_plane, (*positions.shape[:-1], satellites)).copy()
    everyone = np.arange(satellites)
    for adjacent in range(plane.max()):
        left, right = everyone[plane == adjacent], everyone[plane == adjacent + 1]
        for here, there in ((left, right), (right, left)):
            apart = np.linalg.norm(positions[..., here, None, :] - positions[..., None, there, :], axis=-1)
            chosen = there[np.argmin(apart, axis=-1)][..., None] == everyone
            links[..., here, :] |= chosen
            links[..., :, here] |= np.swapaxes(chosen, -1, -2)
    keep_clear_lines(positions.reshape(-1, satellites, 3), links.reshape(-1, satellites, satellites))
    return links


@register_jitable(**OPTIONS)
def lowest_radius_m(x: Any, y: Any, z: Any, dx: Any, dy: Any, dz: Any) -> Any:
    """Distance from the Earth's centre of the nearest point of the straight line from (x, y, z) on by (dx, dy, dz)."""
    length_squared = np.maximum(dx * dx + dy * dy + dz * dz, 1e-9)
    nearest = np.minimum(np.maximum(-(x * dx + y * dy + z * dz) / length_squared, 0.0), 1.0)
    x, y, z = x + nearest * dx, y + nearest * dy, z + nearest * dz
    return np.sqrt(x * x + y * y + z * z)


@njit
def keep_clear_lines(positions: np.ndarray, links: np.ndarray) -> None:
    """Cut the links (S, N, N) whose straight line between positions (S, N, 3) dips below the grazing altitude."""
    for s, i, j in np.ndindex(links.shape):
        if links[s, i, j]:
            x, y, z = positions[s, i]
            dx, dy, dz = positions[s, j, 0] - x, positions[s, j, 1] - y, positions[s, j, 2] - z
            links[s, i, j] = lowest_radius_m(x, y, z, dx, dy, dz) >= EARTH_RADIUS_M + GRAZING_ALTITUDE_M


def isl_routes(links: np.ndarray, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Routes of least propagation delay in each slot.

    Parameters
    ----------
    links : bool array (…, N, N)
    positions : array (…, N, 3)

    Returns
    -------
    hops : int array (…, N, N)
        J of the route from access to executor, 0 on the diagonal, −1 where there is none.
    delay_s : array (…, N, N)
        Its propagation delay δ, 0 where there is none.
    """
    satellites = links.shape[-1]
    hops, length_m = np.empty(links.shape, np.int64), np.empty(links.shape)
    square = (-1, satellites, satellites)
    find_routes(
        np.ascontiguousarray(links).reshape(square),
        np.ascontiguousarray(positions).reshape(-1, satellites, 3),
        hops.reshape(square),
        length_m.reshape(square),
    )
    return hops, np.where(hops >= 0, length_m, 0.0) / LIGHT_SPEED_MPS


@njit
def find_routes(links: np.ndarray, positions: np.ndarray, hops: np.ndarray, length_m: np.ndarray) -> None:
    """Fill in hops and lengths of shortest routes (S, N, N) by Floyd and Warshall's method."""
    satellites = links.shape[1]
    for s in range(len(links)):
        for i in range(satellites):
            for j in range(satellites):
                dx = positions[s, i, 0] - positions[s, j, 0]
                dy = positions[s, i, 1] - positions[s, j, 1]
                dz = positions[s, i, 2] - positions[s, j, 2]
                linked = links[s, i, j]
                hops[s, i, j] = 0 if i == j else (1 if linked else -1)
                length_m[s, i, j] = 0.0 if i == j else (np.sqrt(dx * dx + dy * dy + dz * dz) if linked else np.inf)
        for via in range(satellites):
            for i in range(satellites):
                for j in range(satellites):
                    detour = length_m[s, i, via] + length_m[s, via, j]
                    if detour < length_m[s, i, j]:
                        length_m[s, i, j] = detour
                        hops[s, i, j] = hops[s, i, via] + hops[s, via, j]


def access_satellites(window_s: np.ndarray, hops: np.ndarray) -> np.ndarray:
    """Access satellite a of every executor, int (…, K, N); −1 where it cannot be reached.

    The executor itself where it is visible, else the visible satellite with the longest remaining window (the
    lowest index of equals), if a route leads on from there.
    """
    devices, satellites = window_s.shape[-2:]
    access = np.empty(window_s.shape, np.int64)
    per_slot = (-1, devices, satellites)
    choose_access(
        np.ascontiguousarray(window_s).reshape(per_slot),
        np.ascontiguousarray(hops).reshape(-1, satellites, satellites),
        access.reshape(per_slot),
    )
    return access


@njit
def choose_access(window_s: np.ndarray, hops: np.ndarray, access: np.ndarray) -> None:
    """Fill in the access satellites (S, K, N) of windows (S, K, N) and hops (S, N, N)."""
    for s in range(window_s.shape[0]):
        for k in range(window_s.shape[1]):
            longest = 0
            for n in range(window_s.shape[2]):
                if window_s[s, k, n] > window_s[s, k, longest]:
                    longest = n
            for n in range(window_s.shape[2]):
                if window_s[s, k, n] > 0:
                    access[s, k, n] = n
                else:
                    reached = window_s[s, k, longest] > 0 and hops[s, longest, n] >= 0
                    access[s, k, n] = longest if reached else -1
