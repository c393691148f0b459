"""How devices move from slot to slot."""

import math

import numpy as np

from skyedge.problem.physics.compiled import njit


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
    velocity_mps : array, optional
        Velocities in the first slot [m/s], broadcast to the shape of ``start_xy``; drawn by default.

    Returns
    -------
    array (T, …, K, 2)
    """
    deviation = mean_speed_mps * np.sqrt(2 / np.pi)
    velocity = deviation * rng.standard_normal(start_xy.shape) if velocity_mps is None else velocity_mps
    track = np.empty((slots, *start_xy.shape))
    track[0] = start_xy
    walk(
        rng,
        np.array(np.broadcast_to(velocity, start_xy.shape), float).reshape(-1),
        track.reshape(slots, -1),
        slot_s,
        memory,
        deviation,
        np.array(area_m, float),
    )
    return track


@njit
def walk(
    rng: np.random.Generator,
    velocity_mps: np.ndarray,
    track: np.ndarray,
    slot_s: float,
    memory: float,
    deviation_mps: float,
    area_m: np.ndarray,
) -> None:
    """Fill in the positions (T, C) after the first; coordinates are x and y in turn, and velocities (C,) change."""
    for slot in range(1, len(track)):
        for i in range(len(velocity_mps)):
            noise = deviation_mps * rng.standard_normal()
            velocity = memory * velocity_mps[i] + math.sqrt(1 - memory**2) * noise
            track[slot, i], turned = reflect(track[slot - 1, i] + velocity * slot_s, area_m[i % 2])
            velocity_mps[i] = -velocity if turned else velocity


@njit
def reflect(position_m: float, length_m: float) -> tuple[float, bool]:
    """Fold a coordinate back into [0, length] as mirrors at both ends would; also say if that turned it round."""
    if 0 <= position_m <= length_m:
        return position_m, False
    folded = position_m % (2 * length_m)
    turned = folded > length_m
    return (2 * length_m - folded if turned else folded), turned
