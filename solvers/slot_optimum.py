"""slot-optimum: the proven optimum of an instance of one slot."""

import numpy as np
from pydantic import Field

from skyedge.problem import Decision, InputError, Instance, Slots
from skyedge.solvers import Budget, Progress, Solution, Solver, SolverConfig, register
from skyedge.solvers.machinery.branch_and_price.cost_tables import slot_problem
from skyedge.solvers.machinery.branch_and_price.search import SlotResult, SlotSearch

DEFAULT_GAP = 1e-3


class SlotOptimumConfig(SolverConfig):
    """Options of slot-optimum."""

    gap: float = Field(DEFAULT_GAP, gt=0, lt=1, description="relative gap between cost and bound at which it stops")


def optimise_slot(
    slot: Slots,
    centre_xy: np.ndarray,
    radius_m: np.ndarray,
    gap: float = DEFAULT_GAP,
    budget: Budget | None = None,
) -> SlotResult:
    """Find the optimum of one slot, UAV m being free within a disc, inside the area.

    Parameters
    ----------
    slot : Slots
        Without leading axis.
    centre_xy : array (M, 2)
        Centres of the discs [m], inside the area; UAVs that serve nobody stay there.
    radius_m : array (M,)
        Their radii [m]; infinite for "anywhere in the area".
    gap : float
        Relative gap to stop at.
    budget : Budget, optional
        Stops with what it has when expired.

    Returns
    -------
    SlotResult
        Decision, exact cost, and a lower bound.
    """
    expired = (lambda: False) if budget is None else (lambda: budget.expired)
    return SlotSearch(slot_problem(slot, centre_xy, radius_m, gap), centre_xy, gap, expired).run()


@register
class SlotOptimum(Solver):
    """Proven optimum of one slot: Dantzig-Wolfe with geometric pricing, and branching."""

    name = "slot-optimum"
    options = frozenset({"device_motion"})
    packages = ("numpy", "scipy", "numba", "highspy")
    Config = SlotOptimumConfig

    def check(self, instance: Instance) -> None:
        """Refuse instances of several slots."""
        if instance.slots_count != 1:
            raise InputError(
                f"slot-optimum solves one slot, this instance has {instance.slots_count}: generate it with slots = 1"
            )

    def solve(self, instance: Instance, budget: Budget, seed: int, progress: Progress) -> Solution:
        """Search within the UAVs' reach from their start."""
        start = instance.uav_start_xy
        found = optimise_slot(instance.at(0), start, instance.reach_m, self.config.gap, budget)
        progress(1.0)
        server, power, uav_xy = (array[None] for array in found.decision)
        proven = found.closed(self.config.gap)
        log = [] if proven else [f"out of time at a gap of {1 - found.bound / found.cost:.3%}"]
        return Solution(Decision(server, power, uav_xy), found.bound, "optimal" if proven else "feasible", log=log)
