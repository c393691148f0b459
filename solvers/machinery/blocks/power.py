"""The power block: all transmit powers at given servers and positions, one exponential cone a task (Section 8).

With v = ln(1 + γ p^max) and x = θ/θ_min, the transmission time in units of the shortest one, the energy on the
air is p θ = (z − θ)/γ with z >= θ 2^(D/(Bθ)). In units of its value at full power, z becomes y >= x e^(v (1/x − 1)),
the perspective of the exponential: everything is of order 1 then, whatever the link.
"""

from typing import NamedTuple

import cvxpy as cp
import numpy as np

from skyedge.problem import Decision, Instance
from skyedge.problem.physics.equations import Link, fixed_part, snr_per_watt, task_cost, uplink_time
from skyedge.problem.physics.links import request_of, satellite_link, squared_distances, uav_link
from skyedge.solvers.common.base import Budget
from skyedge.solvers.machinery.blocks.compiled_problem import CompiledProblem

SLOWEST = 1e3  # times the shortest transmission: where no limit binds, the optimum is far below
MOST_TASKS = 400  # in one problem: compiling takes a time that grows with the square of its size
IDLE_WEIGHT = 1e-2  # of entries without a task: their solution must be unique too


class Uplinks(NamedTuple):
    """The uplinks of offloaded tasks (t, k), all arrays (P,).

    ``snr_per_watt`` is γ, ``shortest_s`` and ``longest_s`` bound the transmission time θ (full power; what the limits
    on latency and window leave), ``fixed_cost`` is the share of the cost that no power changes.
    """

    t: np.ndarray
    k: np.ndarray
    snr_per_watt: np.ndarray
    shortest_s: np.ndarray
    longest_s: np.ndarray
    fixed_cost: np.ndarray


def offloaded_uplinks(instance: Instance, decision: Decision) -> Uplinks:
    """Return the uplinks of all offloaded tasks, those to UAVs first; satellites must be reachable."""
    t, k = np.nonzero(instance.active & (decision.server >= 0))
    server = decision.server[t, k]
    on_uav = server < instance.uavs
    squared = squared_distances(instance.device_xy, decision.uav_xy)
    t, k, m = t[on_uav], k[on_uav], server[on_uav]
    near = _uplinks(instance, t, k, uav_link(instance, t, k, m, squared[t, k, m]), instance.max_latency_s[t, k])
    t, k = (index[~on_uav] for index in np.nonzero(instance.active & (decision.server >= 0)))
    n = server[~on_uav] - instance.uavs
    access = instance.sat_access[t, k, n]
    limit_s = np.minimum(instance.max_latency_s[t, k], instance.sat_window_s[t, k, access])
    far = _uplinks(instance, t, k, satellite_link(instance, t, k, n, access), limit_s)
    return Uplinks(*(np.concatenate(pair) for pair in zip(near, far, strict=True)))


def _uplinks(instance: Instance, t: np.ndarray, k: np.ndarray, link: Link, limit_s: np.ndarray) -> Uplinks:
    request = request_of(instance, t, k)
    fixed = fixed_part(np, request, link)
    snr = np.broadcast_to(snr_per_watt(link.gain, link.bandwidth_hz, link.noise_psd), t.shape)
    shortest_s = uplink_time(np, request, link, instance.max_power_w[k])
    fixed_cost = task_cost(instance.latency_weight, instance.energy_weight, fixed.time_s, fixed.energy_j)
    return Uplinks(t, k, snr, shortest_s, limit_s - fixed.time_s, fixed_cost)


class PowerBlock:
    """Best powers at given servers and positions, by CVXPY.

    Parameters
    ----------
    instance : Instance
        The number of its active tasks fixes the problem's shape: tasks do not touch each other, so they are solved
        in equal batches, of one shape. Entries without a task are left out of the cost.
    """

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        tasks = max(1, int(instance.active.sum()))
        self.size = size = -(-tasks // -(-tasks // MOST_TASKS))
        self.time, self.energy = cp.Variable(size), cp.Variable(size)  # x and y
        self.growth = cp.Parameter(size, nonneg=True)  # v
        self.slowest = cp.Parameter(size, nonneg=True)  # the greatest x
        self.time_weight, self.energy_weight = cp.Parameter(size), cp.Parameter(size, nonneg=True)
        cost = self.time_weight @ self.time + self.energy_weight @ self.energy
        exponent = self.growth - cp.multiply(self.growth, self.time)
        constraints = [
            cp.ExpCone(exponent, self.time, self.energy),
            self.time >= 1,
            self.time <= self.slowest,
            self.energy <= self.time,  # implied; it bounds y where energy has no weight
        ]
        self.compiled = CompiledProblem(cp.Problem(cp.Minimize(cost), constraints))

    def solve(self, decision: Decision, budget: Budget) -> tuple[np.ndarray, float]:
        """Find the best powers for the decision's servers and positions.

        Returns
        -------
        power : array (T, K)
            [W], 0 where no task is offloaded.
        cost : float
            Σ ω1 T + ω2 E over the offloaded tasks, as the convex problem sees it.

        Raises
        ------
        BlockFailedError
            If there is no accurate solution in time.
        """
        uplinks = offloaded_uplinks(self.instance, decision)
        power, cost = np.zeros_like(decision.power), 0.0
        for first in range(0, len(uplinks.t), self.size):
            batch = Uplinks(*(values[first : first + self.size] for values in uplinks))
            power[batch.t, batch.k], batch_cost = self._solve_batch(batch, budget)
            cost += batch_cost
        return power, cost

    def _solve_batch(self, batch: Uplinks, budget: Budget) -> tuple[np.ndarray, float]:
        self._set_parameters(batch)
        self.compiled.solve(budget)
        used = slice(len(batch.t))
        x, y = np.maximum(self.time.value[used], 1.0), self.energy.value[used]
        sent_w = np.expm1(self.growth.value[used] / x) / batch.snr_per_watt
        cost = self.time_weight.value[used] @ x + self.energy_weight.value[used] @ y + batch.fixed_cost.sum()
        return np.minimum(sent_w, self.instance.max_power_w[batch.k]), float(cost)

    def _set_parameters(self, uplinks: Uplinks) -> None:
        world = self.instance
        max_snr = uplinks.snr_per_watt * world.max_power_w[uplinks.k]
        joules = world.energy_weight * world.device_energy_weight * uplinks.shortest_s / uplinks.snr_per_watt
        slowest = np.clip(uplinks.longest_s / uplinks.shortest_s, 1.0, SLOWEST)
        for parameter, values, idle in (
            (self.growth, np.log1p(max_snr), 1.0),
            (self.slowest, slowest, 2.0),
            (self.time_weight, world.latency_weight * uplinks.shortest_s - joules, IDLE_WEIGHT),
            (self.energy_weight, joules * (1 + max_snr), IDLE_WEIGHT),
        ):
            parameter.value = np.concatenate([values, np.full(self.size - len(values), idle)])
