"""What each box is worth to a UAV in each slot, at given prices of tasks and weights of cuts."""

from typing import NamedTuple

import numpy as np
from numba import njit

from skyedge.solvers.machinery.branch_and_price.task_sets import Cuts, best_set, count_task
from skyedge.solvers.machinery.lagrangian.box_choices import Choices

MOST_TASKS = 8  # of a choice whose sets are enumerated: 2^8


class Stage(NamedTuple):
    """What decides the values of a UAV's boxes.

    Attributes
    ----------
    choices : Choices
        Of all boxes in all slots.
    tied : bool array (P,)
        Choices that hold two tasks of a cut, see :func:`find_tied`.
    price : array (A,)
        π of the tasks, ≥ 0.
    cuts : Cuts
    capacity : int
        κ of the UAV.
    """

    choices: Choices
    tied: np.ndarray
    price: np.ndarray
    cuts: Cuts
    capacity: int


def fill_values(stage: Stage, values: np.ndarray) -> None:
    """Least reduced cost of each box: of all its choices, and all their sets of at most κ tasks, or of none.

    Parameters
    ----------
    stage : Stage
    values : float32 array (boxes,)
        Lowered where there are choices.
    """
    # a choice's value is below that of every set served from its box: costs are those at least distances, and the
    # minimum runs over all sets of at most κ tasks, of which the decision's is one
    fill_untied(*stage.choices, stage.tied, stage.price, stage.capacity, values)
    fill_tied(stage.choices, stage.tied, stage.price, stage.cuts, stage.capacity, values)


@njit(cache=True)
def find_tied(choices: Choices, cuts: Cuts) -> np.ndarray:
    """Choices that hold two tasks of a cut, bool (P,).

    But none of more than ``MOST_TASKS`` tasks: without their weights, which are not negative, they bound as well.
    """
    count, tied = np.zeros(len(cuts.weight), np.int64), np.zeros(len(choices.place), np.bool_)
    for p in range(len(tied)):
        tasks = choices.task[choices.first[p] : choices.first[p + 1]]
        if len(tasks) > MOST_TASKS:
            continue  # counted as untied: a sum without weights μ ≥ 0 is only lower
        for k in tasks:
            for i in range(cuts.start[k], cuts.start[k + 1]):
                count[cuts.member[i]] += 1
                tied[p] |= count[cuts.member[i]] == 2
        for k in tasks:
            count_task(cuts, count, k, -1)
    return tied


@njit(cache=True)
def fill_untied(
    place: np.ndarray,
    first: np.ndarray,
    task: np.ndarray,
    cost: np.ndarray,
    tied: np.ndarray,
    price: np.ndarray,
    capacity: int,
    values: np.ndarray,
) -> None:
    """Fill in the choices without cuts: the sum of the κ most negative reduced costs."""
    least = np.empty(capacity)
    for p in range(len(place)):
        if tied[p]:
            continue
        value = 0.0  # of serving nobody: so a value is never positive, and a box may be crossed for nothing
        if first[p + 1] - first[p] <= capacity:  # nearly always; written out here it takes half the time
            for e in range(first[p], first[p + 1]):
                reduced = cost[e] - price[task[e]]
                value += reduced if reduced < 0 else 0.0
        else:
            value = least_sum(task, cost, price, first[p], first[p + 1], least)
        if value < values[place[p]]:
            values[place[p]] = value


@njit(cache=True)
def fill_tied(
    choices: Choices, tied: np.ndarray, price: np.ndarray, cuts: Cuts, capacity: int, values: np.ndarray
) -> None:
    """Fill in the choices with cuts: the least sum of reduced costs and weights among all sets of at most κ tasks."""
    place, first, task, cost = choices
    weights, sums = np.empty(1 << MOST_TASKS), np.zeros(1 << MOST_TASKS)
    begin = end = 0  # the tasks that ``weights`` is for
    for p in np.flatnonzero(tied):
        count = first[p + 1] - first[p]
        same = count == end - begin
        for e in range(count if same else 0):
            same &= task[begin + e] == task[first[p] + e]
        if not same:  # neighbouring boxes mostly list the same tasks: their weights are kept
            begin, end = first[p], first[p + 1]
            set_weights(cuts, task[begin:end], capacity, weights)
        value = 0.0
        for e in range(count):
            reduced = cost[first[p] + e] - price[task[first[p] + e]]
            for chosen in range(1 << e):  # every set of the tasks before this one, with this one
                sums[chosen | 1 << e] = sums[chosen] + reduced
                value = min(value, sums[chosen | 1 << e] + weights[chosen | 1 << e])
        if value < values[place[p]]:
            values[place[p]] = value


@njit(cache=True)
def set_weights(cuts: Cuts, tasks: np.ndarray, capacity: int, weights: np.ndarray) -> None:
    """Weight of the cuts that each set of tasks breaks, sets as bits; inf for sets of more than κ tasks.

    No smaller size would do: sets that are left out are columns that are left out, and the minimum would not bound.
    """
    sets = 1 << len(tasks)
    for chosen in range(sets):
        weights[chosen] = 0.0 if bits(chosen) <= capacity else np.inf
    for e in range(len(tasks)):
        for i in range(cuts.start[tasks[e]], cuts.start[tasks[e] + 1]):
            mask = tasks_of_cut(cuts, cuts.member[i], tasks)
            if mask & ((1 << e) - 1):  # seen from its first task already
                continue
            for chosen in range(sets):
                if bits(chosen & mask) >= 2:
                    weights[chosen] += cuts.weight[cuts.member[i]]


@njit(cache=True)
def tasks_of_cut(cuts: Cuts, cut: int, tasks: np.ndarray) -> int:
    """Which of some tasks a cut holds, as bits."""
    mask = 0
    for e in range(len(tasks)):
        for i in range(cuts.start[tasks[e]], cuts.start[tasks[e] + 1]):
            if cuts.member[i] == cut:
                mask |= 1 << e
    return mask


@njit(cache=True)
def bits(mask: int) -> int:
    """How many bits are set."""
    count = 0
    while mask:
        mask &= mask - 1
        count += 1
    return count


@njit(cache=True)
def least_sum(task: np.ndarray, cost: np.ndarray, price: np.ndarray, start: int, end: int, least: np.ndarray) -> float:
    """Sum of the κ most negative reduced costs of a choice; ``least`` (κ,) is worked in."""
    total, taken = 0.0, 0
    for e in range(start, end):
        value = cost[e] - price[task[e]]
        if value >= 0 or len(least) == 0:
            continue
        total += value  # exact for the tasks so far; what κ does not allow is taken off again below
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
        total -= value  # the least negative of κ + 1
    return total


@njit(cache=True)
def best_of_choice(stage: Stage, p: int, count: np.ndarray, who: np.ndarray) -> float:
    """Least sum of reduced costs and weights among ALL sets of at most κ tasks of a choice; ``who``: its tasks.

    Sets of a smaller size would not do: they leave out columns, and the minimum would not bound.
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
    return best_set(values[:n], tasks[:n], stage.capacity, stage.cuts, count, who)


@njit(cache=True)
def served_from(stage: Stage, boxes: np.ndarray) -> np.ndarray:
    """Tasks of the best set of each box (n,), as in :func:`fill_values`: int array (n, κ), −1 for none."""
    place = stage.choices.place
    count, who = np.zeros(len(stage.cuts.weight), np.int64), np.empty(stage.capacity, np.int64)
    served = np.full((len(boxes), stage.capacity), -1)
    for b in range(len(boxes)):
        best = 0.0
        for p in range(np.searchsorted(place, boxes[b]), np.searchsorted(place, boxes[b] + 1)):
            value = best_of_choice(stage, p, count, who)
            if value < best:
                best = value
                served[b] = who
    return served
