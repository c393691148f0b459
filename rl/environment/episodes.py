"""Where episodes come from: drawn anew, or given instances in turn."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from skyedge.problem import Horizons, InputError, Instance, Scenario, generate_batch, side_by_side


class Episodes(Protocol):
    """A source of episodes of one scenario."""

    scenario: Scenario

    def draw(self, count: int) -> Horizons:
        """Return the next ``count`` episodes."""

    def restart(self, seed: int) -> None:
        """Begin again, with another seed where there is one."""


class FreshEpisodes:
    """Endless new episodes; none is an instance of :func:`skyedge.problem.generate`, whatever its seed (below 2⁶⁴).

    Each call of :meth:`draw` has random streams of its own, named by the seed and the number of the call (see
    :func:`skyedge.problem.generate_batch`), so ``drawn`` is all the state there is: set it to resume.

    Parameters
    ----------
    scenario : Scenario
    seed : int
        At least 0.
    """

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self.scenario, self.seed, self.drawn = scenario, seed, 0

    def draw(self, count: int) -> Horizons:
        """Draw the next ``count`` episodes."""
        self.drawn += 1
        return generate_batch(self.scenario, (self.seed, self.drawn), count)

    def restart(self, seed: int) -> None:
        """Draw the episodes of another seed, from their first."""
        self.seed, self.drawn = seed, 0


class CrowdEpisodes(FreshEpisodes):
    """New episodes in which only some devices ever ask for anything: as many as a number drawn evenly.

    To networks that leave silent devices out, each is an episode of a world with so many devices.

    Parameters
    ----------
    scenario : Scenario
        Whose devices are the most that there can be.
    seed : int
    fewest : int
        The least.

    Raises
    ------
    InputError
        If ``fewest`` is above the number of devices.
    """

    def __init__(self, scenario: Scenario, seed: int, fewest: int) -> None:
        super().__init__(scenario, seed)
        if fewest > scenario.devices:
            raise InputError(f"fewest_devices is {fewest}, but the scenario has {scenario.devices}: give at most that")
        self.fewest = fewest

    def draw(self, count: int) -> Horizons:
        """Draw the next ``count`` episodes."""
        horizons = super().draw(count)
        generator = np.random.default_rng((self.seed, self.drawn))
        asking = np.arange(self.scenario.devices) < generator.integers(
            self.fewest, self.scenario.devices, (count, 1), endpoint=True
        )
        requests = ("active", "input_bits", "output_words", "max_latency_s", "min_accuracy", "arrival_rate")
        return replace(horizons, **{name: getattr(horizons, name) * asking for name in requests})


class GivenEpisodes:
    """Given instances in turn, from the first again after the last: for evaluation on held-out instances.

    Parameters
    ----------
    instances : sequence of Instance
        Of one scenario.

    Raises
    ------
    InputError
        If there is none, or their scenarios differ.
    """

    def __init__(self, instances: Sequence[Instance]) -> None:
        if not instances:
            raise InputError("there are no instances to give: name at least one")
        self.scenario = side_by_side(instances).scenario
        self.instances, self.given = list(instances), 0

    def draw(self, count: int) -> Horizons:
        """Return the next ``count`` instances side by side."""
        picks = [(self.given + number) % len(self.instances) for number in range(count)]
        self.given = (picks[-1] + 1) % len(self.instances)
        return side_by_side([self.instances[pick] for pick in picks])

    def restart(self, seed: int) -> None:
        """Begin again with the first instance, whatever the seed."""
        self.given = 0
