"""global-minlp: (P1) as a mixed-integer nonlinear program, solved to proven optimality by SCIP through Pyomo."""

from pydantic import Field

from skyedge.problem import InputError, Instance
from skyedge.solvers import Budget, Progress, Solution, Solver, SolverConfig, cheaper, hovering, register
from skyedge.solvers.machinery.minlp.model import exact_model
from skyedge.solvers.machinery.minlp.repair import repaired
from skyedge.solvers.machinery.minlp.solve import solve_apart

MOST_SLOTS = 10
RESOLUTION = 1e-5  # of a gap, by the tolerances of SCIP


class GlobalMinlpConfig(SolverConfig):
    """Options of global-minlp."""

    gap: float = Field(1e-3, ge=0, lt=1, description="relative gap between cost and bound at which it stops")


@register
class GlobalMinlp(Solver):
    """Spatial branch and bound of SCIP on the exact model, for one slot or a few."""

    name = "global-minlp"
    options = frozenset({"device_motion"})
    packages = ("numpy", "scipy", "pyomo", "pyscipopt")
    Config = GlobalMinlpConfig

    def check(self, instance: Instance) -> None:
        """Refuse long horizons."""
        if instance.slots_count > MOST_SLOTS:
            raise InputError(
                f"global-minlp is made for {MOST_SLOTS} slots at most, this instance has {instance.slots_count}: "
                f"generate it with slots = {MOST_SLOTS} or less"
            )

    def solve(self, instance: Instance, budget: Budget, seed: int, progress: Progress) -> Solution:
        """Let SCIP search until the gap is closed or the time is up."""
        plan = hovering(instance, serve=True)
        if budget.expired:
            return Solution(plan.decision, log=["out of time before the search"])
        model = exact_model(instance)
        found, bound, trouble = solve_apart(model, "scip_direct", self.config.gap, budget, {})
        if found:
            plan = cheaper(plan, repaired(model, instance))
        progress(1.0)
        proven = plan.cost - bound <= max(self.config.gap, RESOLUTION) * plan.cost
        log = [] if proven else [trouble or f"out of time at a gap of {1 - bound / plan.cost:.3%}"]
        return Solution(plan.decision, bound, "optimal" if proven else "feasible", log=log)
