"""Greedy with UAVs that drift to the centroid of the devices they could serve."""

import numpy as np
from pydantic import Field

from skyedge.problem import Slots, server_costs
from skyedge.problem.physics.links import accurate
from skyedge.solvers import (
    CONTENTION,
    Observation,
    OnlineSolver,
    SlotDecision,
    SolverConfig,
    register,
    settled,
    step_towards,
)
from skyedge.solvers.greedy import cheapest_first


class GreedyMobileConfig(SolverConfig):
    """Options of greedy-mobile."""

    sight: float = Field(2.0, gt=0, description="how many coverage radii away a UAV still looks for devices")


def drift_targets(slot: Slots, uav_xy: np.ndarray, sight: float) -> np.ndarray:
    """Centroid of the active devices that each UAV could serve best.

    Those whose accuracy floor its model meets, within sight, and not nearer to another such UAV: without the
    last, all UAVs drift to one place.

    Parameters
    ----------
    slot : Slots
        Without leading axis.
    uav_xy : array (M, 2)
    sight : float
        In coverage radii.

    Returns
    -------
    array (M, 2)
        The UAV's own position where it sees no such device.
    """
    distance = np.linalg.norm(slot.device_xy[:, None] - uav_xy, axis=-1)
    eligible = accurate(slot.uav_accuracy, slot.min_accuracy[:, None]) & slot.active[:, None]
    distance = np.where(eligible & (distance <= sight * slot.uav_radius_m), distance, np.inf)
    nearest = distance == np.min(distance, axis=-1, keepdims=True, initial=np.inf)
    seen = (nearest & np.isfinite(distance)).astype(float)
    count = seen.sum(axis=0)
    centroid = seen.T @ slot.device_xy / np.maximum(count, 1)[:, None]
    return np.where(count[:, None] > 0, centroid, uav_xy)


@register
class GreedyMobile(OnlineSolver):
    """UAVs drift to the centroid of the devices they could serve; then as greedy."""

    name = "greedy-mobile"
    options = frozenset({"device_motion", "battery"}) | CONTENTION
    Config = GreedyMobileConfig

    def act(self, observation: Observation) -> SlotDecision:
        """Move, then assign at the new positions."""
        slot = observation.slot
        target = drift_targets(slot, observation.uav_xy, self.config.sight)
        uav_xy = step_towards(observation.uav_xy, target, slot.reach_m, slot.area_m)
        server, power = cheapest_first(server_costs(slot, uav_xy), slot.server_capacity, slot.unserved_penalty)
        return settled(slot, SlotDecision(server, power, uav_xy))
