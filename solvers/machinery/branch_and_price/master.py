"""The master problem of one slot: choose a place and a set of tasks for each UAV, satellites and φ for the rest."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import NamedTuple

import highspy
import numpy as np

from skyedge.solvers.machinery.branch_and_price.task_sets import Cuts


class UavColumn(NamedTuple):
    """UAV ``uav`` at ``place`` (2,) serves ``served`` (task numbers) at ``cost``."""

    uav: int
    place: np.ndarray
    served: np.ndarray
    cost: float


class Duals(NamedTuple):
    """Prices π of tasks (K,), values σ ≤ 0 of UAVs (M,), and weights μ ≥ 0 of cuts (C,)."""

    task: np.ndarray
    uav: np.ndarray
    cut: np.ndarray


@dataclass
class SlotData:
    """What the master needs to know of a slot, for its K active tasks.

    Attributes
    ----------
    satellite_cost : array (K, N)
        Inf where a task cannot be served.
    satellite_capacity : int array (N,)
    uavs : int
    penalty : float
        φ.
    """

    satellite_cost: np.ndarray
    satellite_capacity: np.ndarray
    uavs: int
    penalty: float

    @property
    def tasks(self) -> int:
        """Number of tasks K."""
        return len(self.satellite_cost)


@dataclass
class Branch:
    """What a node of the search tree demands.

    Attributes
    ----------
    required, forbidden : bool array (M, K)
        Tasks that a UAV must, or must not, serve.
    aloft : bool array (K,)
        Tasks that some UAV must serve.
    bound : float
        No decision that keeps the demands costs less.
    price : array (K,) or None
        Prices of tasks that gave the bound.
    """

    required: np.ndarray
    forbidden: np.ndarray
    aloft: np.ndarray
    bound: float = -np.inf
    price: np.ndarray | None = None

    @classmethod
    def root(cls, uavs: int, tasks: int) -> "Branch":
        """Return the node without demands."""
        return cls(np.zeros((uavs, tasks), bool), np.zeros((uavs, tasks), bool), np.zeros(tasks, bool))

    def child(self, **demands: np.ndarray) -> "Branch":
        """Return a node with more demands."""
        return replace(self, **{name: getattr(self, name) | more for name, more in demands.items()})

    @property
    def on_uavs(self) -> np.ndarray:
        """Tasks that neither satellites nor φ may take, bool (K,)."""
        return self.aloft | self.required.any(axis=0)

    def may_serve(self) -> np.ndarray:
        """Tasks that each UAV may serve, bool (M, K): those that another must serve are out."""
        return (self.required | ~self.required.any(axis=0)) & ~self.forbidden

    def accepts(self, column: UavColumn) -> bool:
        """Whether a column keeps the demands."""
        chosen = np.zeros(self.required.shape[1], bool)
        chosen[column.served] = True
        return not (chosen & ~self.may_serve()[column.uav]).any() and not (self.required[column.uav] & ~chosen).any()


class Master:
    """The linear program over the columns found so far (HiGHS), warm-started as columns and cuts arrive.

    Rows: each task covered (≥ 1), each UAV in one place (≤ 1), satellites' capacities, subset-row cuts (≤ 1). A
    UAV or a task without an admissible column yet is covered by an artificial one that costs more than any solution.
    """

    def __init__(self, data: SlotData, branch: Branch) -> None:
        self.data, self.branch = data, branch
        self.columns: list[UavColumn] = []
        self.triples: list[tuple[int, int, int]] = []
        self.solver = highspy.Highs()
        self.solver.setOptionValue("output_flag", False)
        self.solver.setOptionValue("threads", 1)
        tasks, uavs, satellites = data.tasks, data.uavs, len(data.satellite_capacity)
        must = branch.required.any(axis=1)
        low = np.concatenate([np.ones(tasks), np.where(must, 1.0, -np.inf), np.full(satellites, -np.inf)])
        high = np.concatenate([np.full(tasks, np.inf), np.ones(uavs), data.satellite_capacity.astype(float)])
        for one_low, one_high in zip(low, high, strict=True):
            self.solver.addRow(one_low, one_high, 0, np.empty(0, np.int32), np.empty(0))
        for k, cost in enumerate(self.highest_price):
            self._add(cost, [k])
        for k, n in np.argwhere(np.isfinite(data.satellite_cost) & ~branch.on_uavs[:, None]):
            self._add(data.satellite_cost[k, n], [int(k), tasks + uavs + int(n)])
        for m in np.flatnonzero(must):
            self._add(2 * data.penalty * (tasks + 1), [tasks + int(m)])
        self.fixed = self.solver.getNumCol()

    @property
    def highest_price(self) -> np.ndarray:
        """φ, or for tasks that must be on a UAV more than any solution costs, shape (K,)."""
        data = self.data
        return np.where(self.branch.on_uavs, data.penalty * (data.tasks + 1), data.penalty)

    def _add(self, cost: float, rows: list[int]) -> None:
        self.solver.addCol(float(cost), 0.0, np.inf, len(rows), np.array(rows, np.int32), np.ones(len(rows)))

    def add(self, columns: list[UavColumn]) -> None:
        """Add columns."""
        base = self.data.tasks + self.data.uavs + len(self.data.satellite_capacity)
        for column, paid in zip(columns, self._paid(columns, self.triples), strict=True):
            cuts = (base + np.flatnonzero(paid)).tolist()
            self._add(column.cost, [*column.served.tolist(), self.data.tasks + column.uav, *cuts])
        self.columns.extend(columns)

    def cut(self, triples: list[tuple[int, int, int]]) -> None:
        """Add subset-row cuts: of three tasks no two may be served by one UAV and again two by another."""
        for paid in self._paid(self.columns, triples).T:
            index = np.flatnonzero(paid).astype(np.int32) + self.fixed
            self.solver.addRow(-np.inf, 1.0, len(index), index, np.ones(len(index)))
        self.triples.extend(triples)

    def _paid(self, columns: Sequence[UavColumn], triples: Sequence[tuple[int, int, int]]) -> np.ndarray:
        """Whether a column serves two tasks of a triple or more, bool (columns, triples)."""
        serves = np.zeros((len(columns), self.data.tasks), np.int64)
        for row, column in enumerate(columns):
            serves[row, column.served] = 1
        return serves[:, np.array(triples, np.int64).reshape(-1, 3)].sum(axis=-1) >= 2

    def solve(self) -> Duals:
        """Solve the linear program."""
        self.solver.run()
        dual = np.array(self.solver.getSolution().row_dual)
        tasks, uavs = self.data.tasks, self.data.uavs
        cuts = np.maximum(-dual[len(dual) - len(self.triples) :], 0.0)
        return Duals(np.clip(dual[:tasks], 0, self.highest_price), dual[tasks : tasks + uavs], cuts)

    def cuts(self, weight: np.ndarray) -> Cuts:
        """Return the cuts as the pricing reads them."""
        triples = np.array(self.triples, dtype=np.int64).reshape(-1, 3)
        return Cuts.of(triples, self.data.tasks)._replace(weight=weight)

    def weights(self) -> np.ndarray:
        """How much of each column the solution takes, shape (columns,)."""
        return np.array(self.solver.getSolution().col_value)[self.fixed :]

    def violated_triples(self, most: int) -> list[tuple[int, int, int]]:
        """Triples whose cut the present solution breaks most."""
        weight = self.weights()
        partial = [(c, w) for c, w in zip(self.columns, weight, strict=True) if 1e-6 < w < 1 - 1e-6]
        if not partial:
            return []
        columns, share = zip(*partial, strict=True)
        doubtful = np.unique(np.concatenate([column.served for column in columns])).tolist()
        triples = list(combinations(doubtful, 3))
        broken = np.array(share) @ self._paid(columns, triples)
        worst = np.argsort(-broken)[:most]
        return [triples[i] for i in worst if broken[i] > 1 + 1e-4]

    def integral(self, seconds: float, gap: float) -> np.ndarray:
        """Solve over whole columns, for at most ``seconds``; return the weights (the linear ones if there are none)."""
        fractional = self.weights()
        count = self.solver.getNumCol()
        indices = np.arange(count, dtype=np.int32)
        self.solver.changeColsIntegrality(count, indices, np.full(count, highspy.HighsVarType.kInteger))
        self.solver.setOptionValue("mip_rel_gap", gap)
        self.solver.setOptionValue("time_limit", self.solver.getRunTime() + seconds)
        self.solver.run()
        found = self.solver.getInfo().primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
        weights = self.weights() if found else fractional
        self.solver.changeColsIntegrality(count, indices, np.full(count, highspy.HighsVarType.kContinuous))
        self.solver.setOptionValue("time_limit", np.inf)
        return weights


def lagrangian_bound(data: SlotData, branch: Branch, duals: Duals, uav_bounds: np.ndarray) -> float:
    """Lower bound of a node for any prices 0 ≤ π ≤ φ and weights μ ≥ 0.

    Dualising "each task is covered" and the cuts leaves one problem a server: Σπ − Σμ, plus for each UAV its least
    reduced cost (``uav_bounds``; it may idle unless it must serve somebody), plus for each satellite its κ most
    negative c − π. A task left unserved contributes φ − π ≥ 0. The cuts hold in every solution that serves no task
    twice, and one of those is optimal.
    """
    must = branch.required.any(axis=1)
    total = duals.task.sum() - duals.cut.sum()
    total += np.where(must, uav_bounds, np.minimum(uav_bounds, 0.0)).sum()
    open_to_satellites = np.where(branch.on_uavs[:, None], np.inf, data.satellite_cost) - duals.task[:, None]
    gain = np.sort(np.minimum(open_to_satellites, 0.0), axis=0)
    taken = np.arange(data.tasks)[:, None] < data.satellite_capacity
    return float(total + gain[taken].sum())
