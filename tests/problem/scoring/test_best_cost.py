"""The closed-form best power against everything else that finds a minimum of one variable.

Each case of `tasks_on_servers` is cost(p) = ω1 T(p) + ω2 E(p) with T(p) = D/(B log2(1 + γp)) + fixed, taken from the
oracle: at infinite power the radio uplink takes no time, so what the oracle says there is the fixed part.
"""

import math
from functools import cache
from typing import NamedTuple

import numpy as np
import pytest
from scipy.optimize import brentq, minimize_scalar

from skyedge.problem import Decision, best_cost, evaluate, server_costs
from tests import oracle
from tests.worlds import FORECAST_SLOTS, Instance, change, hand_world, random_constants, random_slots

SLOTS, DEVICES, UAVS, SATELLITES = 5, 10, 5, 5
WORLDS = 40  # of 250 pairs of task and UAV and as many of task and satellite
RHOS = (0.0, 1e-2, 1.0, 100.0, 1e4)


class Tasks(NamedTuple):
    """Tasks on servers, one an entry: how the cost depends on the power, and what limits it."""

    t: np.ndarray
    k: np.ndarray
    server: np.ndarray
    squared_distance: np.ndarray
    bits: np.ndarray
    bandwidth_hz: np.ndarray
    snr_per_watt: np.ndarray
    fixed_s: np.ndarray
    fixed_j: np.ndarray
    limit_s: np.ndarray  # 0 where C2 or C3 forbids the server
    max_power_w: np.ndarray
    latency_weight: np.ndarray
    energy_weight: np.ndarray
    device_weight: np.ndarray

    def pick(self, index):
        return Tasks(*(column[index] for column in self))

    def latency_s(self, power):
        """T(p), for powers (cases,) or (cases, grid)."""
        bits, bandwidth, snr, fixed = self.columns(power, "bits", "bandwidth_hz", "snr_per_watt", "fixed_s")
        with np.errstate(divide="ignore", invalid="ignore"):
            return bits * math.log(2) / (bandwidth * np.log1p(snr * power)) + fixed

    def cost(self, power):
        """ω1 T + ω2 E where the limit holds, inf elsewhere."""
        latency = self.latency_s(power)
        names = ("fixed_s", "fixed_j", "limit_s", "latency_weight", "energy_weight", "device_weight")
        fixed_s, fixed_j, limit_s, omega1, omega2, rho = self.columns(power, *names)
        with np.errstate(invalid="ignore"):
            cost = omega1 * latency + omega2 * (rho * power * (latency - fixed_s) + fixed_j)
        return np.where(latency <= limit_s, cost, np.inf)

    def columns(self, power, *names):
        return (getattr(self, name).reshape(-1, *[1] * (np.ndim(power) - 1)) for name in names)


def wide_world(rng: np.random.Generator) -> Instance:
    """A random world whose parameters span many orders of magnitude."""

    def spread(low, high, *shape):
        return 10 ** rng.uniform(low, high, shape)

    constants = random_constants(rng, DEVICES, UAVS, SATELLITES) | {
        "device_energy_weight": rng.choice(RHOS),
        "latency_weight": rng.choice([0.0, 0.01, 0.5, 0.5]),
        "energy_weight": rng.choice([0.0, 0.0125, 0.0125, 10.0]),
        "bits_per_word": rng.choice([0.0, 32.0]),
        "max_power_w": spread(-3, 1, DEVICES),
        "uav_bandwidth_hz": spread(4, 8, UAVS),
        "sat_bandwidth_hz": spread(4, 8, SATELLITES),
        "uav_flop_per_word": 14e9 * rng.integers(0, 2, UAVS),
        "sat_flop_per_word": 26e9 * rng.integers(0, 2, SATELLITES),
        "uav_capacity": np.full(UAVS, DEVICES),
        "sat_capacity": np.full(SATELLITES, DEVICES),
    }
    slots = random_slots(rng, constants, SLOTS) | {
        "active": np.ones((SLOTS, DEVICES), bool),
        "input_bits": spread(3, 8, SLOTS, DEVICES),
        "max_latency_s": spread(-1, 4, SLOTS, DEVICES),
        "sat_window_s": spread(-1, 4, SLOTS, DEVICES, SATELLITES),
        "uav_fading": spread(-10, 7, SLOTS, DEVICES, UAVS) * (rng.random((SLOTS, DEVICES, UAVS)) > 0.02),
        "sat_gain": spread(-22, -5, SLOTS, DEVICES, SATELLITES),
    }
    start = rng.uniform(0, constants["area_m"], (UAVS, 2))
    rates = np.ones((SLOTS + FORECAST_SLOTS, DEVICES))
    return tighten(rng, Instance(**constants, **slots, uav_start_xy=start, arrival_rate=rates, scenario=None))


def tighten(rng: np.random.Generator, world: Instance) -> Instance:
    """Give half of the tasks a deadline that one of their servers just meets, or just misses, at full power."""
    tasks = tasks_on_servers(world, random_squared_distances(rng, world))
    fastest_s = tasks.latency_s(tasks.max_power_w).reshape(SLOTS, DEVICES, -1)
    chosen = rng.integers(0, UAVS + SATELLITES, (SLOTS, DEVICES, 1))
    fastest_s = np.take_along_axis(fastest_s, chosen, axis=-1)[..., 0]
    margin = 1 + rng.choice([-1, 1, 1, 1], fastest_s.shape) * 10 ** rng.uniform(-6, -0.5, fastest_s.shape)
    tight = (rng.random(fastest_s.shape) < 0.5) & np.isfinite(fastest_s)
    return change(world, max_latency_s=np.where(tight, margin * fastest_s, world.max_latency_s))


def random_squared_distances(rng, world):
    """Squared distances of all tasks to all UAVs, the same for satellites, shape (T, K, M+N)."""
    radius = np.concatenate([world.uav_radius_m, np.zeros(SATELLITES)])
    return (radius * rng.uniform(0, 1.1, (SLOTS, DEVICES, UAVS + SATELLITES))) ** 2


def tasks_on_servers(world: Instance, squared_distance: np.ndarray) -> Tasks:
    """Every task on every server, in the order of the squared distances (T, K, M+N)."""
    rows = []
    for t in range(world.slots_count):
        slot = oracle.plain_slot(world, t)
        rows += [
            (t, k, j, squared_distance[t, k, j], *one_variable(slot, k, j, squared_distance[t, k, j]))
            for k in range(world.devices)
            for j in range(world.servers)
        ]
    return Tasks(*(np.array(column) for column in zip(*rows, strict=True)))


def one_variable(slot, k: int, j: int, squared_distance: float):
    """What the cost of device k on server j depends on, but for the power."""
    limit_s = slot.max_latency_s[k]
    uavs = len(slot.uav_flops)
    if j < uavs:
        x, y = slot.device_xy[k]
        q = [x + math.sqrt(squared_distance), y]
        link, gain = oracle.uav_link(slot, k, j, math.inf, q), oracle.uav_gain(slot, k, j, q)
        accuracy, bandwidth = slot.uav_accuracy[j], slot.uav_bandwidth_hz[j]
        allowed = math.sqrt(squared_distance) <= slot.uav_radius_m[j]
    else:
        access = slot.sat_access[k][j - uavs]
        link, gain = oracle.satellite_link(slot, k, j - uavs, access, math.inf), slot.sat_gain[k][access]
        accuracy, bandwidth = slot.sat_accuracy[j - uavs], slot.sat_bandwidth_hz[access]
        allowed = access != -1
        limit_s = min(limit_s, slot.sat_window_s[k][access])
    if not allowed or accuracy < slot.min_accuracy[k]:
        limit_s = 0.0
    weights = slot.latency_weight, slot.energy_weight, slot.device_energy_weight
    snr_per_watt = gain / (bandwidth * slot.noise_psd)
    return (
        slot.input_bits[k],
        bandwidth,
        snr_per_watt,
        link.latency_s,
        link.other_j,
        limit_s,
        slot.max_power_w[k],
        *weights,
    )


@cache
def all_cases():
    """What `best_cost` says about 20 000 tasks on servers, and the tasks."""
    rng = np.random.default_rng(7)
    tasks, answers = [], []
    for _ in range(WORLDS):
        world = wide_world(rng)
        squared_distance = random_squared_distances(rng, world)
        tasks.append(tasks_on_servers(world, squared_distance))
        answers.append(best_cost(world, *tasks[-1][:4]))
    return (
        Tasks(*(np.concatenate(column) for column in zip(*tasks, strict=True))),
        *(np.concatenate(column) for column in zip(*answers, strict=True)),
    )


def grid_minimum(tasks: Tasks) -> np.ndarray:
    """The least cost on a grid of powers over eighteen decades, refined three times around its best point."""
    shares = np.concatenate([np.geomspace(1e-18, 1.0, 900), np.linspace(0.001, 1.0, 400)])
    grid = np.sort(shares) * tasks.max_power_w[:, None]
    for _ in range(4):
        cost = tasks.cost(grid)
        best = np.argmin(cost, axis=1)
        low, high = (
            np.take_along_axis(grid, np.clip(best + step, 0, grid.shape[1] - 1)[:, None], axis=1) for step in (-1, 1)
        )
        grid = low + np.linspace(0, 1, 101) * (high - low)
    return np.minimum(cost.min(axis=1), tasks.cost(tasks.max_power_w))


def test_the_cases_are_many_and_of_every_kind():
    tasks, _, power, feasible = all_cases()
    snr = tasks.snr_per_watt * tasks.max_power_w
    share = power[feasible] / tasks.max_power_w[feasible]
    interior = (share > 0) & (share < 1)
    at_the_limit = np.isclose(tasks.latency_s(power), tasks.limit_s, rtol=1e-9, atol=0.0)[feasible]
    assert len(feasible) >= 10_000
    assert 0.25 < feasible.mean() < 0.75
    assert (interior & ~at_the_limit).sum() > 500
    assert (interior & at_the_limit).sum() > 100
    assert (share == 1).sum() > 1000
    assert (feasible & (snr < 1e-3)).sum() > 100
    assert (feasible & (snr > 1e9)).sum() > 100
    assert {*RHOS} == {*tasks.device_weight[feasible]}


def test_no_grid_power_beats_the_best_cost():
    tasks, cost, _, feasible = all_cases()
    for part in np.array_split(np.flatnonzero(feasible), 20):
        least = grid_minimum(tasks.pick(part))
        assert np.all(cost[part] <= least * (1 + 1e-9))
        assert np.all(cost[part] >= least * (1 - 1e-6))  # or the grid is no match for it


def test_a_task_is_infeasible_exactly_when_no_power_will_do():
    tasks, cost, _, feasible = all_cases()
    possible = np.isfinite(tasks.cost(tasks.max_power_w))  # latency falls with power, so full power decides
    assert np.array_equal(feasible, possible)
    assert np.array_equal(np.isfinite(cost), feasible)
    assert not np.isfinite(grid_minimum(tasks.pick(np.flatnonzero(~feasible)[:2000]))).any()


def test_the_returned_power_is_allowed_and_gives_the_returned_cost():
    tasks, cost, power, feasible = all_cases()
    tasks, cost, power = tasks.pick(feasible), cost[feasible], power[feasible]
    assert np.all((power >= 0) & (power <= tasks.max_power_w))
    within = tasks._replace(limit_s=tasks.limit_s * (1 + 1e-9))
    np.testing.assert_allclose(within.cost(power), cost, rtol=1e-9)


def test_scipy_finds_the_same_minimum():
    tasks, cost, _, feasible = all_cases()
    sample = np.random.default_rng(0).choice(np.flatnonzero(feasible), 300, replace=False)
    for case in sample:
        one = tasks.pick([case])
        top = math.log(one.max_power_w[0])
        bottom = top - 40.0

        def slack(log_power, one=one):
            return float(np.log(one.latency_s(np.exp([log_power])) / one.limit_s)[0])

        if slack(bottom) > 0:
            bottom = brentq(slack, bottom, top, xtol=1e-14) if slack(top) < 0 else top
        relaxed = one._replace(limit_s=one.limit_s * (1 + 1e-9))
        found = minimize_scalar(
            lambda log_power, relaxed=relaxed: float(relaxed.cost(np.exp([log_power]))[0]),
            bounds=(bottom, max(top, bottom)),
            method="bounded",
            options={"xatol": 1e-12, "maxiter": 1000},
        )
        ends = [float(relaxed.cost(np.exp([end]))[0]) for end in (bottom, top)]
        assert cost[case] == pytest.approx(min(found.fun, *ends), rel=1e-8)


def test_the_evaluator_serves_every_feasible_task_at_its_best_cost():
    rng = np.random.default_rng(11)
    served = 0
    for _ in range(20):
        world = wide_world(rng)
        uav_xy = rng.uniform(0, world.area_m, (SLOTS, UAVS, 2))
        squared = np.sum((world.device_xy[:, :, None] - uav_xy[:, None]) ** 2, axis=-1)
        squared = np.concatenate([squared, np.full((SLOTS, DEVICES, SATELLITES), np.nan)], axis=-1)
        t, k, j = np.indices(squared.shape)
        cost, power, feasible = best_cost(world, t, k, j, squared)
        server = np.argmax(feasible * rng.random(feasible.shape), axis=-1)
        possible = feasible.any(axis=-1)
        chosen_power = np.take_along_axis(power, server[..., None], axis=-1)[..., 0]
        score = evaluate(world, Decision(np.where(possible, server, -1), np.where(possible, chosen_power, 0.0), uav_xy))
        assert np.array_equal(score.served, possible)
        chosen_cost = np.take_along_axis(cost, server[..., None], axis=-1)[..., 0]
        np.testing.assert_allclose(score.task_cost[possible], chosen_cost[possible], rtol=1e-9)
        served += possible.sum()
    assert served > 300


def test_server_costs_are_the_best_costs_at_given_positions():
    rng = np.random.default_rng(12)
    world = wide_world(rng)
    world = change(world, active=rng.random((SLOTS, DEVICES)) < 0.5)
    uav_xy = rng.uniform(0, world.area_m, (SLOTS, UAVS, 2))
    squared = np.sum((world.device_xy[:, :, None] - uav_xy[:, None]) ** 2, axis=-1)
    squared = np.concatenate([squared, np.zeros((SLOTS, DEVICES, SATELLITES))], axis=-1)
    table = server_costs(world, uav_xy)
    single = best_cost(world, *np.indices(squared.shape), squared)
    active = np.broadcast_to(world.active[..., None], squared.shape)
    assert not table.feasible[~active].any()
    assert np.isinf(table.cost[~table.feasible]).all()
    assert np.array_equal(table.feasible[active], single.feasible[active])
    np.testing.assert_allclose(table.cost[active], single.cost[active], rtol=1e-12)
    np.testing.assert_allclose(table.power[table.feasible], single.power[table.feasible], rtol=1e-9)
    one_slot = server_costs(world.at(2), uav_xy[2])
    many_positions = server_costs(world.at(2), uav_xy)
    np.testing.assert_array_equal(one_slot.cost, table.cost[2])
    np.testing.assert_array_equal(many_positions.cost[2], table.cost[2])


def test_the_cost_on_a_uav_never_falls_with_the_distance():
    rng = np.random.default_rng(13)
    for _ in range(20):
        world = wide_world(rng)
        squared = np.linspace(0, (1.2 * world.uav_radius_m.max()) ** 2, 500)
        t, k, m = (index[..., None] for index in np.indices((SLOTS, DEVICES, UAVS)))
        cost, _, feasible = best_cost(world, t, k, m, squared)
        nearer, farther = cost[..., :-1], cost[..., 1:]
        assert np.all(farther >= nearer * (1 - 1e-12))
        assert np.all(feasible[..., :-1] | ~feasible[..., 1:])  # beyond the threshold, never again


# the stationary point, u (ln u - 1) = x - 1 with x = γ ω1 / (ω2 ρ), near the branch point x = 0


def optimal_snr(x: float) -> float:
    """The root v = u - 1 of (1 + v) ln(1 + v) - v = x; from its power series where the terms cancel."""

    def excess(log_snr: float) -> float:
        v = math.exp(log_snr)
        if v < 0.1:
            return math.log(sum((-v) ** n / (n * (n - 1)) for n in range(2, 25)) / x)
        return math.log(((1 + v) * math.log1p(v) - v) / x)

    return math.exp(brentq(excess, -30, 40, xtol=1e-14))


@pytest.mark.parametrize("x", [*np.logspace(-16, 6, 23), 0.9e-4, 0.99e-4, 1.01e-4, 1.1e-4, 1 - 1e-9, 1.0, 1 + 1e-9])
@pytest.mark.parametrize("full_snr_over_optimum", [1.001, 30.0, 1e5])
def test_the_best_power_is_the_stationary_point_from_the_branch_point_on(x, full_snr_over_optimum):
    snr = optimal_snr(x)
    gamma = full_snr_over_optimum * snr  # at a full power of 1 W
    rho = 3.0
    world = hand_world(
        uav_flop_per_word=np.array([0.0]),
        bits_per_word=0.0,
        input_bits=np.array([[1e3, 1e3]]),
        max_latency_s=np.array([[1e30, 1e30]]),
        max_power_w=np.array([1.0, 1.0]),
        uav_fading=np.full((1, 2, 1), gamma * 1e-12 * 125e3 / 5e-4),
        latency_weight=x / gamma * 0.02 * rho,
        energy_weight=0.02,
        device_energy_weight=rho,
    )
    cost, power, feasible = best_cost(world, 0, 0, 0, 40.0**2)
    seconds = 1e3 * math.log(2) / (1e6 * math.log1p(snr))
    assert feasible
    assert power == pytest.approx(snr / gamma, rel=1e-10)
    assert cost == pytest.approx(0.02 * rho * seconds * (x / gamma + snr / gamma), rel=1e-12)


def test_where_energy_is_free_the_best_power_is_the_highest():
    for free in ({"device_energy_weight": 0.0}, {"energy_weight": 0.0}):
        _, power, _ = best_cost(hand_world(**free), 0, 0, np.arange(3), 40.0**2)
        assert np.all(power == 0.021)


def test_where_time_is_free_the_best_power_just_meets_the_deadline():
    world = hand_world(latency_weight=0.0, max_latency_s=np.array([[1.5005, 10.0]]))
    cost, power, feasible = best_cost(world, 0, 0, 0, 40.0**2)
    assert feasible
    assert power == pytest.approx(0.005, rel=1e-9)  # which takes 1.5005 s
    assert cost == pytest.approx(0.02 * (0.005 + 25 * 0.5 + 0.085 * 0.0005), rel=1e-9)


def test_the_earlier_of_window_and_deadline_sets_the_least_power():
    window = np.full((1, 2, 2), 1.0 + 0.5 + 4 / 14e3)  # what 6 mW takes
    world = hand_world(latency_weight=0.0, sat_window_s=window)
    _, power, feasible = best_cost(world, 0, 0, 1, 0.0)
    assert feasible
    assert power == pytest.approx(0.006, rel=1e-9)


def test_an_impossible_deadline_is_infeasible_and_not_an_overflow():
    for limit_s in (1e-12, 0.5, 0.5005, 0.5005 + 1e-9, 0.5005 + 1e-3):  # 0.5005 s are gone before the uplink
        world = hand_world(max_latency_s=np.full((1, 2), limit_s))
        cost, power, feasible = best_cost(world, 0, 0, 0, 40.0**2)
        assert not feasible
        assert np.isinf(cost)
        assert np.isfinite(power)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("weights", [(0.5, 0.02), (0.5, 0.0), (0.0, 0.02), (0.0, 0.0)])
@pytest.mark.parametrize(
    "dead",
    [
        {"uav_fading": np.zeros((1, 2, 1)), "sat_gain": np.zeros((1, 2, 2))},
        {"max_power_w": np.zeros(2)},
        {"sat_access": np.full((1, 2, 2), -1), "uav_radius_m": np.array([30.0])},
    ],
    ids=["no gain", "no power", "no link"],
)
def test_a_dead_link_is_infeasible_without_a_warning(dead, weights):
    world = hand_world(latency_weight=weights[0], energy_weight=weights[1], **dead)
    cost, _, feasible = best_cost(world, 0, 0, np.arange(3), 40.0**2)
    assert not feasible.any()
    assert np.isinf(cost).all()
    table = server_costs(world, np.array([[[40.0, 0.0]]]))
    assert not table.feasible.any()
