"""Held-out instances played by adp's rule, side by side."""

from collections.abc import Iterator

import numpy as np
from stable_baselines3.common.base_class import BaseAlgorithm

from skyedge.problem import Decision, Horizons, Instance
from skyedge.rl.environment.held_out import HeldOut
from skyedge.rl.networks.place_value import PlaceValues
from skyedge.solvers.machinery.approximate_dp.decision_rule import decide


class AdpHeldOut(HeldOut):
    """Held-out instances for an algorithm whose policy is a :class:`~skyedge.rl.networks.place_value.PlaceValue`."""

    def episodes(self, model: BaseAlgorithm) -> Iterator[tuple[Instance, Decision]]:
        """Play every instance; yields it with what was decided."""
        process = self.env.process
        process.reset()
        assert process.flight is not None
        values = PlaceValues(model.policy, process.scenario)  # type: ignore[arg-type]
        horizons: Horizons = process.flight.horizons
        here, rng = horizons.uav_start_xy, np.random.default_rng(0)
        for t in range(process.scenario.slots):
            decided = decide(values, horizons.arrival_rate, t, horizons.at(t), here, rng)
            here = process.flight.record(t, decided)
        for number in range(self.env.num_envs):
            yield process.flight.episode(number)
