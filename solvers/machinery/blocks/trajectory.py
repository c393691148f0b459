"""The trajectory block: UAV paths at given servers and powers, by successive convex approximation (Section 8).

With servers and powers fixed the UAVs do not touch each other, so one problem, of one UAV, serves them all in turn.
The rate (8) is convex and decreasing in the squared distance s, so its tangent r(s) is a global under-estimator, and
D / r(s) an over-estimator of the transmission time that is exact at the present path. With d the displacement from
that path and v >= |d|², the change of s is v − 2 (w − q)·d: one quadratic cone a slot, and linear but for 1/r.
Lengths are in units of 100 m, rates in units of their present value.
"""

from typing import NamedTuple

import cvxpy as cp
import numpy as np

from skyedge.problem import Decision, Instance
from skyedge.problem.physics.equations import (
    Link,
    inference_time,
    mean_squared_distance,
    rate,
    snr_per_watt,
    transmission_time,
)
from skyedge.problem.physics.links import request_of, uav_link
from skyedge.solvers.common.base import Budget
from skyedge.solvers.common.flight import flown
from skyedge.solvers.machinery.blocks.compiled_problem import CompiledProblem

UNIT_M = 100.0
SAFETY = 1e-7  # relative: the solver's tolerance must not break coverage
STAY = 1e-6  # a move of one unit must gain this share of the cost: of equal paths the nearest
IDLE_WEIGHT = 1e-3  # of entries without a task, whose times are constant


class Tangent(NamedTuple):
    """A rate [bit/s] and its derivative in the squared distance [bit/s/m²]."""

    rate_bps: np.ndarray
    slope: np.ndarray


def rate_tangent(power_w: np.ndarray, link: Link, slant_m2: np.ndarray, path_loss_exponent: float) -> Tangent:
    """Tangent of the rate (8) or (9) in the squared distance; the rate never falls below it.

    Parameters
    ----------
    power_w : array
        Power of the transmitter [W].
    link : Link
        At the present distance.
    slant_m2 : array
        s + H² (of a device that moves, on average over the slot), the present squared slant distance [m²].
    path_loss_exponent : float
        α.
    """
    snr = power_w * snr_per_watt(link.gain, link.bandwidth_hz, link.noise_psd)
    slope = -path_loss_exponent / 2 * link.bandwidth_hz / np.log(2) * snr / (1 + snr) / slant_m2
    return Tangent(rate(np, power_w, link.gain, link.bandwidth_hz, link.noise_psd), slope)


class Served(NamedTuple):
    """The tasks (t, k) that one UAV serves, all arrays (P,): where they are, and their two transmissions.

    ``half_walk_m`` is how far devices go from the middle of their way. ``*_s`` are the times at the present path,
    ``*_fall`` the relative fall of the tangent rates [1/m²], ``*_cost`` the cost of the transmissions, and ``left_s``
    what the latency limit leaves for both.
    """

    t: np.ndarray
    apart_m: np.ndarray
    half_walk_m: np.ndarray
    up_s: np.ndarray
    up_fall: np.ndarray
    up_cost: np.ndarray
    down_s: np.ndarray
    down_fall: np.ndarray
    down_cost: np.ndarray
    left_s: np.ndarray


def served_tasks(instance: Instance, decision: Decision, uav: int) -> Served:
    """Linearise the links of the tasks that a UAV serves, in the order of slots."""
    t, k = np.nonzero(instance.active & (decision.server == uav))
    apart = instance.device_xy[t, k] - decision.uav_xy[t, uav]
    squared = np.vecdot(apart, apart)
    link, request = uav_link(instance, t, k, np.full(t.shape, uav), squared), request_of(instance, t, k)
    power_w, walk_m = decision.power[t, k], instance.device_walk_m[t, k]
    slant = mean_squared_distance(squared, walk_m) + instance.uav_altitude_m[uav] ** 2
    up = rate_tangent(power_w, link, slant, instance.path_loss_exponent)
    down = rate_tangent(link.transmit_w, link, slant, instance.path_loss_exponent)
    up_s = transmission_time(request.input_bits, up.rate_bps)
    down_s = transmission_time(request.output_words * request.bits_per_word, down.rate_bps)
    up_price = instance.latency_weight + instance.energy_weight * instance.device_energy_weight * power_w
    down_price = instance.latency_weight + instance.energy_weight * link.transmit_w
    return Served(
        t,
        apart,
        walk_m / 2,
        up_s,
        -up.slope / up.rate_bps,
        up_price * up_s,
        down_s,
        -down.slope / down.rate_bps,
        down_price * down_s,
        instance.max_latency_s[t, k] - inference_time(request.output_words, link.flop_per_word, link.flops),
    )


def longest_growth(tasks: Served) -> np.ndarray:
    """Return how much s may grow [m²] until the surrogate latency meets its limit.

    The surrogate rises with s, so its limit is one on s: the lesser root δ of the quadratic
    u / (1 − aδ) + w / (1 − bδ) = left.
    """
    u, a, w, b, left = tasks.up_s, tasks.up_fall, tasks.down_s, tasks.down_fall, tasks.left_s
    square, linear, constant = left * a * b, u * b + w * a - left * (a + b), left - u - w
    root = np.sqrt(np.maximum(linear**2 - 4 * square * constant, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        growth = 2 * constant / (root - linear)
    return np.where(a + b > 0, np.maximum(np.nan_to_num(growth), 0.0), np.inf)


class TrajectoryBlock:
    """Better paths for given servers and powers, by CVXPY, one UAV at a time.

    Parameters
    ----------
    instance : Instance
        A slot has as many entries as a UAV admits tasks, used or not, so the shape never changes.
    """

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.places = max(1, int(min(instance.uav_capacity.max(initial=0), instance.devices)))
        slots, entries = instance.slots_count, instance.slots_count * self.places
        self.move, self.moved_sq = cp.Variable((slots, 2)), cp.Variable(slots)  # d and v
        self.growth = cp.Variable(entries)  # of the squared distance
        self.up, self.down = cp.Variable(entries), cp.Variable(entries)  # times, in units of the present ones
        self.here, self.start, self.reach = cp.Parameter((slots, 2)), cp.Parameter((1, 2)), cp.Parameter(nonneg=True)
        self.apart = cp.Parameter((entries, 2))  # w − q
        self.most_growth = cp.Parameter(entries)
        self.up_fall, self.down_fall = cp.Parameter(entries, nonneg=True), cp.Parameter(entries, nonneg=True)
        self.up_weight, self.down_weight = cp.Parameter(entries, nonneg=True), cp.Parameter(entries, nonneg=True)
        cost = self.up_weight @ self.up + self.down_weight @ self.down + STAY * cp.sum(self.moved_sq)
        constraints = self._flight_constraints() + self._link_constraints()
        self.compiled = CompiledProblem(cp.Problem(cp.Minimize(cost), constraints))

    def _flight_constraints(self) -> list[cp.Constraint]:
        slots = self.instance.slots_count
        path = cp.vstack([self.start, self.here + self.move])
        squares = cp.hstack([2 * self.move, cp.reshape(self.moved_sq - 1, (slots, 1), order="C")])
        return [
            cp.SOC(self.reach * np.ones(slots), path[1:] - path[:-1], axis=1),
            path[1:] >= 0,
            path[1:] <= self.instance.area_m[None] / UNIT_M,
            cp.SOC(self.moved_sq + 1, squares, axis=1),
        ]

    def _link_constraints(self) -> list[cp.Constraint]:
        slot = np.repeat(np.arange(self.instance.slots_count), self.places)
        move = self.move[slot]
        nearer = cp.multiply(self.apart[:, 0], move[:, 0]) + cp.multiply(self.apart[:, 1], move[:, 1])
        return [
            self.growth >= self.moved_sq[slot] - 2 * nearer,
            self.growth <= self.most_growth,
            _inverse(self.up, 1 - cp.multiply(self.up_fall, self.growth)),
            _inverse(self.down, 1 - cp.multiply(self.down_fall, self.growth)),
        ]

    def solve(self, decision: Decision, uav: int, budget: Budget) -> np.ndarray:
        """Return a path (T, 2) [m] of one UAV that serves the same tasks at the same powers, at least surrogate cost.

        It is the present path if the UAV serves nobody or cannot move.

        Raises
        ------
        BlockFailedError
            If there is no accurate solution in time.
        """
        tasks = served_tasks(self.instance, decision, uav)
        if not (len(tasks.t) and self.instance.reach_m[uav] > 0):
            return decision.uav_xy[:, uav]
        self.here.value = decision.uav_xy[:, uav] / UNIT_M
        self.start.value = self.instance.uav_start_xy[uav : uav + 1] / UNIT_M
        self.reach.value = self.instance.reach_m[uav] / UNIT_M * (1 - SAFETY)
        self._set_links(tasks, self.instance.uav_radius_m[uav] * (1 - SAFETY))
        self.compiled.solve(budget)
        path, one = decision.uav_xy[:, uav] + UNIT_M * self.move.value, slice(uav, uav + 1)
        world = self.instance  # the solver keeps reach and area to its tolerance, the decision must exactly
        return flown(path[:, None], world.uav_start_xy[one], world.reach_m[one], world.area_m)[:, 0]

    def _set_links(self, tasks: Served, radius_m: float) -> None:
        lost_m2 = tasks.half_walk_m * (2 * radius_m - tasks.half_walk_m)  # (R - Δ/2)² = R² - that, R² to the bit if 0
        covered_growth = radius_m**2 - lost_m2 - np.vecdot(tasks.apart_m, tasks.apart_m)
        growth = np.maximum(np.minimum(covered_growth, longest_growth(tasks)), 0.0)
        stake = max(float((tasks.up_cost + tasks.down_cost).sum()), 1e-12)
        rank = np.arange(len(tasks.t)) - np.searchsorted(tasks.t, tasks.t)
        entry = tasks.t * self.places + rank
        for parameter, values, idle in (
            (self.apart, tasks.apart_m / UNIT_M, 0.0),
            (self.most_growth, growth / UNIT_M**2, 1e3),
            (self.up_fall, tasks.up_fall * UNIT_M**2, 0.0),
            (self.down_fall, tasks.down_fall * UNIT_M**2, 0.0),
            (self.up_weight, tasks.up_cost / stake, IDLE_WEIGHT),
            (self.down_weight, tasks.down_cost / stake, IDLE_WEIGHT),
        ):
            full = np.full(parameter.shape, idle)
            full[entry] = values
            parameter.value = full


def _inverse(time: cp.Expression, speed: cp.Expression) -> cp.Constraint:
    """Constrain time >= 1 / speed, elementwise: time · speed >= 1 as a quadratic cone."""
    return cp.SOC(time + speed, cp.vstack([np.full(time.shape, 2.0), time - speed]), axis=0)
