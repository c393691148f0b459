"""Passes: how high satellites stand over devices, and how long they stay."""

import numpy as np
from scipy.optimize.elementwise import find_root

from skyedge.problem.constellations.circular_orbits import WINDOW_TOLERANCE_S
from skyedge.problem.constellations.motion import Track

STEP_S = 30.0  # no satellite in a low orbit sets and rises again within it
LONGEST_PASS_S = 7680.0  # a whole revolution of the highest orbits; passes are shorter


def sine_of_elevation(device_m: np.ndarray, up: np.ndarray, satellite_m: np.ndarray) -> np.ndarray:
    """Sine of the elevation at which devices, whose vertical is ``up``, see satellites; vectors (…, 3) broadcast."""
    sight = satellite_m - device_m
    return np.vecdot(sight, up) / np.linalg.norm(sight, axis=-1)


def look_angles(site_m: np.ndarray, up: np.ndarray, satellite_m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Azimuth from north over east, and elevation [rad], of satellites (…, 3) seen from one site (3,)."""
    sight = satellite_m - site_m
    east = np.array([-up[1], up[0], 0.0]) / np.hypot(up[0], up[1])
    azimuth = np.arctan2(sight @ east, sight @ np.cross(up, east)) % (2 * np.pi)
    return azimuth, np.arcsin(np.clip(sine_of_elevation(site_m, up, satellite_m), -1, 1))


def windows(
    track: Track, device_m: np.ndarray, up: np.ndarray, time_s: np.ndarray, min_elevation_rad: float
) -> np.ndarray:
    """W_{k,n}(t) [s]: how long each satellite stays above the minimum elevation, 0 if it is below it now.

    Parameters
    ----------
    track : Track
        Of n satellites, until :data:`LONGEST_PASS_S` after the last slot's start.
    device_m, up : array (T, K, 3)
        Positions of the devices, each held for its slot, and their verticals.
    time_s : array (T,)
        Start of each slot.
    min_elevation_rad : float

    Returns
    -------
    array (T, K, n)
    """
    lowest = np.sin(min_elevation_rad)
    everyone = np.arange(track.coefficients.shape[2])
    now = track.at(time_s[:, None], everyone)
    seen = np.stack(
        [sine_of_elevation(device_m[t, :, None], up[t, :, None], now[t]) >= lowest for t in range(len(time_s))]
    )
    window = np.zeros(seen.shape)
    view = np.nonzero(seen)
    if not len(view[0]):
        return window

    def height(wait_s: np.ndarray, slot: np.ndarray, device: np.ndarray, satellite: np.ndarray) -> np.ndarray:
        there = track.at(time_s[slot] + wait_s, satellite)
        return sine_of_elevation(device_m[slot, device], up[slot, device], there) - lowest

    last = np.zeros(len(view[0]))  # when each was last found above, step by step
    above = np.arange(len(last))
    while len(above) and last.max() < LONGEST_PASS_S:
        still = height(last[above] + STEP_S, *(index[above] for index in view)) >= 0
        above = above[still]
        last[above] += STEP_S
    root = find_root(height, (last, last + STEP_S), args=view, tolerances={"xatol": WINDOW_TOLERANCE_S, "xrtol": 1e-14})
    window[view] = np.where(root.success, root.x, last)
    return window
