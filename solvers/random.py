"""Random: valid decisions drawn evenly, the paper's baseline."""

import numpy as np

from skyedge.solvers import Observation, OnlineSolver, SlotDecision, register, step_towards


@register
class Random(OnlineSolver):
    """Every server and power drawn evenly, every move evenly from the disc that a UAV can reach."""

    name = "random"
    options = frozenset({"device_motion", "battery", "shared_bandwidth", "interference"})

    def start(self, seed: int) -> None:
        """Seed the generator."""
        self.rng = np.random.default_rng(seed)

    def act(self, observation: Observation) -> SlotDecision:
        """Draw one slot."""
        slot, rng = observation.slot, self.rng
        angle = rng.uniform(0, 2 * np.pi, slot.uavs)
        radius = slot.reach_m * np.sqrt(rng.random(slot.uavs))
        move = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
        uav_xy = step_towards(observation.uav_xy, observation.uav_xy + move, slot.reach_m, slot.area_m)
        server = np.where(slot.active, rng.integers(slot.servers, size=slot.devices), -1)
        power = np.where(slot.active, rng.uniform(0, slot.max_power_w), 0.0)
        return SlotDecision(server, power, uav_xy)
