"""Ring: UAVs take posts on a ring around the area's centre; assignment and power are exact."""

import numpy as np
from pydantic import Field

from skyedge.problem import assigned_power, best_assignment, server_costs
from skyedge.solvers import Observation, OnlineSolver, SlotDecision, SolverConfig, register, step_towards


class RingConfig(SolverConfig):
    """Options of ring."""

    size: float = Field(0.7, ge=0, le=1, description="the ring's radius, as a share of half the area's side")


@register
class Ring(OnlineSolver):
    """UAVs hold posts on a ring around the centre; exact assignment, closed-form power."""

    name = "ring"
    Config = RingConfig

    def act(self, observation: Observation) -> SlotDecision:
        """Step towards the posts, then assign at the new positions."""
        slot = observation.slot
        angle = np.linspace(0, 2 * np.pi, slot.uavs, endpoint=False)
        circle = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
        post = slot.area_m / 2 * (1 + self.config.size * circle)
        uav_xy = step_towards(observation.uav_xy, post, slot.reach_m, slot.area_m)
        costs = server_costs(slot, uav_xy)
        server = best_assignment(costs.cost, slot.server_capacity, slot.unserved_penalty)
        return SlotDecision(server, assigned_power(costs, server), uav_xy)
