"""The Lagrangian of the whole horizon: prices of tasks, exact satellites, and the cheapest path of each UAV.

Why it is a lower bound. Take any decision; leave out what overloaded servers and broken limits leave unserved. Its
cost is the sum over tasks of the cost on their server, or φ. For prices 0 ≤ π ≤ φ,

    cost = Σ π + Σ_UAVs Σ_tasks served (c − π) + Σ_satellites Σ_tasks served (c − π) + Σ_unserved (φ − π),

and the last sum is not negative. The satellites' sum is at least the cheapest assignment of tasks to their places at
costs c − π. A UAV's sum is at least the cheapest path over boxes
(:mod:`skyedge.solvers.machinery.lagrangian.box_paths`), for its place in a slot lies in some box, whose value is at
most the sum of c − π over the set that it serves there (:mod:`skyedge.solvers.machinery.lagrangian.box_choices`). A cut
— of three tasks of a slot no two are served by one UAV and again two by another, so at most one UAV serves two or more
— holds in every decision; with a weight μ ≥ 0 it takes μ off the bound and charges μ to every UAV that serves two or
three. Costs and moves are those of the tolerances at their widest.
"""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from skyedge.problem import Instance, best_assignment, best_cost
from skyedge.problem.decision import MOVE_TOLERANCE_M
from skyedge.problem.physics.links import TOLERANCE
from skyedge.solvers.common.base import Budget
from skyedge.solvers.machinery.branch_and_price.cost_tables import SlotProblem, slot_problem
from skyedge.solvers.machinery.branch_and_price.search import SAFETY
from skyedge.solvers.machinery.branch_and_price.task_sets import Cuts
from skyedge.solvers.machinery.lagrangian.box_choices import joined, list_choices
from skyedge.solvers.machinery.lagrangian.box_paths import (
    Cells,
    area_cells,
    bounding_box,
    forward,
    half_widths,
    trace,
    within,
)
from skyedge.solvers.machinery.lagrangian.box_values import Stage, fill_values, find_tied, served_from
from skyedge.solvers.machinery.lagrangian.cuts import Triples

RESOLUTION = 5e-4  # of the cost tables, a share of their range
ROUNDING = 2.0**-23  # twice the rounding of float32, relative


@dataclass
class Evaluation:
    """The Lagrangian at some prices.

    Attributes
    ----------
    bound : float
    slope : array (A + C,)
        A supergradient: of task prices 1 less the times that a task is served, of weights the times that a cut is
        broken less 1.
    path_xy : array (T, M, 2)
        Middles of the boxes of the cheapest paths [m]; a UAV may be some box too slow for them.
    serves : bool array (M, A)
        Tasks that each UAV serves on its path.
    """

    bound: float
    slope: np.ndarray
    path_xy: np.ndarray
    serves: np.ndarray


def relaxed(instance: Instance) -> Instance:
    """Widen powers by their tolerance; costs allow for the other tolerances as the evaluator does."""
    return replace(instance, max_power_w=instance.max_power_w * (1 + TOLERANCE))


class RelaxedHorizon:
    """An instance as the bound sees it; its A active tasks are numbered slot after slot.

    Attributes
    ----------
    first : int array (T + 1,)
        The tasks of slot t are ``first[t]`` to ``first[t + 1] - 1``.
    slots : list of SlotProblem
        Each UAV within what it can have flown from its start.
    satellite_cost : array (A, N)
        Inf where a task cannot be served.
    least_cost : array (A,)
        Of each task on its best server, a UAV being right above; φ where that is less.
    """

    def __init__(self, instance: Instance) -> None:
        world = relaxed(instance)
        self.instance = world
        self.first = np.concatenate([[0], np.cumsum(world.active.sum(axis=1))])
        self.slots: list[SlotProblem] = []
        t, k = np.nonzero(world.active)
        nearest = best_cost(world, t[:, None], k[:, None], np.arange(world.servers), 0.0).cost
        self.satellite_cost = nearest[:, world.uavs :]
        self.least_cost = np.minimum(nearest.min(axis=1), world.unserved_penalty)

    @staticmethod
    def safe(bound: float) -> float:
        """Lower a bound by what float sums and the tolerance on limits may add to it."""
        return bound - SAFETY * max(1.0, abs(bound))

    def flown_m(self, t: int) -> np.ndarray:
        """How far each UAV can be from its start in slot t [m], shape (M,)."""
        return (t + 1) * (self.instance.reach_m + MOVE_TOLERANCE_M)

    def prepare(self, t: int) -> SlotProblem:
        """Prepare the next slot, ``t``."""
        problem = slot_problem(self.instance.at(t), self.instance.uav_start_xy, self.flown_m(t), RESOLUTION)
        self.slots.append(problem)
        return problem


class OutOfTimeError(Exception):
    """The budget is used up."""


class UavPaths:
    """The cheapest path of one UAV over boxes, at any prices."""

    def __init__(self, horizon: RelaxedHorizon, uav: int, cells: Cells, budget: Budget) -> None:
        world = horizon.instance
        self.capacity, self.cells = int(world.uav_capacity[uav]), cells
        self.half = half_widths(cells, float(world.reach_m[uav]))
        start, slots = world.uav_start_xy[uav], range(world.slots_count)
        self.open = np.array([within(cells, start, horizon.flown_m(t)[uav]) for t in slots])
        self.boxes = np.array([bounding_box(here) for here in self.open])
        listed = []
        for t in slots:
            if budget.expired:
                raise OutOfTimeError
            listed.append(list_choices(cells, self.open[t], horizon.slots[t].tables[uav]))
        self.choices = joined(listed, cells.rows * cells.columns, horizon.first)
        self.tied = np.zeros(len(self.choices.place), bool)

    def cheapest(self, price: np.ndarray, cuts: Cuts, room: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Find the cheapest path at prices (A,) and cuts.

        Returns a value that no path is below, the middles of its boxes (T, 2) [m], and the tasks served there.

        ``room``, float32 (2, T, rows, columns), is worked in. Values are at most 0, so no partial sum of the best path
        is larger than its total, and each of T additions, and of T values, is rounded by at most 2^−24 of that.
        """
        values, total = room
        stage = Stage(self.choices, self.tied, price, cuts, self.capacity)
        np.copyto(values, np.inf)
        values[self.open] = 0.0
        fill_values(stage, values.reshape(-1))
        forward(values, self.boxes, self.half, total)
        row, column = trace(total, self.boxes, self.half).T
        slot = np.arange(len(total))
        served = served_from(stage, (slot * self.cells.rows + row) * self.cells.columns + column)
        value = float(total[-1, row[-1], column[-1]])
        return value * (1 + ROUNDING * (len(total) + 2)), self.cells.centre_xy(row, column), served[served >= 0]


class HorizonDual:
    """The Lagrangian over boxes of one size. Prices are a vector (A + C,): of tasks, then of cuts."""

    def __init__(self, horizon: RelaxedHorizon, size_m: float, triples: Triples, budget: Budget) -> None:
        self.horizon, self.budget = horizon, budget
        cells = area_cells(horizon.instance.area_m, size_m)
        self.uavs = [UavPaths(horizon, uav, cells, budget) for uav in range(horizon.instance.uavs)]
        self._room = np.empty((2, horizon.instance.slots_count, cells.rows, cells.columns), np.float32)
        self.cut(triples)

    def cut(self, triples: Triples) -> None:
        """Set the cuts."""
        self.triples = triples
        for uav in self.uavs:
            uav.tied = find_tied(uav.choices, triples.weightless)

    def evaluate(self, prices: np.ndarray) -> Evaluation:
        """Evaluate at prices of tasks in [0, φ] and weights of cuts ≥ 0."""
        tasks = self.triples.tasks
        price, weight = prices[:tasks], prices[tasks:]
        sold, on_satellites = self._satellites(price)
        total = price.sum() - weight.sum() + sold
        serves = np.zeros((len(self.uavs), tasks), bool)
        path_xy = np.empty((self.horizon.instance.slots_count, len(self.uavs), 2))
        cuts = self.triples.cuts(weight)
        for m, uav in enumerate(self.uavs):
            if self.budget.expired:
                raise OutOfTimeError
            value, path_xy[:, m], served = uav.cheapest(price, cuts, self._room)
            total += value
            serves[m, served] = True
        slope = np.concatenate([1.0 - on_satellites - serves.sum(axis=0), self.triples.broken(serves) - 1.0])
        return Evaluation(self.horizon.safe(float(total)), slope, path_xy, serves)

    def _satellites(self, price: np.ndarray) -> tuple[float, np.ndarray]:
        """Cheapest assignment to satellites at costs c − π: its value, and whether each task takes part (A,)."""
        reduced = self.horizon.satellite_cost - price[:, None]
        if not reduced.size:
            return 0.0, np.zeros(len(price))
        capacity = self.horizon.instance.sat_capacity
        server = np.where(reduced.min(axis=1) < 0, reduced.argmin(axis=1), -1)
        for first, end in pairwise(self.horizon.first):
            load = np.bincount(server[first:end] + 1, minlength=len(capacity) + 1)[1:]
            if (load > capacity).any():
                server[first:end] = best_assignment(reduced[first:end], capacity, 0.0)
        taken = np.flatnonzero(server >= 0)
        return float(reduced[taken, server[taken]].sum()), (server >= 0).astype(float)
