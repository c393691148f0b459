"""Raise the bound of a whole horizon: slot optima first, then the Lagrangian over finer and finer boxes."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from problem import Instance
from solvers.base import Budget
from solvers.horizon_cuts import Triples
from solvers.horizon_dual import Evaluation, Horizon, HorizonDual
from solvers.positions import flown
from solvers.slot_search import SlotSearch
from solvers.space_dilation import SpaceDilation

SLOT_GAP = 1e-2  # of the slot optima that only give first prices


class DualState(NamedTuple):
    """Where the bound stands.

    Attributes
    ----------
    bound : float
        No decision costs less.
    price : array (T, K)
        Prices of tasks that gave it; 0 for idle devices.
    path_xy : array (T, M, 2)
        UAV paths that the last step of the search looked at [m]: not always flyable, see
        :func:`solvers.positions.flown`.
    """

    bound: float
    price: np.ndarray
    path_xy: np.ndarray


SIZES_M = (10.0, 5.0, 2.5)
FIRST_STEPS = (4.0, 2.0, 2.0)
EVALUATIONS = (150, 120, 150)


def dual_bound(instance: Instance, budget: Budget) -> Iterator[DualState]:
    """Raise the bound as long as the budget lasts; yields after every step of the search."""
    horizon = Horizon(instance)
    bound, price, path_xy = 0.0, [], np.empty((instance.slots_count, instance.uavs, 2))
    for t in range(instance.slots_count):
        found = SlotSearch(horizon.prepare(t), instance.uav_start_xy, SLOT_GAP, lambda: budget.expired).run()
        bound += max(found.bound, 0.0)
        price.append(found.price)
        path_xy[t] = found.decision.uav_xy
    prices = np.concatenate(price)
    yield DualState(bound, on_devices(instance, prices), path_xy)
    triples = Triples(len(prices))
    for size_m, step, evaluations in zip(SIZES_M, FIRST_STEPS, EVALUATIONS, strict=True):
        dual = HorizonDual(horizon, size_m, triples)
        best = -np.inf
        for seen, at in ascend(dual, prices.copy(), step, evaluations):
            if seen.bound > best:
                best, prices = seen.bound, at
            bound = max(bound, best)
            yield DualState(bound, on_devices(instance, prices), seen.path_xy)
            if budget.expired:
                return


def ascend(dual: HorizonDual, prices: np.ndarray, step: float, evaluations: int) -> Iterator[tuple[Evaluation, np.ndarray]]:
    search = SpaceDilation(prices, step)
    tasks, penalty = int(dual.horizon.first[-1]), dual.horizon.instance.unserved_penalty
    highest = np.where(np.arange(len(prices)) < tasks, penalty, np.inf)
    for _ in range(evaluations):
        inside = np.clip(search.point, 0.0, highest)
        seen = dual.evaluate(inside)
        yield seen, inside
        slope = np.where(search.point < 0, 2.0, np.where(search.point > highest, -2.0, seen.slope))
        if not search.advance(slope):
            return


def on_devices(instance: Instance, prices: np.ndarray) -> np.ndarray:
    """Lay out prices of tasks as an array (T, K)."""
    price = np.zeros(instance.active.shape)
    price[instance.active] = prices[: int(instance.active.sum())]
    return price
