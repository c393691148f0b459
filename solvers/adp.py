"""adp: each slot's exact cost less the learned value of the places left behind (approximate dynamic programming)."""

from typing import TYPE_CHECKING

import numpy as np

from skyedge.problem import InputError, Instance, Scenario
from skyedge.solvers import Observation, SlotDecision, register
from skyedge.solvers.common.command import main
from skyedge.solvers.learned import ModelBasedConfig, PolicySolver

if TYPE_CHECKING:
    from skyedge.rl.networks.place_value import PlaceValues


@register
class Adp(PolicySolver):
    """Each slot's exact cost less the value of places that adp has learned; exact assignment inside."""

    name = "adp"
    options = frozenset({"device_motion"})
    packages = ("numpy", "scipy", "numba", "torch", "stable-baselines3")
    Config = ModelBasedConfig
    preload = ("skyedge.solvers.machinery.approximate_dp.decision_rule", "torch._dynamo")
    _values: "PlaceValues | None" = None

    def start(self, seed: int) -> None:
        """Begin an episode."""
        self._rng = np.random.default_rng(seed)

    def check(self, instance: Instance) -> None:
        """Refuse an instance for whose scenario there is no policy."""
        self.values(instance.scenario)

    def act(self, observation: Observation) -> SlotDecision:
        """Search the best moves, then assign exactly."""
        from skyedge.solvers.machinery.approximate_dp.decision_rule import decide

        values, here = self.values(observation.scenario), observation.uav_xy[None]
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
        return self.values(observation.scenario).at(uav, places[None], device_xy, chance, others)[0]

    def values(self, scenario: Scenario | None) -> "PlaceValues":
        """Return the learned value in a scenario; it is read once."""
        from skyedge.rl.networks.place_value import PlaceValues
        from skyedge.rl.policies.place_value_policy import load_network

        if scenario is None:
            raise InputError(f"{self.name} needs to know the instance's scenario: give one that skyedge generated")
        if self._values is None or self._values.scenario != scenario:
            self._values = PlaceValues(load_network(self._policy(scenario)), scenario)
        return self._values


if __name__ == "__main__":
    main("adp")
