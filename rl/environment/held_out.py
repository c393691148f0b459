"""Held-out instances: what a policy is measured on while it learns."""

from collections.abc import Iterator, Sequence

import numpy as np
from stable_baselines3.common.base_class import BaseAlgorithm

from skyedge.problem import Decision, Instance, Scenario, evaluate, generate
from skyedge.rl.environment.episodes import GivenEpisodes
from skyedge.rl.environment.vec_env import OffloadingVecEnv

# Numbers of instances, far above those of campaigns (0, 1, ...). Episodes to learn from are no numbered instances.
HELD_OUT_SEEDS = range(10**9, 10**9 + 20)


class HeldOut:
    """The held-out instances of a scenario, played side by side by the deterministic policy.

    Parameters
    ----------
    scenario : Scenario
    view, track : str
        Of the algorithm's environment.
    seeds : sequence of int
        Of the instances.

    Raises
    ------
    InputError
        If the scenario has no instances, because its penalty φ is too low.
    """

    def __init__(self, scenario: Scenario, view: str, track: str, seeds: Sequence[int] = HELD_OUT_SEEDS) -> None:
        episodes = GivenEpisodes([generate(scenario, seed) for seed in seeds])
        self.env = OffloadingVecEnv(view=view, track=track, count=len(seeds), episodes=episodes)

    def score(self, model: BaseAlgorithm) -> dict[str, float]:
        """Return means over the instances: ``cost``, ``served_fraction``, ``mean_latency_s``, ``energy_per_slot_j``.

        Latency is the mean over instances of which a request was served; NaN if none was.
        """
        scores = [evaluate(*episode) for episode in self.episodes(model)]
        latency_s = [score.mean_latency_s for score in scores if score.served.any()]
        return {
            "cost": float(np.mean([score.cost for score in scores])),
            "served_fraction": float(np.mean([score.served_fraction for score in scores])),
            "mean_latency_s": float(np.mean(latency_s)) if latency_s else float("nan"),
            "energy_per_slot_j": float(np.mean([score.energy_per_slot_j for score in scores])),
        }

    def episodes(self, model: BaseAlgorithm) -> Iterator[tuple[Instance, Decision]]:
        """Play every instance by the deterministic policy; yields it with what was decided."""
        observation = self.env.reset()
        for _ in range(self.env.process.scenario.slots):
            action, _ = model.predict(observation, deterministic=True)  # type: ignore[arg-type]
            observation = self.env.step(action)[0]
        for number in range(self.env.num_envs):
            yield self.env.finished_episode(number)
