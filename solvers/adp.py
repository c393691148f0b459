"""adp: each slot's exact cost less the learned value of the places left behind (approximate dynamic programming)."""

from typing import TYPE_CHECKING

import numpy as np

from skyedge.problem import Scenario
from skyedge.solvers import Observation, SlotDecision, register
from skyedge.solvers.learned import ModelBasedConfig, PolicySolver

if TYPE_CHECKING:
    from skyedge.rl.networks.place_value import PlaceValues
    from skyedge.rl.policies.policy_files import Policy


@register
class Adp(PolicySolver):
    """Each slot's exact cost less the value of places that adp has learned; exact assignment inside."""

    name = "adp"
    options = frozenset({"device_motion"})
    packages = ("numpy", "scipy", "numba", "torch", "stable-baselines3")
    Config = ModelBasedConfig
    preload = ("skyedge.solvers.machinery.approximate_dp.decision_rule", "torch._dynamo")

    def start(self, seed: int) -> None:
        """Begin an episode."""
        self._rng = np.random.default_rng(seed)

    def act(self, observation: Observation) -> SlotDecision:
        """Search the best moves, then assign exactly."""
        from skyedge.solvers.machinery.approximate_dp.decision_rule import decide

        values, here = self.player(observation.scenario), observation.uav_xy[None]
        rate = observation.arrival_rate[:, None]
        decided = decide(values, rate, observation.t, observation.slot.at(None), here, self._rng)
        return SlotDecision(*(part[0] for part in decided))

    def place_values(
        self, observation: Observation, uav: int, places: np.ndarray, uav_xy: np.ndarray, t: int
    ) -> np.ndarray:
        """Return what places (P, 2) [m] are worth to a UAV in slot t for those after, the UAVs being at ``uav_xy``."""
        from skyedge.rl.networks.place_value import chances, others_of

        chance = chances(observation.arrival_rate[:, None], t, observation.horizon)
        device_xy, others = observation.slot.device_xy[None], others_of(uav_xy, uav)[None]
        worth: np.ndarray = self.player(observation.scenario).at(uav, places[None], device_xy, chance, others)
        return worth[0]

    def _load(self, policy: "Policy", scenario: Scenario) -> "PlaceValues":
        from skyedge.rl.networks.place_value import PlaceValues
        from skyedge.rl.policies.place_value_policy import load_network

        return PlaceValues(load_network(policy), scenario)
