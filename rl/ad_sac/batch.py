"""What agents learn from and what policies return: transitions and hybrid actions, in rows."""

from typing import NamedTuple

from torch import Tensor


class Action(NamedTuple):
    """B hybrid actions: options of branches (B, n), and levels of coordinates (B, C) in [−1, 1]."""

    choice: Tensor
    level: Tensor


class Batch(NamedTuple):
    """Transitions: observations (B, size), choices (B, n), levels (B, C) in [−1, 1], rewards and ends (B,).

    And what each branch alone might have chosen instead, (B, n, c), with the rewards that this would have brought.
    """

    observation: Tensor
    choice: Tensor
    level: Tensor
    reward: Tensor
    following: Tensor
    done: Tensor
    instead: Tensor
    instead_reward: Tensor

    def first(self, count: int) -> "Batch":
        """Return the first of them."""
        return Batch(*(part[:count] for part in self))
