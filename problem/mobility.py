"""How devices move from slot to slot."""

import numpy as np


def gauss_markov_walk(
    rng: np.random.Generator,
    start_xy: np.ndarray,
    slots: int,
    slot_s: float,
    mean_speed_mps: float,
    memory: float,
    area_m: np.ndarray,
    velocity_mps: np.ndarray | None = None,
) -> np.ndarray:
    """Draw a Gauss–Markov walk that is reflected at the border of the area.

    Parameters
    ----------
    rng : numpy.random.Generator
    start_xy : array (…, K, 2)
        Positions in the first slot [m].
    slots, slot_s : int, float
    mean_speed_mps : float
        Mean of the speed; each velocity component is normal with standard deviation sqrt(2/π) of it.
    memory : float
        Correlation of a velocity with that of the slot before.
    area_m : array (2,)
    velocity_mps : array (…, K, 2), optional
        Velocities in the first slot [m/s]; drawn by default.

    Returns
    -------
    array (T, …, K, 2)
    """
    deviation = mean_speed_mps * np.sqrt(2 / np.pi)
    velocity = deviation * rng.standard_normal(start_xy.shape) if velocity_mps is None else velocity_mps
    track = np.empty((slots, *start_xy.shape))
    track[0] = start_xy
    for slot in range(1, slots):
        noise = deviation * rng.standard_normal(start_xy.shape)
        velocity = memory * velocity + np.sqrt(1 - memory**2) * noise
        track[slot], flipped = reflect(track[slot - 1] + velocity * slot_s, area_m)
        velocity = np.where(flipped, -velocity, velocity)
    return track


def reflect(xy: np.ndarray, area_m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Fold points back into the area as mirrors at its border would; also say which coordinates were turned.

    Parameters
    ----------
    xy : array (…, 2)
    area_m : array (2,)

    Returns
    -------
    inside : array (…, 2)
    turned : bool array (…, 2)
        True where a coordinate was mirrored an odd number of times.
    """
    folded = np.mod(xy, 2 * area_m)
    turned = folded > area_m
    return np.where(turned, 2 * area_m - folded, folded), turned
