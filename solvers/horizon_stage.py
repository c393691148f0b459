"""What each box is worth to a UAV in each slot, at given prices of tasks and weights of cuts."""

from typing import NamedTuple

import numpy as np
from numba import njit

from solvers.horizon_choices import Choices
from solvers.slot_sets import Cuts, add_task, best_set, drop_task


class Stage(NamedTuple):
    """What decides a UAV's values in one slot.

    Attributes
    ----------
    choices : Choices
    price : array (K,)
        π of the slot's tasks, ≥ 0.
    cuts : Cuts
        Of the slot.
    capacity : int
        κ of the UAV.
    """

    choices: Choices
    price: np.ndarray
    cuts: Cuts
    capacity: int


@njit(cache=True)
def fill_values(stage: Stage, values: np.ndarray) -> None:
    """Least reduced cost of each box: of all its choices, and all their sets of at most κ tasks, or of none.

    Parameters
    ----------
    stage : Stage
    values : array (rows · columns,)
        Lowered where there are choices.
    """
    place, first = stage.choices.place, stage.choices.first
    with_cuts = len(stage.cuts.weight) > 0
    gain, who = np.empty(stage.capacity), np.empty(stage.capacity, np.int64)
    count = np.zeros(len(stage.cuts.weight), np.int64)
    for p in range(len(place)):
        value = most_negative(stage, first[p], first[p + 1], gain, who)
        if with_cuts and value < values[place[p]] and paid(stage.cuts, count, who) > 0:
            value = with_weights(stage, first[p], first[p + 1], count, who)
        if value < values[place[p]]:
            values[place[p]] = value


@njit(cache=True)
def most_negative(stage: Stage, start: int, end: int, gain: np.ndarray, who: np.ndarray) -> float:
    """Sum of the κ most negative reduced costs, cuts apart; its tasks go into ``who`` (−1: none)."""
    taken, total = 0, 0.0
    who[:] = -1
    for e in range(start, end):
        k = stage.choices.task[e]
        value = stage.choices.cost[e] - stage.price[k]
        if value >= 0 or stage.capacity == 0:
            continue
        if taken < stage.capacity:
            gain[taken], who[taken] = value, k
            taken += 1
            total += value
            continue
        worst = 0
        for i in range(1, taken):
            if gain[i] > gain[worst]:
                worst = i
        if value < gain[worst]:
            total += value - gain[worst]
            gain[worst], who[worst] = value, k
    return total


@njit(cache=True)
def paid(cuts: Cuts, count: np.ndarray, who: np.ndarray) -> float:
    """Weight of the cuts that a set of tasks breaks."""
    weight = 0.0
    for k in who:
        if k >= 0:
            weight += add_task(cuts, count, k)
    for k in who:
        if k >= 0:
            drop_task(cuts, count, k)
    return weight


@njit(cache=True)
def with_weights(stage: Stage, start: int, end: int, count: np.ndarray, who: np.ndarray) -> float:
    """Least sum of reduced costs and weights over ALL sets of at most κ tasks of a choice (fewer would not bound)."""
    values, tasks = np.empty(end - start), np.empty(end - start, np.int64)
    n = 0
    for e in range(start, end):
        k = stage.choices.task[e]
        value = stage.choices.cost[e] - stage.price[k]
        if value < 0:
            values[n], tasks[n] = value, k
            n += 1
    return best_set(values[:n], tasks[:n], stage.capacity, stage.cuts, count, who)


@njit(cache=True)
def served_from(stage: Stage, box: int) -> np.ndarray:
    """Tasks of the best set of a box, as in :func:`fill_values`; −1: none."""
    choices = stage.choices
    best, best_who = 0.0, np.full(stage.capacity, -1)
    gain, who = np.empty(stage.capacity), np.empty(stage.capacity, np.int64)
    count = np.zeros(len(stage.cuts.weight), np.int64)
    for p in range(np.searchsorted(choices.place, box), np.searchsorted(choices.place, box + 1)):
        value = most_negative(stage, choices.first[p], choices.first[p + 1], gain, who)
        if len(count) and paid(stage.cuts, count, who) > 0:
            value = with_weights(stage, choices.first[p], choices.first[p + 1], count, who)
        if value < best:
            best = value
            best_who[:] = who
    return best_who
