"""Which tasks a UAV may serve together: sets of tasks that it can cover from one place."""

import numpy as np

from skyedge.problem import Instance
from skyedge.solvers.machinery.minlp.pairs import UavPairs, freedom_m

HAIR_M = 1e-3  # far above float error, far below what matters


def coverable_sets(instance: Instance, pairs: UavPairs, t: int, m: int) -> list[np.ndarray]:
    """List sets of pairs of one UAV and slot, such that whatever it can serve together is part of one of them.

    Discs around the tasks, and the disc of what the UAV can have reached, have a point in common only if they have
    one that is the leftmost of a disc or where two circles meet. So these points alone are looked at, with radii
    that are a hair too large.

    Returns
    -------
    list of int arrays
        Numbers of pairs; no set is part of another.
    """
    here = np.flatnonzero((pairs.slot == t) & (pairs.uav == m))
    centre = np.vstack([instance.device_xy[t, pairs.device[here]], instance.uav_start_xy[m]])
    radius = np.append(np.sqrt(pairs.far_m2[here]), freedom_m(instance)[t, m]) + HAIR_M
    leftmost = centre - np.stack([radius, np.zeros(len(radius))], axis=-1)
    points = np.vstack([leftmost, _meetings(centre, radius)])
    inside = np.linalg.norm(points[:, None] - centre, axis=-1) <= radius + HAIR_M
    sets = np.unique(inside[inside[:, -1], :-1], axis=0)
    return [here[chosen] for chosen in _largest(sets) if chosen.any()]


def _meetings(centre: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """Points (P, 2) where circles meet."""
    i, j = np.triu_indices(len(centre), 1)
    apart = centre[j] - centre[i]
    distance = np.maximum(np.linalg.norm(apart, axis=-1), HAIR_M)
    along = (distance**2 + radius[i] ** 2 - radius[j] ** 2) / (2 * distance)
    meet = np.abs(along) <= radius[i]
    i, unit, along = i[meet], (apart / distance[:, None])[meet], along[meet]
    across = np.sqrt(radius[i] ** 2 - along**2)[:, None] * unit[:, ::-1] * [-1.0, 1.0]
    foot = centre[i] + along[:, None] * unit
    return np.vstack([foot + across, foot - across])


def _largest(sets: np.ndarray) -> np.ndarray:
    """Keep the sets (S, K) that are part of no other; all differ."""
    members = sets.astype(np.float32)
    common = members @ members.T
    part = common == members.sum(axis=1)[:, None]
    np.fill_diagonal(part, val=False)
    return sets[~part.any(axis=1)]
