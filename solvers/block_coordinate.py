"""Block-coordinate descent from several starts: assignment, trajectories, powers, and single paths in turn."""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from pydantic import Field, field_validator

from skyedge.problem import Instance
from skyedge.problem.common import nearest
from skyedge.solvers import (
    Budget,
    Plan,
    Progress,
    Solution,
    Solver,
    SolverConfig,
    assigned,
    cheaper,
    flown,
    get,
    hovering,
    register,
    scored,
    with_path,
)
from skyedge.solvers.kmeans import cluster_centres
from skyedge.solvers.machinery.blocks.compiled_problem import BlockFailedError
from skyedge.solvers.machinery.blocks.path import PathBlock, lattice_values
from skyedge.solvers.machinery.blocks.power import PowerBlock
from skyedge.solvers.machinery.blocks.trajectory import TrajectoryBlock

PASSES = 2  # over the UAVs, when static positions are chosen


def hover(instance: Instance, block: PathBlock, budget: Budget, seed: int) -> np.ndarray:
    """Stay where the UAVs start."""
    return np.tile(instance.uav_start_xy, (instance.slots_count, 1, 1))


def flown_by(solver: str) -> Callable[[Instance, PathBlock, Budget, int], np.ndarray]:
    """Return the start that flies as another solver does."""

    def start(instance: Instance, block: PathBlock, budget: Budget, seed: int) -> np.ndarray:
        decision = get(solver)().solve(instance, budget, seed, lambda share: None).decision
        assert decision is not None
        return decision.uav_xy.copy()

    return start


def static(instance: Instance, block: PathBlock, budget: Budget, seed: int) -> np.ndarray:
    """Fly straight to the positions that would be best all day, found one UAV after the other."""
    centre = cluster_centres(instance.device_xy[instance.active], instance.uav_start_xy)
    target = np.tile(np.clip(centre, 0.0, instance.area_m), (instance.slots_count, 1, 1))
    for uav in PASSES * list(range(instance.uavs)):
        if block.movable(uav):
            lattice, offered = block.over_area(uav)
            total = lattice_values(instance, target, uav, offered, budget).sum(axis=0)
            target[:, uav] = lattice.points()[0, np.argmin(total)]
    return flown(target, instance.uav_start_xy, instance.reach_m, instance.area_m)


STARTS: dict[str, Callable[[Instance, PathBlock, Budget, int], np.ndarray]] = {
    "hover": hover,
    "kmeans": flown_by("kmeans"),
    "greedy-mobile": flown_by("greedy-mobile"),
    "static": static,
}


ORDER = ("kmeans", "static", "greedy-mobile", "hover")  # in which starts are tried
STEPS = (1.0, 0.5, 0.25, 0.125)  # backtracking from the new path to the old
PACE = 0.6  # each round is taken to do 40 % of what is left of a start


class BlockCoordinateConfig(SolverConfig):
    """Options of block-coordinate."""

    starts: str = Field(
        "+".join(ORDER),
        description=f"how many of {', '.join(ORDER)}, or which, joined by +",
        coerce_numbers_to_str=True,
    )
    path: bool = Field(True, description="also re-optimise the path of one UAV at a time over a lattice")
    spacing_m: float = Field(10.0, gt=0, description="spacing of that lattice [m]")
    rounds: int = Field(30, ge=1, description="most rounds from a start")
    tolerance: float = Field(1e-4, ge=0, description="a round that gains a lesser share of the cost is the last")

    @field_validator("starts")
    @classmethod
    def _known(cls, value: str) -> str:
        if value.isdecimal():
            if not 1 <= int(value) <= len(ORDER):
                raise ValueError(f"there are {len(ORDER)} starts: give a number from 1 to {len(ORDER)}, or names")
            return "+".join(ORDER[: int(value)])
        for name in value.split("+"):
            if name not in STARTS:
                raise ValueError(f"no start is called {name!r}: {nearest(name, STARTS)}")
        return value


Step = Callable[[Plan], Plan]


class Descent:
    """The blocks on one instance. A step of a block takes a plan and returns it, or a cheaper one."""

    def __init__(self, instance: Instance, config: BlockCoordinateConfig, budget: Budget) -> None:
        self.instance, self.config, self.budget = instance, config, budget
        self.log: list[str] = []
        self.rounds_s = 0.0
        self.path_block = PathBlock(instance, config.spacing_m)
        self.power_block, self.trajectory_block = PowerBlock(instance), TrajectoryBlock(instance)
        uavs = range(instance.uavs)
        self.blocks: dict[str, list[Step]] = {
            "assignment": [self.assign],
            "trajectory": [partial(self.move, uav=uav) for uav in uavs],
            "power": [self.send],
        }
        if config.path:
            self.blocks["path"] = [partial(self.fly, uav=uav) for uav in uavs]

    def assign(self, plan: Plan) -> Plan:
        """Choose servers and powers anew, exactly."""
        return cheaper(plan, assigned(self.instance, plan.decision.uav_xy))

    def move(self, plan: Plan, uav: int) -> Plan:
        """Move a UAV for the tasks it serves, by the convex surrogate.

        Goes as far as the exact cost does not rise; all of the way is feasible, by convexity.
        """
        decision = plan.decision
        move = self.trajectory_block.solve(decision, uav, self.budget) - decision.uav_xy[:, uav]
        for step in STEPS if move.any() else ():
            uav_xy = with_path(decision.uav_xy, uav, decision.uav_xy[:, uav] + step * move)
            new = scored(self.instance, decision.server, decision.power, uav_xy)
            if new.cost <= plan.cost:
                return new
        return plan

    def send(self, plan: Plan) -> Plan:
        """Choose powers anew, by the exponential-cone problem."""
        power, _ = self.power_block.solve(plan.decision, self.budget)
        return cheaper(plan, scored(self.instance, plan.decision.server, power, plan.decision.uav_xy))

    def fly(self, plan: Plan, uav: int) -> Plan:
        """Choose the whole path of a UAV over a lattice, exactly."""
        uav_xy = plan.decision.uav_xy
        path = self.path_block.solve(uav_xy, uav, plan.cost, self.budget)
        return cheaper(plan, assigned(self.instance, with_path(uav_xy, uav, path)))

    def rounds(self, start: str, seed: int) -> Iterator[Plan]:
        """Descend from a start; yields the plan after each round."""
        try:
            plan = assigned(self.instance, STARTS[start](self.instance, self.path_block, self.budget, seed))
        except BlockFailedError as failure:
            self.log.append(f"{start}: no start: {failure}")
            return
        self.log.append(f"{start}: {plan.cost:.6f}")
        for number in range(1, self.config.rounds + 1):
            before, trace, since_s = plan.cost, [], self.budget.elapsed_s
            for block, steps in self.blocks.items():
                plan = self._run(plan, steps, f"{start}, round {number}: {block}")
                trace.append(f"{block} {plan.cost:.6f}")
            self.log.append(f"{start}, round {number}: {', '.join(trace)}")
            self.rounds_s += self.budget.elapsed_s - since_s
            yield plan
            if self.budget.expired or before - plan.cost <= self.config.tolerance * before:
                return

    def _run(self, plan: Plan, steps: list[Step], what: str) -> Plan:
        for step in steps:
            if self.budget.expired:
                break
            try:
                plan = step(plan)
            except BlockFailedError as failure:
                self.log.append(f"{what} left out: {failure}")
        return plan

    def times(self) -> str:
        """Say what the convex blocks took of the rounds' time."""
        parts = []
        for name, block in (("trajectory", self.trajectory_block), ("power", self.power_block)):
            spent = block.compiled
            parts.append(
                f"{name} compiled once in {spent.compile_s:.2f} s, {spent.solves} solves: "
                f"Clarabel {spent.solver_s:.2f} s, CVXPY's canonicalisation {spent.update_s:.2f} s"
            )
        return f"{self.rounds_s:.2f} s in rounds; {'; '.join(parts)}"


@register
class BlockCoordinate(Solver):
    """Assignment, trajectories, powers and single paths in turn, each at its best given the rest; several starts."""

    name = "block-coordinate"
    options = frozenset({"device_motion"})
    packages = ("numpy", "scipy", "cvxpy", "clarabel", "numba")
    Config = BlockCoordinateConfig

    def solve(self, instance: Instance, budget: Budget, seed: int, progress: Progress) -> Solution:
        """Descend from every start, and keep the best plan."""
        in_time = not budget.expired
        best = hovering(instance, serve=in_time)
        if not in_time:
            return Solution(best.decision, log=["out of time before the first start"])
        descent = Descent(instance, self.config, budget)
        starts = self.config.starts.split("+")
        for number, start in enumerate(starts):
            left = 1.0
            for plan in descent.rounds(start, seed):
                best, left = cheaper(best, plan), PACE * left
                progress((number + 1 - left) / len(starts))
            if budget.expired:
                descent.log.append(f"out of time at start {number + 1} of {len(starts)}")
                break
        progress(1.0)
        return Solution(best.decision, log=[*descent.log, descent.times()])
