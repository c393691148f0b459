"""The exact optimum of one slot: column generation with geometric pricing, and branching.

Dantzig-Wolfe decomposition: a column is a UAV at a place with the tasks it serves. Prices of tasks come from the
master's linear program; the pricing (:mod:`skyedge.solvers.machinery.branch_and_price.pricing`) finds the most valuable
place of each UAV and a bound on what any place is worth, so every round gives a valid lower bound of the slot. Where
the linear program's optimum is not whole, the search branches on who serves a task.
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

import numpy as np

from skyedge.problem import assigned_power, best_assignment, server_costs
from skyedge.solvers.common.base import SlotDecision
from skyedge.solvers.machinery.branch_and_price.cost_tables import SlotProblem
from skyedge.solvers.machinery.branch_and_price.master import Branch, Duals, Master, UavColumn, lagrangian_bound
from skyedge.solvers.machinery.branch_and_price.pricing import price_uav

SAFETY = 1e-8  # bounds are lowered by it, relative: float sums, and the tolerance of 1e-9 on powers and limits
MAX_BOXES = 200_000
CUT_ROUNDS = 12
CUTS_A_ROUND = 20
WHOLE_SECONDS = 1.0  # for the master over whole columns


@dataclass
class SlotResult:
    """The best decision of a slot, its cost, a bound that no decision is below, and prices (K,) of its tasks."""

    decision: SlotDecision
    cost: float
    bound: float
    price: np.ndarray

    def closed(self, gap: float) -> bool:
        """Whether the cost is within a relative gap of the bound."""
        return self.cost - self.bound <= slack(self.cost, gap)


def slack(cost: float, gap: float) -> float:
    """Return what a relative gap leaves between a cost and a bound; where costs are tiny, what bounds' safety takes."""
    return max(gap * abs(cost), 2 * SAFETY)


class SlotSearch:
    """Branch and price on one slot, anytime.

    Parameters
    ----------
    problem : SlotProblem
    start_xy : array (M, 2)
        A first guess of UAV positions inside their regions; UAVs without tasks stay there.
    gap : float
        Relative gap to stop at.
    expired : callable
        Says that the time is up.
    """

    def __init__(
        self, problem: SlotProblem, start_xy: np.ndarray, gap: float, expired: Callable[[], bool] = lambda: False
    ) -> None:
        self.problem, self.start_xy, self.gap, self.expired = problem, start_xy, gap, expired
        self.resolution = [tables.resolution() for tables in problem.tables]
        self.columns: list[UavColumn] = []
        self.triples: list[tuple[int, int, int]] = []
        decision = SlotDecision(*self._assign(start_xy)[1:], start_xy)
        self.result = SlotResult(decision, np.inf, -np.inf, np.zeros(problem.data.tasks))
        self._try_positions(start_xy)

    def run(self) -> SlotResult:
        """Search until the gap is closed or the time is up."""
        order = count()
        root = Branch.root(self.problem.data.uavs, self.problem.data.tasks)
        tree = [(root.bound, next(order), root)]
        closed = np.inf  # least bound of the nodes that need no more search
        while tree and not (self.result.closed(self.gap) or self.expired()):
            _, _, branch = heapq.heappop(tree)
            children = self._process(branch)
            for child in children:
                heapq.heappush(tree, (child.bound, next(order), child))
            closed = closed if children else min(closed, branch.bound)
            least = min(closed, tree[0][0]) if tree else closed
            self.result.bound = min(max(self.result.bound, least), self.result.cost)
        self.result.price = self.result.price if root.price is None else root.price
        return self.result

    def _assign(self, uav_xy: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Exact assignment and powers at given positions, and their cost."""
        slot = self.problem.slot
        costs = server_costs(slot, uav_xy)
        server = best_assignment(costs.cost, slot.server_capacity, slot.unserved_penalty)
        chosen = np.take_along_axis(costs.cost, np.maximum(server, 0)[:, None], axis=1)[:, 0]
        total = np.where(server >= 0, chosen, np.where(slot.active, slot.unserved_penalty, 0.0)).sum()
        return float(total), server, assigned_power(costs, server)

    def _try_positions(self, uav_xy: np.ndarray) -> None:
        """Keep a set of positions if it beats the incumbent."""
        cost, server, power = self._assign(uav_xy)
        if cost < self.result.cost:
            self.result.cost, self.result.decision = cost, SlotDecision(server, power, uav_xy)

    def _positions(self, master: Master, weights: np.ndarray) -> np.ndarray:
        """Put each UAV where its heaviest column is."""
        uav_xy, heaviest = self.start_xy.copy(), np.full(len(self.start_xy), 1e-6)
        for column, weight in zip(master.columns, weights, strict=True):
            if weight > heaviest[column.uav]:
                heaviest[column.uav], uav_xy[column.uav] = weight, column.place
        return uav_xy

    def _process(self, branch: Branch) -> list[Branch]:
        """Close a node by columns and cuts, or return its children."""
        master = Master(self.problem.data, branch)
        master.add([column for column in self.columns if branch.accepts(column)])
        master.cut(self.triples)
        for _ in range(CUT_ROUNDS):
            self._generate_columns(master, branch)
            if self._hopeless(branch) or self.expired():
                break
            triples = master.violated_triples(CUTS_A_ROUND)
            if not triples:
                break
            self.triples.extend(triples)
            master.cut(triples)
        share = self._shares(master)
        if not self._hopeless(branch) and self._fractional(share).any():
            self._try_positions(self._positions(master, master.integral(WHOLE_SECONDS, self.gap / 4)))
        if self._hopeless(branch):
            return []
        return [branch] if self.expired() else self._children(branch, share)

    def _hopeless(self, branch: Branch) -> bool:
        """Whether the node cannot hold anything better by more than the gap."""
        return branch.bound >= self.result.cost - slack(self.result.cost, self.gap)

    def _generate_columns(self, master: Master, branch: Branch) -> None:
        """Solve and price in turn until no column is worth adding; every round may raise the node's bound."""
        while True:
            duals = master.solve()
            bounds, found = self._price(master, branch, duals)
            total = lagrangian_bound(self.problem.data, branch, duals, bounds)
            safe = total - SAFETY * max(1.0, abs(total)) if np.isfinite(total) else np.inf
            if safe > branch.bound:
                branch.bound, branch.price = safe, duals.task
            self._try_positions(self._positions(master, master.weights()))
            if self._hopeless(branch) or not found or self.expired():
                return
            master.add(found)
            self.columns.extend(found)

    def _price(self, master: Master, branch: Branch, duals: Duals) -> tuple[np.ndarray, list[UavColumn]]:
        """Price every UAV: bounds on reduced costs (M,), and columns worth adding."""
        problem = self.problem
        tolerance = 0.25 * slack(self.result.cost, self.gap) / max(problem.data.uavs, 1)
        may_serve, bounds, columns = branch.may_serve(), np.zeros(problem.data.uavs), []
        cuts = master.cuts(duals.cut)
        for m, tables in enumerate(problem.tables):
            allowed = tables._replace(allowed=tables.allowed & may_serve[m])
            capacity = int(problem.slot.uav_capacity[m])
            must = branch.required[m]
            if must.sum() > capacity or (must & ~allowed.allowed).any():
                bounds[m] = np.inf
                continue
            bounds[m], costs, reduced, points, served = price_uav(
                allowed,
                duals.task,
                must,
                cuts,
                capacity,
                problem.regions[m],
                tolerance + capacity * self.resolution[m],
                duals.uav[m] - SAFETY,
                MAX_BOXES,
            )
            for cost, value, point, chosen in zip(costs, reduced, points, served, strict=True):
                tasks = chosen[chosen >= 0]
                if np.isfinite(cost) and len(tasks) and value < duals.uav[m] - tolerance / 10:
                    columns.append(UavColumn(m, point.copy(), tasks, float(cost)))
        return bounds, columns

    def _shares(self, master: Master) -> np.ndarray:
        """How much of each task each UAV serves in the linear program, shape (M, K)."""
        share = np.zeros((self.problem.data.uavs, self.problem.data.tasks))
        for column, weight in zip(master.columns, master.weights(), strict=True):
            share[column.uav, column.served] += weight
        return share

    @staticmethod
    def _fractional(share: np.ndarray) -> np.ndarray:
        return (share > 1e-6) & (share < 1 - 1e-6)

    def _children(self, branch: Branch, share: np.ndarray) -> list[Branch]:
        """Branch on the task that is most doubtfully on a UAV at all, else on the most doubtful UAV of a task."""
        aloft = share.sum(axis=0)
        if self._fractional(aloft).any():
            task = np.arange(len(aloft)) == np.argmin(np.abs(aloft - 0.5))
            return [branch.child(aloft=task), branch.child(forbidden=np.broadcast_to(task, share.shape))]
        doubt = np.where(self._fractional(share), np.abs(share - 0.5), np.inf)
        if not np.isfinite(doubt).any():  # a whole solution that is not within the gap yet: any open pair
            doubt = np.where(branch.may_serve() & ~branch.required, 1.0 - share, np.inf)
        if not np.isfinite(doubt).any():
            return []
        pair = np.arange(share.size).reshape(share.shape) == np.argmin(doubt)
        return [branch.child(required=pair), branch.child(forbidden=pair)]
