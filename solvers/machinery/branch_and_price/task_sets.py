"""Which tasks should a UAV serve from a place? Costs by distance, prices, and subset-row cuts."""

from typing import NamedTuple

import numpy as np
from numba import njit


class CostTables(NamedTuple):
    """Cost of K tasks on one UAV against squared distance, and where the tasks are.

    The tables span the distances that the UAV's region leaves: where it cannot move, a point.

    Attributes
    ----------
    xy : array (K, 2)
        Positions of the devices [m].
    cost : array (K, bins + 1)
        Cost at the lower edge of each bin.
    least : array (K,)
        Lower edge of the first bin [m²]: no place of the region is nearer.
    step : array (K,)
        Width of a bin [m²].
    reach : array (K,)
        Squared distance beyond which the task cannot be served [m²], tolerance included.
    allowed : bool array (K,)
        Whether the UAV may serve the task at all.
    """

    xy: np.ndarray
    cost: np.ndarray
    least: np.ndarray
    step: np.ndarray
    reach: np.ndarray
    allowed: np.ndarray

    def edges(self, k: int) -> np.ndarray:
        """Return the edges of the bins of task k [m²], shape (bins + 1,)."""
        return self.least[k] + self.step[k] * np.arange(self.cost.shape[1])

    def resolution(self) -> float:
        """Largest rise of a cost over one bin: what bounds cannot tell apart, for each task served."""
        with np.errstate(invalid="ignore"):
            rise = np.diff(self.cost, axis=1)
        return float(np.max(rise, where=np.isfinite(rise), initial=0.0))


class Cuts(NamedTuple):
    """Subset-row cuts: a UAV that serves two or three tasks of a triple pays the cut's weight.

    Attributes
    ----------
    weight : array (C,)
        Multipliers ≥ 0.
    start, member : int array (K + 1,), (3C,)
        The cuts of task k are ``member[start[k]:start[k + 1]]``.
    """

    weight: np.ndarray
    start: np.ndarray
    member: np.ndarray

    @classmethod
    def of(cls, triples: np.ndarray, tasks: int) -> "Cuts":
        """Return the cuts of triples (C, 3) of K tasks, with weights 0."""
        order = np.argsort(triples, axis=None, kind="stable")
        start = np.searchsorted(triples.ravel()[order], np.arange(tasks + 1))
        return cls(np.zeros(len(triples)), start, order // 3)


@njit(cache=True)
def cost_below(tables: CostTables, k: int, squared: float) -> float:
    """Cost of task k at a squared distance in the region, never over-estimated; inf beyond reach."""
    if squared > tables.reach[k]:
        return np.inf
    position = (squared * (1 - 1e-12) - tables.least[k]) / tables.step[k]
    return tables.cost[k, int(min(max(position, 0.0), tables.cost.shape[1] - 1))]


@njit(cache=True)
def cost_at(tables: CostTables, k: int, squared: float) -> float:
    """Cost of task k at a squared distance in the region, interpolated; inf beyond reach less the tolerance."""
    bins = tables.cost.shape[1] - 1
    position = max((squared * (1 + 1e-13) - tables.least[k]) / tables.step[k], 0.0)
    if position > bins:
        return np.inf
    low = min(int(position), bins - 1)
    share = position - low
    return tables.cost[k, low] * (1 - share) + tables.cost[k, low + 1] * share


@njit(cache=True)
def count_task(cuts: Cuts, count: np.ndarray, k: int, by: int) -> float:
    """Count task k once more (1) or less (−1) as served in its cuts; return the weight of those it breaks or mends."""
    weight = 0.0
    for i in range(cuts.start[k], cuts.start[k + 1]):
        cut = cuts.member[i]
        count[cut] += by
        if max(count[cut], count[cut] - by) == 2:  # a cut is broken by the second of its three tasks
            weight += cuts.weight[cut]
    return weight


@njit(cache=True)
def best_set(
    values: np.ndarray, tasks: np.ndarray, places: int, cuts: Cuts, count: np.ndarray, who: np.ndarray
) -> float:
    """Least sum of at most ``places`` values and of the weights of broken cuts, exactly; ``who``: its tasks.

    Depth first over the values in ascending order; what the next ones add is a bound, since weights only add.
    """
    order = np.argsort(values)
    n = len(order)
    prefix = np.zeros(n + 1)
    for i in range(n):
        prefix[i + 1] = prefix[i] + values[order[i]]
    chosen = np.empty(places, np.int64)
    who[:] = -1
    best, total, depth, i = 0.0, 0.0, 0, 0
    while True:
        if depth < places and i < n and total + prefix[min(n, i + places - depth)] - prefix[i] < best - 1e-12:
            total += values[order[i]] + count_task(cuts, count, tasks[order[i]], 1)
            chosen[depth] = i
            depth += 1
            i += 1
            if total < best:
                best = total
                who[:] = -1
                for d in range(depth):
                    who[d] = tasks[order[chosen[d]]]
        elif depth == 0:
            return best
        else:
            depth -= 1
            i = chosen[depth]
            total -= values[order[i]] + count_task(cuts, count, tasks[order[i]], -1)
            i += 1


class Question(NamedTuple):
    """What a pricing asks: which of the tasks the UAV should serve, and where.

    Attributes
    ----------
    tables : CostTables
    price : array (K,)
        π_k ≥ 0.
    required : bool array (K,)
        Tasks that must be served.
    cuts : Cuts
    tasks : int array (n,)
        Tasks worth looking at: the required, and those that cost less than their price somewhere.
    who : int array (κ less the required,)
        Room for the tasks of the last set besides the required; −1: none.
    squared : array (n,)
        Room for squared distances of ``tasks``.
    """

    tables: CostTables
    price: np.ndarray
    required: np.ndarray
    cuts: Cuts
    tasks: np.ndarray
    who: np.ndarray
    squared: np.ndarray


@njit(cache=True)
def set_value(asked: Question, exact: bool) -> float:
    """Reduced cost of the best set at ``asked.squared``; inf if a required task is out of reach.

    ``exact`` interpolates costs; otherwise they are never over-estimated. Its tasks go into ``asked.who``.
    """
    tables, tasks = asked.tables, asked.tasks
    count = np.zeros(len(asked.cuts.weight), np.int64)
    values, candidates = np.empty(len(tasks)), np.empty(len(tasks), np.int64)
    n, total = 0, 0.0
    for i in range(len(tasks)):
        k, squared = tasks[i], asked.squared[i]
        value = (cost_at(tables, k, squared) if exact else cost_below(tables, k, squared)) - asked.price[k]
        if asked.required[k]:
            total += value + count_task(asked.cuts, count, k, 1)
        elif value < 0:
            values[n], candidates[n] = value, k
            n += 1
    if total == np.inf:
        return np.inf
    return total + best_set(values[:n], candidates[:n], len(asked.who), asked.cuts, count, asked.who)
