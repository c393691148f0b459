"""relaxed-minlp: linear relaxations of (P1), solved by HiGHS through Pyomo, then made feasible."""

from pydantic import Field

from skyedge.problem import Instance
from skyedge.solvers import (
    Budget,
    Plan,
    Progress,
    Solution,
    Solver,
    SolverConfig,
    assigned,
    cheaper,
    hovering,
    register,
)
from skyedge.solvers.machinery.minlp.model import assignment_model, linear_model
from skyedge.solvers.machinery.minlp.repair import covering_path
from skyedge.solvers.machinery.minlp.solve import solve_model

BOUND_SHARE = 0.5  # of the time, at most
NODES = {"mip_max_nodes": 2000}  # a limit that does not depend on the machine's speed


class RelaxedMinlpConfig(SolverConfig):
    """Options of relaxed-minlp."""

    gap: float = Field(1e-3, gt=0, lt=1, description="relative gap at which the relaxation of the horizon is left")
    window: int = Field(3, ge=1, description="slots that are looked at together when a decision is made")
    window_gap: float = Field(5e-3, gt=0, lt=1, description="relative gap at which a window is left")


@register
class RelaxedMinlp(Solver):
    """A mixed-integer linear relaxation of the horizon for a bound; window by window for a decision (HiGHS)."""

    name = "relaxed-minlp"
    options = frozenset({"device_motion"})
    packages = ("numpy", "scipy", "pyomo", "highspy")
    Config = RelaxedMinlpConfig

    def solve(self, instance: Instance, budget: Budget, seed: int, progress: Progress) -> Solution:
        """Bound the horizon, then fix it slot by slot, and repair."""
        plan = hovering(instance, serve=not budget.expired)
        if budget.expired:
            return Solution(plan.decision, log=["out of time before the first relaxation"])
        bound_budget = Budget(BOUND_SHARE * budget.seconds, budget.started)
        _, bound, trouble = solve_model(assignment_model(instance), "highs", self.config.gap, bound_budget, {})
        flown, log = self._flown(instance, budget, progress)
        log = [trouble, *log] if trouble else log
        plan = cheaper(plan, flown)
        progress(1.0)
        proven = plan.cost - bound <= self.config.gap * plan.cost
        return Solution(plan.decision, bound, "optimal" if proven else "feasible", log=log)

    def _flown(self, instance: Instance, budget: Budget, progress: Progress) -> tuple[Plan, list[str]]:
        """Relax and fix: solve a window of slots, keep the first one's positions, and go on from there."""
        uav_xy, log = hovering(instance, serve=False).decision.uav_xy.copy(), []
        here, slots = instance.uav_start_xy, instance.slots_count
        for t in range(slots):
            if budget.expired:
                log.append(f"out of time after slot {t} of {slots}: from there on UAVs hover")
                uav_xy[t:] = here
                break
            window = instance.window(t, min(t + self.config.window, slots), here)
            model = linear_model(window)
            found, _, trouble = solve_model(model, "highs", self.config.window_gap, budget, NODES)
            uav_xy[t] = here = covering_path(model, window)[0] if found else here
            if trouble:
                log.append(f"slot {t}: UAVs hover: {trouble}")
            progress((t + 1) / slots)
        return assigned(instance, uav_xy), log
