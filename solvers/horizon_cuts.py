"""Subset-row cuts over the horizon: of three tasks of a slot, at most one UAV serves two or more."""

import numpy as np

from solvers.slot_sets import Cuts


class Triples:
    """Cuts on A tasks, each a triple of tasks of one slot.

    Parameters
    ----------
    tasks : int
        A.
    members : int array (C, 3), optional
    """

    def __init__(self, tasks: int, members: np.ndarray | None = None) -> None:
        self.tasks = tasks
        self.members = np.empty((0, 3), np.int64) if members is None else members
        self._order = np.argsort(self.members, axis=None, kind="stable")
        self._start = np.searchsorted(self.members.ravel()[self._order], np.arange(tasks + 1))

    def __len__(self) -> int:
        return len(self.members)

    def with_more(self, members: np.ndarray) -> "Triples":
        """Add cuts behind those that there are."""
        return Triples(self.tasks, np.concatenate([self.members, members]))

    def cuts(self, weight: np.ndarray) -> Cuts:
        """Return the cuts as the pricing of sets reads them."""
        return Cuts(weight, self._start, self._order // 3)

    def broken(self, serves: np.ndarray) -> np.ndarray:
        """How many UAVs serve two or more of each triple, (C,), given who serves whom, bool (M, A)."""
        return (serves[:, self.members].sum(axis=-1) >= 2).sum(axis=0)
