"""Where episodes come from: drawn anew, or given instances in turn."""

from collections.abc import Sequence
from typing import Protocol

from problem import Horizons, InputError, Instance, Scenario, generate_batch, side_by_side


class Episodes(Protocol):
    """A source of episodes of one scenario."""

    scenario: Scenario

    def draw(self, count: int) -> Horizons:
        """Return the next ``count`` episodes."""

    def restart(self, seed: int) -> None:
        """Begin again, with another seed where there is one."""


class FreshEpisodes:
    """Endless new episodes, none of which is an instance of :func:`problem.generate`, whatever its seed (below 2⁶⁴).

    Each call of :meth:`draw` has random streams of its own, named by the seed and the number of the call (see
    :func:`problem.generate_batch`), so ``drawn`` is all the state there is: set it to resume.

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
