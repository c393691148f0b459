"""horizon: the best decision we can find for the whole horizon, the reference for every other solver."""

import math
from itertools import islice

import numpy as np
from pydantic import Field

from skyedge.problem import Instance
from skyedge.solvers import Budget, Progress, Solution, Solver, SolverConfig, assigned, flown, hovering, register
from skyedge.solvers.machinery.lagrangian.ascent import dual_bound
from skyedge.solvers.machinery.placement.incremental_plan import IncrementalPlan
from skyedge.solvers.machinery.placement.window_search import WindowSearch

WINDOW_SLOTS = (12, 40)
LEAP = 0.3  # share of rounds that leave the present paths behind
TEMPERATURE = 0.03  # of leaps, in costs of an average slot
BOUND_STEPS = 3  # a round
RETURN = 60  # rounds without a new best after which the search returns to the best


class HorizonConfig(SolverConfig):
    """Options of horizon."""

    gap: float = Field(1e-6, ge=0, lt=1, description="relative gap between cost and bound at which it stops")
    rounds: int = Field(12, ge=0, description="most rounds of the search, for each slot of the horizon")
    patience: int = Field(5, ge=1, description="it stops after so many rounds without gain, for each slot")
    variants: int = Field(10, ge=1, description="how many variants of paths are joined in a round")


class IteratedSearch:
    """Iterated search over windows from the best of its starts.

    Attributes
    ----------
    best_xy : array (T, M, 2)
        Best paths so far [m],
    best : float
        and their cost.
    bound : float
        No decision costs less.
    """

    def __init__(self, instance: Instance, config: HorizonConfig, budget: Budget, seed: int) -> None:
        self.plan, self.config, self.budget = IncrementalPlan(instance), config, budget
        self.rng = np.random.default_rng(seed)
        self.moves = WindowSearch(self.plan, config.variants, self.rng, lambda: budget.expired)
        self.bounds = dual_bound(instance, budget)
        self.bound = 0.0
        self.best, self.best_xy = math.inf, self.plan.uav_xy
        self.idle = 0  # rounds since the best
        self.note()

    def note(self) -> None:
        """Keep the paths if they are the best."""
        self.idle += 1
        if self.plan.total < self.best * (1 - 1e-12):
            self.best, self.best_xy, self.idle = self.plan.total, self.plan.uav_xy.copy(), 0
            self.kept = self.plan.save(self.plan.whole)

    def run(self, progress: Progress) -> str:
        """Build paths, then search and raise the bound in turn; returns why it ended."""
        slots = self.plan.instance.slots_count
        rounds, patience = self.config.rounds * slots, self.config.patience * slots
        if len(self.moves.movable):
            self.moves.build()
            self.note()
        bounding, share = True, 0.0
        for number in range(rounds):
            share = max(share, number / rounds, self.budget.elapsed_s / self.budget.seconds)
            progress(min(share, 1.0))
            bounding = bounding and self.raise_bound(BOUND_STEPS)
            if self.budget.expired:
                return f"out of time after {number} rounds"
            if self.closed:
                return f"closed after {number} rounds"
            if self.idle >= patience:
                return f"no gain in {patience} rounds, after {number}"
            if len(self.moves.movable):
                self.round()
            elif not bounding:
                return "no UAV to move"
        return f"{rounds} rounds"

    @property
    def closed(self) -> bool:
        """Whether the cost is as near to the bound as was asked for."""
        return self.best - self.bound <= self.config.gap * self.best

    def raise_bound(self, steps: int) -> bool:
        """Take steps of the bound, and their paths as guides; False when there are no more."""
        world, taken = self.plan.instance, 0
        for state in islice(self.bounds, steps):
            self.bound = max(self.bound, state.bound)
            self.moves.guides.append(flown(state.path_xy, world.uav_start_xy, world.reach_m, world.area_m))
            taken += 1
        return taken == steps

    def round(self) -> None:
        """IteratedSearch one window."""
        plan, moves, rng = self.plan, self.moves, self.rng
        window = moves.window(*WINDOW_SLOTS)
        uavs = moves.neighbours(window)
        if rng.random() < LEAP:
            before, snapshot = plan.total, plan.save(window)
            moves.search(window, uavs, present=False)
            risen = (plan.total - before) / max(self.best / self.plan.instance.slots_count, 1e-300)
            if rng.random() >= math.exp(min(0.0, -risen / TEMPERATURE)):
                plan.restore(snapshot)
        else:
            moves.search(window, uavs)
        self.note()
        if self.idle and self.idle % RETURN == 0:
            plan.restore(self.kept)


@register
class Horizon(Solver):
    """Large-neighbourhood search over windows of slots; single and joint paths at their best by dynamic programming."""

    name = "horizon"
    options = frozenset({"device_motion"})
    packages = ("numpy", "scipy", "numba")
    Config = HorizonConfig

    def solve(self, instance: Instance, budget: Budget, seed: int, progress: Progress) -> Solution:
        """Build paths from nothing, then search window after window."""
        if budget.expired:
            return Solution(hovering(instance, serve=False).decision, log=["out of time before the first path"])
        search = IteratedSearch(instance, self.config, budget, seed)
        ending = search.run(progress)
        progress(1.0)
        found = assigned(instance, search.best_xy)
        log = [f"{ending}: cost {found.cost:.6f}, bound {search.bound:.6f}"]
        return Solution(found.decision, search.bound, "optimal" if search.closed else "feasible", log=log)
