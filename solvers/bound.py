"""bound: a number that no decision's cost is below, for the whole horizon."""

from skyedge.problem import Instance
from skyedge.solvers import Budget, Progress, Solution, Solver, register
from skyedge.solvers.machinery.lagrangian.ascent import dual_bound

PACE = 300  # steps in which half of what is left is taken to be done, where the time is not limited


@register
class Bound(Solver):
    """A certified lower bound of the whole horizon: slot optima, then the Lagrangian over finer and finer boxes."""

    name = "bound"
    # All but motion are left out of account: they take servers away, and make tasks dearer than they are alone.
    options = frozenset({"device_motion", "battery", "shared_bandwidth", "interference"})
    packages = ("numpy", "scipy", "numba", "highspy")

    def solve(self, instance: Instance, budget: Budget, seed: int, progress: Progress) -> Solution:
        """Raise the bound until gains dry up or the time is up; there is no decision."""
        bound = 0.0
        for step, state in enumerate(dual_bound(instance, budget)):
            bound = state.bound
            progress(max(1 - 0.5 ** (step / PACE), min(budget.elapsed_s / budget.seconds, 1.0)))
        progress(1.0)
        log = ["out of time: more may be gained"] if budget.expired else []
        return Solution(None, bound, "bound-only", log=log)
