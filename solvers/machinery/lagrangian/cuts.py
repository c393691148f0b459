"""Subset-row cuts over the horizon: of three tasks of a slot, at most one UAV serves two or more."""

from collections.abc import Sequence
from itertools import combinations, pairwise

import numpy as np

from skyedge.solvers.machinery.branch_and_price.task_sets import Cuts

LEAST_BREACH = 0.05  # of a cut that is worth its time
PER_SLOT = 3  # cuts found in a slot at a time
MOST_DOUBTFUL = 14  # tasks of a slot whose triples are looked at


class Triples:
    """Cuts on A tasks, each a triple of tasks of one slot.

    Parameters
    ----------
    tasks : int
        A.
    members : int array (C, 3), optional
        Ascending in each row.
    """

    def __init__(self, tasks: int, members: np.ndarray | None = None) -> None:
        self.tasks = tasks
        self.members = np.empty((0, 3), np.int64) if members is None else members
        self.weightless = Cuts.of(self.members, tasks)

    def __len__(self) -> int:
        return len(self.members)

    def cuts(self, weight: np.ndarray) -> Cuts:
        """Return the cuts as the pricing of sets reads them."""
        return self.weightless._replace(weight=weight)

    def broken(self, serves: np.ndarray) -> np.ndarray:
        """How many UAVs serve two or more of each triple, (C,), given who serves whom, bool (M, A)."""
        return times_broken(serves, self.members)

    def with_violated(self, first: np.ndarray, seen: Sequence[np.ndarray]) -> "Triples":
        """Add the cuts that the mean of some solutions breaks most, behind those that there are.

        Parameters
        ----------
        first : int array (T + 1,)
            The tasks of slot t are ``first[t]`` to ``first[t + 1] - 1``.
        seen : sequence of bool arrays (M, A)
            Who serves whom.
        """
        known = {tuple(triple) for triple in self.members.tolist()}
        mean = np.mean(seen, axis=0)
        found = [self.members]
        for begin, end in pairwise(first):
            doubt = np.minimum(mean[:, begin:end], 1 - mean[:, begin:end]).max(axis=0, initial=0.0)
            tasks = begin + np.sort(np.argsort(-doubt)[: min(MOST_DOUBTFUL, int((doubt > LEAST_BREACH).sum()))])
            triples = [triple for triple in combinations(tasks.tolist(), 3) if triple not in known]
            if triples:
                members = np.array(triples)
                breach = np.mean([times_broken(serves, members) for serves in seen], axis=0) - 1
                worst = np.argsort(-breach, kind="stable")[:PER_SLOT]
                found.append(members[worst[breach[worst] > LEAST_BREACH]])
        return Triples(self.tasks, np.concatenate(found))


def times_broken(serves: np.ndarray, members: np.ndarray) -> np.ndarray:
    """How many UAVs serve two or more of each triple (C, 3), given who serves whom, bool (M, A)."""
    return (serves[:, members].sum(axis=-1) >= 2).sum(axis=0)
