"""horizon: its moves against enumeration, its books against the evaluator, and the solver as a whole."""

import time
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skyedge.problem import (
    Instance,
    Scenario,
    assigned_power,
    best_assignment,
    evaluate,
    generate,
    score_slots,
    server_costs,
)
from skyedge.solvers import solve
from skyedge.solvers.common.plans import assigned
from skyedge.solvers.machinery.placement.incremental_plan import IncrementalPlan, Window
from skyedge.solvers.machinery.placement.lattice import Lattice
from skyedge.solvers.machinery.placement.reassignment import join, leave, total_cost
from skyedge.solvers.machinery.placement.window_search import WindowSearch
from tests.worlds import change, generators, random_world

PAPER = Scenario.preset("paper")
PRESETS = ("paper", "battery", "congested", "hotspot")
QUICK = "horizon[rounds=2,variants=3]"


def never() -> bool:
    return False


def world(preset: str = "paper", seed: int = 0, slots: int = 6, **changes) -> Instance:
    return generate(Scenario.preset(preset).replace(slots=slots, **changes), seed)


def slow(rng: np.random.Generator, slots: int) -> Instance:
    """A random world in which a lattice of 60 m cannot be crossed in one slot."""
    instance = random_world(rng, devices=6, uavs=3, satellites=1, slots=slots)
    return change(instance, uav_speed_mps=100.0 / instance.slot_s * np.ones(3))


def grid(instance: Instance, window: Window) -> Lattice:
    """Three by three points, the same in all slots, near the middle of the area."""
    corner = np.tile(instance.area_m / 2 - 60.0, (window.length, 1))
    return Lattice(corner, 60.0, 3, 3)


def exact(instance: Instance, plan: IncrementalPlan) -> np.ndarray:
    """Cost of each slot by the evaluator, at the plan's positions, flyable or not."""
    costs = server_costs(instance, plan.uav_xy)
    server = best_assignment(costs.cost, instance.server_capacity, instance.unserved_penalty)
    return score_slots(instance, server, assigned_power(costs, server), plan.uav_xy).cost


def flyable(instance: Instance, paths: np.ndarray) -> bool:
    """Whether no move of paths (T, M, 2) is too long."""
    legs = np.diff(np.concatenate([instance.uav_start_xy[None], paths]), axis=0)
    return bool((np.linalg.norm(legs, axis=-1) <= instance.reach_m + 1e-6).all())


def centred(instance: Instance) -> Instance:
    """The same world, its UAVs starting near the middle."""
    shift = np.array([[-30.0, 0.0], [0.0, 30.0], [30.0, -30.0]])[: instance.uavs]
    return change(instance, uav_start_xy=instance.area_m / 2 + shift)


# --- assignments, kept up to date


@settings(max_examples=60, deadline=None)
@given(generators())
def test_an_assignment_stays_optimal_when_a_uav_leaves_and_joins_elsewhere(rng):
    devices, servers, penalty = 7, 4, 5.0
    cost = np.where(rng.random((devices, servers)) < 0.3, np.inf, rng.uniform(0, 6, (devices, servers)))
    capacity = rng.integers(0, 4, servers)

    def least(table):
        server = best_assignment(table, capacity, penalty)
        return np.where(server >= 0, np.take_along_axis(table, np.maximum(server, 0)[:, None], 1)[:, 0], penalty).sum()

    server = best_assignment(cost, capacity, penalty)
    server = np.where(server < 0, servers, server)
    table = np.column_stack([cost, np.full(devices, penalty)])
    places = np.append(capacity, devices)
    for _ in range(4):
        uav = int(rng.integers(servers))
        leave(table, server, places, uav)
        assert total_cost(table, server) == pytest.approx(least(table[:, :servers]), abs=1e-9)
        table[:, uav] = np.where(rng.random(devices) < 0.3, np.inf, rng.uniform(0, 6, devices))
        join(table, server, uav, int(capacity[uav]))
        assert total_cost(table, server) == pytest.approx(least(table[:, :servers]), abs=1e-9)
        assert (np.bincount(server, minlength=servers + 1) <= places).all()


# --- moves, against enumeration


@settings(max_examples=12, deadline=None)
@given(generators(), st.sampled_from([Window(0, 3), Window(1, 4), Window(2, 5)]))
def test_the_best_path_through_a_window_is_that_of_enumeration(rng, window):
    instance = centred(slow(rng, slots=5))
    plan, uav = IncrementalPlan(instance), int(rng.integers(3))
    survey = plan.survey(uav, window, grid(instance, window))
    points, least, paths = survey.points[0], np.inf, plan.uav_xy.copy()
    slot_costs = np.empty((5, len(points)))
    for c, point in enumerate(points):
        there = plan.uav_xy.copy()
        there[:, uav] = point
        slot_costs[:, c] = exact(instance, IncrementalPlan(instance, there))
    for route in product(range(len(points)), repeat=window.length):
        paths[window.slots, uav] = points[list(route)]
        if flyable(instance, paths):
            least = min(least, slot_costs[range(window.first, window.end), route].sum())
    plan.remove(uav, window)
    assert plan.fly(uav, window, survey) == np.isfinite(least)
    if np.isfinite(least):
        assert plan.cost_of(window) == pytest.approx(least, abs=1e-9)
        assert flyable(instance, plan.uav_xy)


@settings(max_examples=12, deadline=None)
@given(generators(), st.sampled_from([Window(0, 2), Window(1, 3)]))
def test_the_best_joint_paths_are_those_of_enumeration(rng, window):
    instance = centred(slow(rng, slots=3))
    plan, uavs, count = IncrementalPlan(instance), np.array([0, 2]), 3
    candidates = instance.area_m / 2 + rng.uniform(-90, 90, (window.length, len(uavs), count, 2))
    candidates[:, :, 0] = plan.uav_xy[window.slots, uavs]
    least, slots = np.inf, np.arange(window.length)
    for route in product(range(count), repeat=window.length * len(uavs)):
        chosen, paths = np.reshape(route, (window.length, len(uavs))), plan.uav_xy.copy()
        for u, uav in enumerate(uavs):
            paths[window.slots, uav] = candidates[slots, u, chosen[:, u]]
        if flyable(instance, paths):
            least = min(least, exact(instance, IncrementalPlan(instance, paths))[window.slots].sum())
    for uav in uavs.tolist():
        plan.remove(uav, window)
    assert plan.fly_together(uavs, window, candidates)
    assert plan.cost_of(window) == pytest.approx(least, abs=1e-9)
    assert flyable(instance, plan.uav_xy)


def test_a_window_that_cannot_be_crossed_over_a_lattice_is_left_alone():
    instance = world(slots=6, uav_speed_mps=1.0)
    plan, window = IncrementalPlan(instance), Window(2, 4)
    survey = plan.survey(0, window, Lattice(np.full((2, 2), 450.0), 10.0, 2, 2))
    plan.remove(0, window)
    assert not plan.fly(0, window, survey)


# --- books


@settings(max_examples=15, deadline=None)
@given(generators(), st.sampled_from(PRESETS))
def test_after_any_moves_paths_are_flyable_and_the_books_are_those_of_the_evaluator(rng, preset):
    instance = world(preset, int(rng.integers(100)), slots=8)
    plan = IncrementalPlan(instance)
    moves = WindowSearch(plan, 2, rng, never)
    for _ in range(6):
        window = moves.window(2, 6)
        moves.search(window, moves.neighbours(window), present=bool(rng.random() < 0.5))
        fresh = assigned(instance, plan.uav_xy)
        fresh.decision.check(instance)
        assert plan.slot_cost == pytest.approx(exact(instance, plan), abs=1e-9)
        assert plan.total == pytest.approx(fresh.cost, abs=1e-9)


def test_a_search_that_keeps_the_present_paths_is_never_dearer():
    instance, rng = world("congested", slots=12), np.random.default_rng(0)
    plan = IncrementalPlan(instance)
    moves = WindowSearch(plan, 3, rng, never)
    for _ in range(10):
        before, window = plan.total, moves.window(3, 12)
        moves.search(window, moves.neighbours(window))
        assert plan.total <= before + 1e-9


def test_what_is_restored_is_as_it_was():
    instance, window = world(slots=6), Window(1, 5)
    plan = IncrementalPlan(instance)
    kept = [array.copy() for array in (plan.uav_xy, plan.cost, plan.server, plan.slot_cost)]
    snapshot = plan.save(window)
    plan.remove(1, window)
    assert plan.total > kept[3].sum()
    plan.restore(snapshot)
    for array, before in zip((plan.uav_xy, plan.cost, plan.server, plan.slot_cost), kept, strict=True):
        assert np.array_equal(array, before)


# --- the solver


@pytest.mark.parametrize("preset", PRESETS)
def test_it_is_cheaper_than_every_online_solver_and_above_its_bound(preset):
    instance = world(preset, slots=8)
    solution = solve("horizon[rounds=2,variants=4]", instance)
    cost = evaluate(instance, solution.decision).cost
    assert solution.bound <= cost + 1e-9
    for name in ("kmeans", "myopic", "greedy-mobile"):
        assert cost <= evaluate(instance, solve(name, instance).decision).cost + 1e-9


def test_more_rounds_only_help():
    instance = world(slots=10)
    costs = [
        evaluate(instance, solve(f"horizon[rounds={rounds},variants=2]", instance).decision).cost
        for rounds in (0, 1, 3)
    ]
    hovering = assigned(instance, np.tile(instance.uav_start_xy, (10, 1, 1))).cost
    assert costs == sorted(costs, reverse=True)
    assert costs[0] < hovering


def test_the_seed_alone_decides():
    instance = world("hotspot", slots=10)
    same = [solve(QUICK, instance, seed=3).decision.uav_xy for _ in range(2)]
    assert np.array_equal(*same)
    assert not np.array_equal(same[0], solve(QUICK, instance, seed=4).decision.uav_xy)


@pytest.mark.parametrize("seconds", [1e-9, 0.05, 1.0])
def test_out_of_time_the_best_so_far_is_kept(seconds):
    instance = world(slots=50)
    solve(QUICK, world(slots=4))  # compile
    started = time.perf_counter()
    solution = solve("horizon", instance, seconds=seconds)
    assert time.perf_counter() - started < seconds + 2
    assert solution.status == "feasible"
    assert any("out of time" in line for line in solution.log)
    if seconds >= 0.05:
        hovering = assigned(instance, np.tile(instance.uav_start_xy, (50, 1, 1)))
        assert evaluate(instance, solution.decision).cost <= hovering.cost + 1e-9


@pytest.mark.parametrize(
    "changes",
    [
        {"uavs": 0},
        {"satellites": 0},
        {"uav_speed_mps": 0},
        {"uav_capacity": 0},
        {"slots": 1},
        {"uavs": 1, "devices": 1},
    ],
    ids=str,
)
def test_extreme_worlds_are_solved(changes):
    instance = generate(PAPER.replace(**({"slots": 4} | changes)), 0)
    solution = solve(QUICK, instance)
    assert solution.status in ("feasible", "optimal"), solution.log
    assert evaluate(instance, solution.decision).cost >= (solution.bound or 0) - 1e-9


def test_a_slow_uav_in_a_wide_world_still_moves():
    instance = world("large", slots=5, uav_speed_mps=0.5, devices=20)
    decision = solve("horizon[rounds=4,variants=3]", instance).decision
    assert (decision.uav_xy != instance.uav_start_xy).any()


@settings(max_examples=10, deadline=None)
@given(generators())
def test_with_nothing_to_move_it_is_the_exact_assignment(rng):
    instance = random_world(rng, devices=5, uavs=2, satellites=2, slots=2)
    instance = change(instance, uav_speed_mps=np.zeros(2))
    solution = solve("horizon", instance)
    here = np.tile(instance.uav_start_xy, (2, 1, 1))
    costs = server_costs(instance, here)
    server = best_assignment(costs.cost, instance.server_capacity, instance.unserved_penalty)
    assert np.array_equal(solution.decision.server, server)
    assert np.array_equal(solution.decision.uav_xy, here)
