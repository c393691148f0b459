"""bound: a number that no decision's cost is below, for the whole horizon."""

from problem import Instance
from solvers.base import Budget, Progress, Solution, Solver, register
from solvers.command import main
from solvers.horizon_bound import dual_bound


@register
class Bound(Solver):
    """A certified lower bound of the whole horizon: slot optima, then the Lagrangian over finer and finer boxes."""

    name = "bound"
    information = "offline"
    packages = ("numpy", "scipy", "numba", "highspy")

    def solve(self, instance: Instance, budget: Budget, seed: int, progress: Progress) -> Solution:
        """Raise the bound until gains dry up or the time is up; there is no decision."""
        bound = 0.0
        for state in dual_bound(instance, budget):
            bound = state.bound
        progress(1.0)
        return Solution(None, bound, "bound-only")


if __name__ == "__main__":
    main("bound")
