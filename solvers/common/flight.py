"""Small geometry that solvers share: where a UAV may go within one slot."""

import numpy as np


def step_towards(here: np.ndarray, target: np.ndarray, reach_m: np.ndarray, area_m: np.ndarray) -> np.ndarray:
    """Move UAVs straight towards targets, no further than they reach, inside the area.

    Parameters
    ----------
    here, target : array (…, M, 2)
        Positions [m]; ``here`` lies inside the area.
    reach_m : array (M,)
        How far each can move.
    area_m : array (2,)

    Returns
    -------
    array (…, M, 2)

    Examples
    --------
    >>> step_towards(np.array([[0.0, 0.0]]), np.array([[30.0, 40.0]]), np.array([10.0]), np.array([500.0, 500.0]))
    array([[6., 8.]])
    """
    move = np.clip(target, 0.0, area_m) - here
    distance = np.linalg.norm(move, axis=-1)
    share = np.minimum(1.0, reach_m / np.maximum(distance, 1e-12))
    return here + share[..., None] * move


def flown(path: np.ndarray, start: np.ndarray, reach_m: np.ndarray, area_m: np.ndarray) -> np.ndarray:
    """Follow a path as closely as UAVs can, slot by slot: the path itself where they can fly it.

    Parameters
    ----------
    path : array (T, M, 2)
        Positions wanted [m].
    start : array (M, 2)
        Positions before the first slot.
    reach_m : array (M,)
    area_m : array (2,)

    Returns
    -------
    array (T, M, 2)
    """
    followed, here = np.empty_like(path), start
    for t in range(len(path)):
        followed[t] = here = step_towards(here, path[t], reach_m, area_m)
    return followed
