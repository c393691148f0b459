"""Raise the bound of a whole horizon: slot optima, then the Lagrangian over finer and finer boxes, with cuts."""

from collections import deque
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from skyedge.problem import Instance
from skyedge.solvers.common.base import Budget
from skyedge.solvers.machinery.branch_and_price.search import SlotSearch
from skyedge.solvers.machinery.lagrangian.cuts import Triples
from skyedge.solvers.machinery.lagrangian.dual import Evaluation, HorizonDual, OutOfTimeError, RelaxedHorizon
from skyedge.solvers.machinery.lagrangian.r_algorithm import SpaceDilation
from skyedge.solvers.machinery.placement.lattice import finest_spacing_m

FIRST_GAP, LAST_GAP = 1e-2, 1e-4  # of slot optima that give first prices, and of those that are all there is to know
MOST_BOXES = 2e7  # in all slots, and
MOST_ENTRIES = 2e7  # of what UAVs can serve from them: a world beyond gets larger boxes
RECENT = 60  # solutions that cuts are looked for in
PATIENCE = 60  # steps of an ascent that must gain something
OUTSIDE = 2.0  # slope back into the range of prices


class Level(NamedTuple):
    """An ascent over boxes of a size, repeated with cuts; it ends where ``PATIENCE`` steps gain less than ``dry``."""

    size_m: float
    step: float
    dry: float
    cut_rounds: int


LEVELS = (
    Level(10.0, 4.0, 2e-5, 2),
    Level(5.0, 2.0, 2e-5, 1),
    Level(2.5, 2.0, 8e-6, 1),
    Level(1.25, 1.0, 4e-6, 0),
)


class DualState(NamedTuple):
    """Where the bound stands.

    Attributes
    ----------
    bound : float
        No decision costs less.
    price : array (T, K)
        Prices of tasks that gave it; 0 for idle devices.
    path_xy : array (T, M, 2)
        UAV paths that the last step looked at [m]: not always flyable, see :func:`skyedge.solvers.common.flight.flown`.
    """

    bound: float
    price: np.ndarray
    path_xy: np.ndarray


def dual_bound(instance: Instance, budget: Budget) -> Iterator[DualState]:
    """Raise the bound while the budget lasts and there is something to gain; yields after every step."""
    return HorizonBound(instance, budget).rise()


class HorizonBound:
    """The bound on one instance, and the prices and paths behind it.

    Why each number is a bound: one task at its best wherever it is served costs no more than in any decision; so does
    a slot at its optimum, each UAV within what it can have flown from its start; for the rest see
    :mod:`skyedge.solvers.machinery.lagrangian.dual`. The largest of bounds is a bound.
    """

    def __init__(self, instance: Instance, budget: Budget) -> None:
        self.instance, self.budget = instance, budget
        self.horizon = RelaxedHorizon(instance)
        self.prices = self.horizon.least_cost.copy()
        self.triples = Triples(len(self.prices))
        self.path_xy = np.repeat(instance.uav_start_xy[None], instance.slots_count, axis=0)
        self.bound = self.horizon.safe(float(self.prices.sum()))

    def rise(self) -> Iterator[DualState]:
        """Go through all stages; yields after every step."""
        yield self._state()
        try:
            yield from self._slot_optima()
            if self._coupled():
                for level in self._levels():
                    yield from self._level(level)
        except OutOfTimeError:
            yield self._state()

    def _state(self) -> DualState:
        price = np.zeros(self.instance.active.shape)
        price[self.instance.active] = self.prices[: self.triples.tasks]
        return DualState(self.bound, price, self.path_xy)

    def _coupled(self) -> bool:
        """Whether what a UAV does in one slot can matter in another."""
        return self.instance.slots_count > 1 and bool((self.instance.reach_m * self.instance.uav_capacity > 0).any())

    def _slot_optima(self) -> Iterator[DualState]:
        """Sum the slots' own bounds, which leaves the moves between them out."""
        horizon, start = self.horizon, self.instance.uav_start_xy
        gap = FIRST_GAP if self._coupled() else LAST_GAP
        bounds = np.array([part.sum() for part in np.split(horizon.least_cost, horizon.first[1:-1])])
        for t in range(len(bounds)):
            if self.budget.expired:
                raise OutOfTimeError
            problem = horizon.prepare(t)
            found = SlotSearch(problem, start, gap, lambda: self.budget.expired).run()
            bounds[t] = max(bounds[t], found.bound)
            if found.bound > -np.inf:
                self.prices[horizon.first[t] : horizon.first[t + 1]] = found.price
            self.path_xy[t] = found.decision.uav_xy
            self.bound = max(self.bound, horizon.safe(float(bounds.sum())))
            yield self._state()

    def _levels(self) -> list[Level]:
        """Return the levels that memory allows; the last of them may be cut short to what it does."""
        world = self.instance
        least = finest_spacing_m(world, int(world.active.sum()), MOST_BOXES / world.slots_count, MOST_ENTRIES)
        coarse = sum(level.size_m > least for level in LEVELS)
        return [level._replace(size_m=max(level.size_m, least)) for level in LEVELS[: coarse + 1]]

    def _level(self, level: Level) -> Iterator[DualState]:
        """Ascend over boxes of one size, then again with the cuts that the solutions seen break."""
        dual = HorizonDual(self.horizon, level.size_m, self.triples, self.budget)
        seen: deque[np.ndarray] = deque(maxlen=RECENT)
        for round_left in range(level.cut_rounds, -1, -1):
            for evaluation in self._ascend(dual, level.step, level.dry):
                seen.append(evaluation.serves)
                yield self._state()
            if not (round_left and self._cut(seen)):
                return
            dual.cut(self.triples)

    def _cut(self, seen: Sequence[np.ndarray]) -> bool:
        """Add the cuts that the solutions seen break; False if there are none."""
        triples = self.triples.with_violated(self.horizon.first, seen)
        added = len(triples) - len(self.triples)
        self.triples, self.prices = triples, np.concatenate([self.prices, np.zeros(added)])
        return added > 0

    def _ascend(self, dual: HorizonDual, step: float, dry: float) -> Iterator[Evaluation]:
        """Improve the prices from the best so far, until the gains dry up."""
        highest = np.full(len(self.prices), np.inf)
        highest[: self.triples.tasks] = self.instance.unserved_penalty
        search = SpaceDilation(self.prices, step)
        reached: deque[float] = deque(maxlen=PATIENCE)  # but at the start, from where the first steps lead down
        while len(reached) < PATIENCE or reached[-1] - reached[0] > dry * abs(self.bound):
            prices = np.clip(search.point, 0.0, highest)
            seen = dual.evaluate(prices)
            if seen.bound > self.bound:
                self.bound, self.prices = seen.bound, prices
            self.path_xy = seen.path_xy
            yield seen
            reached.append(max(seen.bound, reached[-1]) if reached else -np.inf)
            slope = np.where(search.point < 0, OUTSIDE, np.where(search.point > highest, -OUTSIDE, seen.slope))
            if not search.advance(slope):
                return
