"""The bound of the horizon: each ingredient against brute force, and the whole against decisions."""

import dataclasses
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skyedge.problem import Decision, Scenario, best_assignment, evaluate, generate, server_costs
from skyedge.solvers import Budget, solve
from skyedge.solvers.common.flight import flown
from skyedge.solvers.machinery.branch_and_price.cost_tables import slot_problem
from skyedge.solvers.machinery.lagrangian.ascent import HorizonBound, dual_bound
from skyedge.solvers.machinery.lagrangian.box_choices import keep_largest, list_choices
from skyedge.solvers.machinery.lagrangian.box_paths import area_cells, bounding_box, forward, half_widths, trace, within
from skyedge.solvers.machinery.lagrangian.box_values import Stage, fill_values, find_tied, served_from
from skyedge.solvers.machinery.lagrangian.cuts import Triples
from skyedge.solvers.machinery.lagrangian.dual import HorizonDual, RelaxedHorizon
from skyedge.solvers.slot_optimum import optimise_slot
from tests.worlds import change, generators, random_world

PAPER = Scenario.preset("paper")
MOVING = PAPER.replace(devices=6, uavs=2, satellites=2, slots=4)


def small_world(seed, **changes):
    return generate(MOVING.replace(**changes), seed)


def least_cost(instance, uav_xy):
    """Exact cost of a horizon at given positions (T, M, 2)."""
    costs = server_costs(instance, uav_xy).cost
    server = best_assignment(costs, instance.server_capacity, instance.unserved_penalty)
    chosen = np.take_along_axis(costs, np.maximum(server, 0)[..., None], axis=-1)[..., 0]
    return np.where(server >= 0, chosen, np.where(instance.active, instance.unserved_penalty, 0.0)).sum()


def prepared(instance):
    horizon = RelaxedHorizon(instance)
    for t in range(instance.slots_count):
        horizon.prepare(t)
    return horizon


def dual_over(horizon, size_m, members=None):
    members = np.empty((0, 3), np.int64) if members is None else members
    return HorizonDual(horizon, size_m, Triples(int(horizon.first[-1]), members), Budget())


def random_flight(rng, instance):
    """Positions (T, M, 2) that UAVs can fly to, at full speed more often than not."""
    wanted = rng.uniform(-100, instance.area_m + 100, (instance.slots_count, instance.uavs, 2))
    return flown(np.clip(wanted, 0, instance.area_m), instance.uav_start_xy, instance.reach_m, instance.area_m)


def enumerated(values, places, triples, weights):
    """Least sum over all sets of at most ``places`` values, weights of broken triples included."""
    return min(
        sum(values[i] for i in chosen)
        + sum(w for triple, w in zip(triples, weights, strict=True) if len(set(triple) & set(chosen)) >= 2)
        for size in range(places + 1)
        for chosen in combinations(range(len(values)), size)
    )


# ---- moves between boxes ----


@settings(max_examples=60, deadline=None)
@given(generators())
def test_every_possible_move_between_points_is_a_move_between_their_boxes(rng):
    area = rng.uniform(50, 400, 2)
    cells = area_cells(area, rng.uniform(7, 60))
    reach = rng.choice([0.0, rng.uniform(0, 150)])
    half = half_widths(cells, reach)
    start = rng.uniform(0, area, (200, 2))
    angle = rng.uniform(0, 2 * np.pi, 200)
    share = rng.choice([1.0, 1.0, 0.5], 200)[:, None]
    end = np.clip(start + share * reach * np.stack([np.cos(angle), np.sin(angle)], axis=-1), 0, area)
    size = np.array([cells.size_x, cells.size_y])
    crossed = np.abs((start + 1e-6) // size - (end + 1e-6) // size).astype(int)
    assert (crossed[:, 0] < len(half)).all()
    assert (crossed[:, 1] <= half[crossed[:, 0]]).all()


def test_a_move_of_exactly_the_reach_is_possible_and_a_longer_one_is_not():
    cells = area_cells(np.array([200.0, 200.0]), 10.0)  # boxes of 10.0000001 m
    assert half_widths(cells, 40.0).tolist() == [5, 5, 4, 4, 3, 1]  # gaps of 40 m fit, by the tolerance
    assert half_widths(cells, 0.0).tolist() == [1, 1]


def test_boxes_within_reach_of_the_start_are_those_with_a_point_within():
    rng = np.random.default_rng(0)
    area, start = np.array([300.0, 200.0]), np.array([40.0, 170.0])
    cells = area_cells(area, 13.0)
    reached = within(cells, start, 77.0)
    points = rng.uniform(0, area, (20000, 2))
    near = np.linalg.norm(points - start, axis=1) <= 77.0
    index = ((points + 1e-6) // [cells.size_x, cells.size_y]).astype(int)
    hit = np.zeros(cells.shape, bool)
    hit[tuple(index[near].T)] = True
    assert reached[hit].all()
    assert reached.sum() - hit.sum() <= 12  # those that no point happened to fall into


@pytest.mark.parametrize("seed", range(6))
def test_the_cheapest_path_over_boxes_is_that_of_plain_dynamic_programming(seed):
    rng = np.random.default_rng(seed)
    cells = area_cells(rng.uniform(100, 300, 2), rng.uniform(12, 40))
    half = half_widths(cells, rng.uniform(0, 90))
    values = -rng.random((5, *cells.shape)).astype(np.float32)
    for t in range(5):
        values[t][~within(cells, rng.uniform(0, 100, 2), 60.0 * (t + 1))] = np.inf
    boxes = np.array([bounding_box(np.isfinite(here)) for here in values])
    total = np.empty_like(values)
    forward(values, boxes, half, total)
    rows, columns = np.indices(cells.shape).reshape(2, -1)
    across, along = np.abs(rows[:, None] - rows), np.abs(columns[:, None] - columns)
    padded = np.append(half, np.full(cells.rows - len(half), -1)) if len(half) < cells.rows else half
    allowed = along <= padded[across]
    best = values[0].ravel()
    for t in range(1, 5):
        best = np.where(allowed, best, np.inf).min(axis=1) + values[t].ravel()
    low_i, high_i, low_j, high_j = boxes[-1]
    assert total[-1, low_i:high_i, low_j:high_j].min() == pytest.approx(best.min(), abs=1e-5)
    if np.isfinite(best.min()):
        path = trace(total, boxes, half)
        assert sum(values[t][tuple(at)] for t, at in enumerate(path)) == pytest.approx(best.min(), abs=1e-5)
        moved = np.abs(np.diff(path, axis=0))
        assert (moved[:, 1] <= padded[moved[:, 0]]).all()


# ---- values of boxes ----


def stage_of(choices, price, capacity, triples=(), weights=()):
    members = np.array(triples, np.int64).reshape(-1, 3)
    cuts = Triples(len(price), members).cuts(np.array(weights, float))
    return Stage(choices, find_tied(choices, cuts), price, cuts, capacity)


@pytest.mark.parametrize("capacity", [3, 4])
@pytest.mark.parametrize("with_cuts", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_no_point_of_a_box_is_worth_more_than_the_box(seed, with_cuts, capacity):
    instance = generate(PAPER.replace(slots=1, devices=18, min_accuracy=0.3, uav_radius_m=150), seed)
    slot = instance.at(0)
    problem = slot_problem(slot, instance.uav_start_xy, np.full(3, 1e6), 5e-4)
    tables, tasks = problem.tables[0], len(problem.tasks)
    rng = np.random.default_rng(seed)
    price = rng.uniform(0.9, 2.2, tasks)
    triples = list({tuple(sorted(rng.choice(tasks, 3, replace=False).tolist())) for _ in range(60 * with_cuts)})
    weights = rng.uniform(0, 0.8, len(triples))
    cells = area_cells(instance.area_m, 40.0)
    choices = list_choices(cells, np.ones(cells.shape, bool), tables)
    values = np.zeros(cells.rows * cells.columns, np.float32)
    fill_values(stage_of(choices, price, capacity, triples, weights), values)
    points = rng.uniform(0, 500, (4000, 2))
    points[:400] = np.round(points[:400] / 40) * 40  # corners too
    points = np.clip(points, 0, 500)
    reduced = server_costs(slot, np.repeat(points[:, None], 3, axis=1)).cost[:, problem.tasks, 0] - price
    box = ((points + 1e-6) // [cells.size_x, cells.size_y]).astype(int) @ [cells.columns, 1]
    for row, at in zip(reduced[:1200], box[:1200], strict=True):
        worth = np.flatnonzero(row < 0)
        inside = [(t, w) for t, w in zip(triples, weights, strict=True) if len(set(t) & set(worth.tolist())) >= 2]
        local = [tuple(np.flatnonzero(worth == k)[0] for k in t if k in worth) for t, _ in inside]
        assert values[at] <= enumerated(row[worth], capacity, local, [w for _, w in inside]) + 1e-6
    exact = np.sort(np.minimum(reduced, 0.0), axis=1)[:, :capacity].sum(axis=1)
    if not with_cuts:
        assert (values[box] <= exact + 1e-6).all()
        best = np.zeros(len(values))
        np.minimum.at(best, box, exact)
        assert (best - values).mean() < 0.6  # and not much less than the best point that was drawn


@pytest.mark.parametrize("capacity", [1, 2, 3, 4, 5])
def test_a_choice_with_cuts_is_worth_its_best_set_by_enumeration(capacity):
    rng = np.random.default_rng(capacity)
    for _ in range(40):
        tasks = int(rng.integers(2, 9))
        cost, price = rng.random(tasks), rng.random(tasks) + 0.3
        triples = list({tuple(sorted(rng.choice(tasks, 3, replace=False).tolist())) for _ in range(5 * (tasks > 2))})
        weights = rng.random(len(triples)) * rng.choice([0.1, 1.0])
        choices = one_choice(cost)
        stage = stage_of(choices, price, capacity, triples, weights)
        values = np.zeros(1, np.float32)
        fill_values(stage, values)
        expected = enumerated(cost - price, capacity, triples, weights)
        assert values[0] == pytest.approx(expected, abs=1e-6)
        served = [k for k in served_from(stage, np.zeros(1, np.int64))[0] if k >= 0]
        broken = [w for t, w in zip(triples, weights, strict=True) if len(set(t) & set(served)) >= 2]
        assert (cost - price)[served].sum() + sum(broken) == pytest.approx(expected, abs=1e-6)


def one_choice(cost):
    """One box with one choice of all tasks."""
    from skyedge.solvers.machinery.lagrangian.box_choices import Choices

    tasks = len(cost)
    return Choices(np.zeros(1, np.int32), np.array([0, tasks]), np.arange(tasks, dtype=np.int32), cost)


def test_a_choice_of_too_many_tasks_to_enumerate_is_bounded_without_its_weights():
    rng = np.random.default_rng(0)
    cost, price = rng.random(12), rng.random(12) + 0.3
    values = np.zeros(1, np.float32)
    fill_values(stage_of(one_choice(cost), price, 3, [(0, 1, 2)], [0.5]), values)
    assert values[0] == pytest.approx(np.sort(np.minimum(cost - price, 0))[:3].sum(), abs=1e-6)


def test_a_box_between_two_discs_offers_either_task_but_not_both():
    instance = generate(PAPER.replace(slots=1, devices=2, uavs=1, min_accuracy=0.3, arrival_rate=(9, 9)), 0)
    apart = 2 * 125.0 + 4.0  # nowhere are both within 125 m
    instance = change(instance, device_xy=np.array([[[100.0, 250.0], [100.0 + apart, 250.0]]]))
    tables = slot_problem(instance.at(0), instance.uav_start_xy, np.full(1, 1e6), 5e-4).tables[0]
    cells = area_cells(instance.area_m, 20.0)
    choices = list_choices(cells, np.ones(cells.shape, bool), tables)
    between = (227 // 20) * cells.columns + 250 // 20
    offered = [choices.task[a:b].tolist() for a, b in zip(choices.first, choices.first[1:], strict=False)]
    assert sorted(tasks for tasks, at in zip(offered, choices.place, strict=True) if at == between) == [[0], [1]]


def test_only_the_largest_sets_are_kept():
    masks, found = np.zeros(9, np.int64), 0
    for mask in (0b001, 0b011, 0b010, 0b100, 0b011, 0b110):
        found = keep_largest(masks, found, mask)
    assert sorted(masks[:found].tolist()) == [0b011, 0b110]


# ---- the Lagrangian ----


@pytest.mark.parametrize("capacity", [3, 4])
@pytest.mark.parametrize("seed", range(4))
def test_for_any_prices_and_weights_no_flight_costs_less_than_the_lagrangian(seed, capacity):
    instance = small_world(seed, uav_capacity=capacity, sat_capacity=1, uav_radius_m=200, uav_speed_mps=40)
    horizon, rng = prepared(instance), np.random.default_rng(seed)
    tasks = int(horizon.first[-1])
    members = [
        triple
        for a, b in zip(horizon.first, horizon.first[1:], strict=False)
        for triple in combinations(range(a, b), 3)
    ]
    dual = dual_over(horizon, 40.0, np.array(members[:12]))
    best = min(least_cost(instance, random_flight(rng, instance)) for _ in range(300))
    for _ in range(12):
        prices = np.concatenate([rng.uniform(0.5, 2.5, tasks), rng.uniform(0, 0.2, len(dual.triples))])
        assert dual.evaluate(prices).bound <= best


def test_the_slope_is_a_supergradient():
    instance = small_world(1)
    horizon, rng = prepared(instance), np.random.default_rng(1)
    dual = dual_over(horizon, 25.0, np.array([[0, 1, 2], [1, 2, 3]]))
    size = int(horizon.first[-1]) + 2
    here = rng.uniform(0.5, 2.0, size)
    at = dual.evaluate(here)
    for _ in range(30):
        there = np.maximum(here + rng.normal(0, 0.2, size), 0)
        assert dual.evaluate(there).bound <= at.bound + at.slope @ (there - here) + 1e-3


def test_finer_boxes_never_lower_the_lagrangian():
    horizon = prepared(small_world(2))
    prices = np.full(int(horizon.first[-1]), 1.6)
    bounds = [dual_over(horizon, size).evaluate(prices).bound for size in (100.0, 50.0, 25.0, 12.5)]
    assert bounds == sorted(bounds)


def test_violated_cuts_are_found_in_the_mean_of_solutions():
    first = np.array([0, 2, 6])
    seen = []
    for pair in ((2, 3), (3, 4), (2, 4)):  # each UAV serves two of three tasks, in turn: 1/2 + 1/2 + 1/2 > 1 a time
        serves = np.zeros((2, 6), bool)
        serves[0, list(pair)] = serves[1, list(pair)] = True
        seen.append(serves)
    found = Triples(6).with_violated(first, seen)
    assert found.members.tolist() == [[2, 3, 4]]
    assert len(found.with_violated(first, seen)) == 1


# ---- the whole ----


def hovering_optimum(instance):
    """Least cost over all choices of servers, where UAVs cannot move."""
    costs = server_costs(instance, np.tile(instance.uav_start_xy, (instance.slots_count, 1, 1))).cost
    total = 0.0
    for t in range(instance.slots_count):
        tasks = np.flatnonzero(instance.active[t])
        best = np.inf
        for choice in product(range(-1, instance.servers), repeat=len(tasks)):
            load = np.bincount([j for j in choice if j >= 0], minlength=instance.servers)
            if (load <= instance.server_capacity).all():
                cost = [
                    costs[t, k, j] if j >= 0 else instance.unserved_penalty for k, j in zip(tasks, choice, strict=True)
                ]
                best = min(best, sum(cost))
        total += best
    return total


@settings(max_examples=40, deadline=None)
@given(generators(), st.integers(0, 2), st.integers(0, 2), st.integers(1, 2))
def test_no_decision_of_a_random_world_without_moves_beats_the_bound(rng, uavs, satellites, slots):
    if uavs + satellites == 0:
        satellites = 1
    instance = change(random_world(rng, 4, uavs, satellites, slots), uav_speed_mps=np.zeros(uavs))
    optimum = hovering_optimum(instance)
    solution = solve("bound", instance)
    assert solution.status == "bound-only", solution.log
    assert solution.decision is None
    assert optimum - 1e-4 * optimum - 1e-6 <= solution.bound <= optimum + 1e-9  # slots are closed to within 1e-4


@settings(max_examples=15, deadline=None)
@given(generators())
def test_no_flight_in_a_random_world_beats_the_bound(rng):
    instance = random_world(rng, 5, 2, 1, 3)
    instance = change(instance, uav_speed_mps=rng.uniform(0, 30, 2), uav_radius_m=rng.uniform(30, 120, 2))
    bound = solve("bound", instance).bound
    assert bound <= min(least_cost(instance, random_flight(rng, instance)) for _ in range(100))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("solver", ["kmeans", "myopic", "rolling", "block-coordinate"])
def test_no_solver_beats_the_bound(seed, solver):
    instance = small_world(seed, uav_speed_mps=25)
    assert solve("bound", instance).bound <= evaluate(instance, solve(solver, instance, seconds=20).decision).cost


def test_in_one_slot_the_bound_is_the_optimum():
    instance = generate(PAPER.replace(slots=1), 4)
    bound = solve("bound", instance).bound
    found = optimise_slot(instance.at(0), instance.uav_start_xy, instance.reach_m, 1e-5)
    assert found.cost * (1 - 2e-4) <= bound <= found.cost


def test_the_bound_covers_decisions_that_use_the_tolerance_of_every_move():
    drawn = generate(PAPER.replace(devices=1, uavs=1, slots=3, arrival_rate=(9, 9), min_accuracy=0.3), 0)
    start, step = np.array([450.0, 250.0]), drawn.reach_m[0] + 9e-7
    path = start - np.arange(1, 4)[:, None] * [step, 0.0]
    beyond = path - [125.0 * (1 + 5e-10), 0.0]
    instance = dataclasses.replace(drawn, device_xy=beyond[:, None], uav_start_xy=start[None])
    stretched = Decision(np.zeros((3, 1), int), np.tile(instance.max_power_w, (3, 1)), path[:, None])
    score = evaluate(instance, stretched)
    assert score.served.all()
    assert solve("bound", instance).bound <= score.cost


def test_the_lagrangian_raises_the_sum_of_slot_optima():
    instance = generate(PAPER.replace(slots=8, uav_speed_mps=10), 1000)
    states = list(dual_bound(instance, Budget()))
    bounds = [state.bound for state in states]
    assert bounds == sorted(bounds)
    slot_optima = bounds[instance.slots_count]
    assert bounds[-1] > slot_optima * 1.001
    cost = min(least_cost(instance, fly(instance, state.path_xy)) for state in states[-30:])
    assert bounds[-1] <= cost <= bounds[-1] * 1.2


def fly(instance, path_xy):
    return flown(path_xy, instance.uav_start_xy, instance.reach_m, instance.area_m)


def test_states_hold_prices_that_give_the_bound():
    instance = small_world(3)
    *_, last = dual_bound(instance, Budget())
    assert last.price.shape == instance.active.shape
    assert (last.price[~instance.active] == 0).all()
    assert last.path_xy.shape == (instance.slots_count, instance.uavs, 2)
    assert ((last.path_xy >= -1e-6) & (last.path_xy <= instance.area_m + 1e-6)).all()


class Countdown(Budget):
    """A budget that is used up when it has been looked at a number of times; counts the looks after that."""

    def __init__(self, looks):
        super().__init__()
        self.looks = [looks]

    @property
    def expired(self):
        self.looks[0] -= 1
        return self.looks[0] < 0


@pytest.mark.parametrize("looks", [0, 1, 7, 40, 130])
def test_out_of_time_it_stops_at_once_with_a_valid_bound(looks):
    instance = small_world(0, slots=6)
    everything = solve("bound", instance).bound
    budget = Countdown(looks)
    *_, last = dual_bound(instance, budget)
    assert 0 < last.bound <= everything
    assert -10 <= budget.looks[0] < 0


def test_without_time_there_is_a_bound_and_a_word_about_it():
    instance = generate(PAPER, 1001)
    solution = solve("bound", instance, seconds=1e-9)
    assert solution.status == "bound-only"
    assert solution.log == ["out of time: more may be gained"]
    assert 0 < solution.bound < least_cost(instance, np.tile(instance.uav_start_xy, (50, 1, 1)))


def test_a_large_world_gets_larger_boxes():
    instance = generate(Scenario.preset("large"), 0)
    assert HorizonBound(instance, Budget())._levels()[-1].size_m > 5
    assert HorizonBound(generate(PAPER, 0), Budget())._levels()[-1].size_m < 2.5


@pytest.mark.parametrize(
    "changes",
    [
        {"uavs": 0},
        {"satellites": 0},
        {"uav_speed_mps": 0},
        {"uav_capacity": 0},
        {"sat_capacity": 0},
        {"uav_radius_m": 0},
        {"arrival_rate": (0, 0)},
        {"arrival_rate": (0.1, 0.2)},
        {"slots": 1},
        {"uav_speed_mps": 1e4},
        {"area_m": [40.0, 300.0], "uav_start": [0.5, 0.5]},
    ],
)
def test_extreme_worlds_have_a_bound_below_a_decision(changes):
    instance = small_world(0, **changes)
    solution = solve("bound", instance)
    assert solution.status == "bound-only", solution.log
    cost = evaluate(instance, solve("kmeans", instance).decision).cost
    assert -1e-6 <= solution.bound <= cost
