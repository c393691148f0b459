"""What each box is worth to a UAV in each slot, at given prices of tasks and weights of cuts."""

from typing import NamedTuple

import numpy as np
from numba import njit

from solvers.horizon_choices import Choices
from solvers.slot_sets import Cuts, add_task, best_set, drop_task


class Stage(NamedTuple):
    """What decides the values of a UAV's boxes.

    Attributes
    ----------
    choices : Choices
        Of all boxes in all slots.
    price : array (A,)
        π of the tasks, ≥ 0.
    cuts : Cuts
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
    values : float32 array (boxes,)
        Lowered where there are choices.
    """
    place, first, task, cost = stage.choices
    price, least = stage.price, np.empty(stage.capacity)
    count, who = np.zeros(len(stage.cuts.weight), np.int64), np.empty(stage.capacity, np.int64)
    for p in range(len(place)):
        value = least_sum(task, cost, price, first[p], first[p + 1], least)
        if value < values[place[p]]:
            if len(count):
                value = with_weights(stage, p, value, count, who)
            values[place[p]] = min(value, values[place[p]])


@njit(cache=True)
def least_sum(
    task: np.ndarray, cost: np.ndarray, price: np.ndarray, start: int, end: int, least: np.ndarray
) -> float:
    """Sum of the κ most negative reduced costs of a choice; ``least`` (κ,) is worked in."""
    total, taken = 0.0, 0
    if end - start <= len(least):
        for e in range(start, end):
            total += min(cost[e] - price[task[e]], 0.0)
        return total
    for e in range(start, end):
        value = cost[e] - price[task[e]]
        if value >= 0 or len(least) == 0:
            continue
        total += value
        if taken < len(least):
            least[taken] = value
            taken += 1
            continue
        worst = 0
        for i in range(1, taken):
            if least[i] > least[worst]:
                worst = i
        if value < least[worst]:
            value, least[worst] = least[worst], value
        total -= value
    return total


@njit(cache=True)
def with_weights(stage: Stage, p: int, value: float, count: np.ndarray, who: np.ndarray) -> float:
    """Least sum of reduced costs and weights of a choice, given what it is without the weights."""
    values, tasks = worth_serving(stage, p)
    paid = 0.0
    for k in tasks:
        paid += add_task(stage.cuts, count, k)
    for k in tasks:
        drop_task(stage.cuts, count, k)
    return best_set(values, tasks, stage.capacity, stage.cuts, count, who) if paid > 0 else value


@njit(cache=True)
def worth_serving(stage: Stage, p: int) -> tuple[np.ndarray, np.ndarray]:
    """Negative reduced costs of a choice, and their tasks.

    All of them: the best set is sought among ALL sets of at most κ, for one of a smaller size would not bound.
    """
    start, end = stage.choices.first[p], stage.choices.first[p + 1]
    values, tasks = np.empty(end - start), np.empty(end - start, np.int64)
    n = 0
    for e in range(start, end):
        k = stage.choices.task[e]
        reduced = stage.choices.cost[e] - stage.price[k]
        if reduced < 0:
            values[n], tasks[n] = reduced, k
            n += 1
    return values[:n], tasks[:n]


@njit(cache=True)
def served_from(stage: Stage, boxes: np.ndarray) -> np.ndarray:
    """Tasks of the best set of each box (n,), as in :func:`fill_values`: int array (n, κ), −1 for none."""
    place = stage.choices.place
    count, who = np.zeros(len(stage.cuts.weight), np.int64), np.empty(stage.capacity, np.int64)
    served = np.full((len(boxes), stage.capacity), -1)
    for b in range(len(boxes)):
        best = 0.0
        for p in range(np.searchsorted(place, boxes[b]), np.searchsorted(place, boxes[b] + 1)):
            values, tasks = worth_serving(stage, p)
            value = best_set(values, tasks, stage.capacity, stage.cuts, count, who)
            if value < best:
                best = value
                served[b] = who
    return served
