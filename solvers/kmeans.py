"""k-means: UAVs follow the clusters of the active devices; assignment and power are exact."""

import warnings

import numpy as np
from scipy.cluster.vq import kmeans2
from scipy.optimize import linear_sum_assignment

from skyedge.problem.physics.links import squared_distances
from skyedge.solvers import (
    CONTENTION,
    Observation,
    OnlineSolver,
    SlotDecision,
    register,
    served_best,
    settled,
    step_towards,
)


def cluster_centres(points: np.ndarray, uav_xy: np.ndarray) -> np.ndarray:
    """Return one k-means centre for each UAV, matched so that UAVs fly little.

    Parameters
    ----------
    points : array (P, 2)
        Positions to cluster [m].
    uav_xy : array (M, 2)
        Where UAVs are; Lloyd's iterations start from there, and a UAV without points keeps its place.

    Returns
    -------
    array (M, 2)
    """
    if not (len(points) and len(uav_xy)):
        return uav_xy
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # an empty cluster keeps its centre, which is what we want
        centres, _ = kmeans2(points, uav_xy, minit="matrix")
    nearest = linear_sum_assignment(squared_distances(uav_xy, centres))[1]
    return centres[nearest]


@register
class KMeans(OnlineSolver):
    """UAVs step towards k-means centres of the active devices; exact assignment, closed-form power."""

    name = "kmeans"
    options = frozenset({"device_motion", "battery"}) | CONTENTION

    def act(self, observation: Observation) -> SlotDecision:
        """Move, then assign exactly at the new positions."""
        slot = observation.slot
        target = cluster_centres(slot.device_xy[slot.active], observation.uav_xy)
        uav_xy = step_towards(observation.uav_xy, target, slot.reach_m, slot.area_m)
        return settled(slot, served_best(slot, uav_xy))
