"""Subset-row cuts over the horizon: of three tasks of a slot, at most one UAV serves two or more."""

from itertools import combinations

import numpy as np

from solvers.slot_sets import Cuts


class Triples:
    """Cuts, each a triple of task numbers of one slot.

    Parameters
    ----------
    first : int array (T + 1,)
        The tasks of slot t are ``first[t]`` to ``first[t + 1] - 1``.
    tasks : int array (C, 3)
        Ascending in each row.
    """

    def __init__(self, first: np.ndarray, tasks: np.ndarray | None = None) -> None:
        self.first = first
        self.tasks = np.empty((0, 3), np.int64) if tasks is None else tasks
        self.slot = np.searchsorted(first, self.tasks[:, 0], side="right") - 1

    def __len__(self) -> int:
        return len(self.tasks)

    def with_more(self, tasks: np.ndarray) -> "Triples":
        """Add cuts behind those that there are."""
        return Triples(self.first, np.concatenate([self.tasks, tasks]))

    def cuts(self, weight: np.ndarray) -> list[Cuts]:
        """Return the cuts of each slot as the pricing of sets reads them."""
        cuts = []
        for t in range(len(self.first) - 1):
            mine = self.slot == t
            members = (self.tasks[mine] - self.first[t]).ravel()
            order = np.argsort(members, kind="stable")
            start = np.searchsorted(members[order], np.arange(self.first[t + 1] - self.first[t] + 1))
            cuts.append(Cuts(weight[mine], start, order // 3))
        return cuts

    def broken(self, serves: np.ndarray) -> np.ndarray:
        """How many UAVs serve two or more of each triple, (C,), given who serves whom, bool (M, A)."""
        return (serves[:, self.tasks].sum(axis=-1) >= 2).sum(axis=0)
