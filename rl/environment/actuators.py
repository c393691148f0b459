"""From what an action says to where UAVs go and how strongly devices transmit: always valid."""

import numpy as np

from skyedge.problem import World

MARGIN = 1e-12  # relative, by which moves stay inside their disc
LEAST_POWER_SHARE = 0.005  # of full power, wherever a server is chosen


def moved(uav_xy: np.ndarray, moves: np.ndarray, world: World) -> np.ndarray:
    """Move UAVs, projected into their disc and into the area.

    Parameters
    ----------
    uav_xy : array (…, M, 2)
        Positions inside the area [m].
    moves : array (…, M, 2)
        Displacements in units of the reach V_m τ, clipped to [−1, 1] per axis and then to length 1.
    world : World

    Returns
    -------
    array (…, M, 2)
    """
    moves = np.clip(np.asarray(moves, dtype=float), -1.0, 1.0)
    length = np.sqrt(np.vecdot(moves, moves))
    share = (1 - MARGIN) / np.maximum(length, 1.0)
    there = uav_xy + moves * (share * world.reach_m)[..., None]
    return np.clip(there, 0.0, world.area_m)  # here is inside, so this only shortens the way


def power_share(level: np.ndarray) -> np.ndarray:
    """Return the share of full power of levels from −1 to 1: evenly from 0.5 % to 1."""
    share = (np.clip(np.asarray(level, dtype=float), -1.0, 1.0) + 1) / 2
    return LEAST_POWER_SHARE + (1 - LEAST_POWER_SHARE) * share


def power_level(share: np.ndarray) -> np.ndarray:
    """Return the levels whose :func:`power_share` is given."""
    level: np.ndarray = 2 * (np.asarray(share) - LEAST_POWER_SHARE) / (1 - LEAST_POWER_SHARE) - 1
    return level


def transmit_power(share: np.ndarray, server: np.ndarray, world: World) -> np.ndarray:
    """Return powers (…, K) [W] of shares of full power; 0 without a server."""
    return np.where(server >= 0, share * world.max_power_w, 0.0)
