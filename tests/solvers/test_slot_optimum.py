"""The exact slot: pricing, cuts, bounds and the whole search against brute force."""

import dataclasses
from itertools import combinations, product

import numpy as np
import pytest

from skyedge.problem import Decision, Scenario, best_assignment, evaluate, generate, server_costs
from skyedge.solvers import solve
from skyedge.solvers.machinery.branch_and_price.cost_tables import slot_problem
from skyedge.solvers.machinery.branch_and_price.master import Branch, Master, SlotData, UavColumn, lagrangian_bound
from skyedge.solvers.machinery.branch_and_price.pricing import into_region, price_uav
from skyedge.solvers.machinery.branch_and_price.task_sets import Cuts, best_set, cost_at, cost_below
from skyedge.solvers.slot_optimum import optimise_slot

PAPER = Scenario.preset("paper").replace(slots=1)
ANYWHERE, GAP = 1e6, 1e-3
NO_CUTS = Cuts(np.zeros(0), np.zeros(99, np.int64), np.zeros(0, np.int64))


def slot_of(seed, **changes):
    """One slot of a world and its UAVs' starts."""
    instance = generate(PAPER.replace(**changes), seed)
    return instance.at(0), instance.uav_start_xy


def cost_at_positions(slot, uav_xy):
    """Exact cost of a slot at given positions (…, M, 2)."""
    costs = server_costs(slot, uav_xy).cost
    server = best_assignment(costs, slot.server_capacity, slot.unserved_penalty)
    chosen = np.take_along_axis(costs, np.maximum(server, 0)[..., None], axis=-1)[..., 0]
    return np.where(server >= 0, chosen, np.where(slot.active, slot.unserved_penalty, 0.0)).sum(axis=-1)


def cuts_of(triples, weight, tasks):
    """Build the cuts that pricing reads."""
    master = Master(SlotData(np.full((tasks, 0), np.inf), np.zeros(0, int), 1, 5.0), Branch.root(1, tasks))
    master.cut(triples)
    return master.cuts(np.asarray(weight, float))


@pytest.mark.parametrize("radius_m", [ANYWHERE, 30.0, 0.0])
@pytest.mark.parametrize("preset", ["paper", "battery", "congested", "hotspot"])
def test_tables_enclose_the_exact_cost_at_every_distance(preset, radius_m):
    slot, start = generate(Scenario.preset(preset).replace(slots=1), 1).at(0), np.full((3, 2), 250.0)
    problem = slot_problem(slot, start, np.full(3, radius_m), GAP)
    rng = np.random.default_rng(0)
    angle, share = rng.uniform(0, 2 * np.pi, 60), rng.choice([1.0, 0.5], (60, 1))
    around = 250.0 + share * (radius_m + 1e-6) * np.stack([np.cos(angle), np.sin(angle)], axis=-1)  # the rim included
    places = rng.random((60, 2)) * 500 if radius_m == ANYWHERE else around
    for m, tables in enumerate(problem.tables):
        for place in places:
            exact = server_costs(slot, np.tile(place, (3, 1))).cost[problem.tasks, m]
            assert tables.allowed[np.isfinite(exact)].all()
            for k in np.flatnonzero(tables.allowed):
                squared = ((tables.xy[k] - place) ** 2).sum()
                assert cost_below(tables, k, squared) <= exact[k] + 1e-12
                assert cost_below(tables, k, squared * 0.9) <= exact[k] + 1e-12  # a box may begin before the region
                if np.isfinite(exact[k]):
                    assert cost_at(tables, k, squared) == pytest.approx(exact[k], rel=1e-5)
                    if radius_m == 0:
                        assert cost_below(tables, k, squared) == pytest.approx(exact[k], rel=1e-8)


def test_a_latency_limit_that_ends_the_reach_before_the_coverage_is_found():
    slot, start = slot_of(3, max_latency_s=1.35, uav_radius_m=400, min_accuracy=0.3, output_words=160)
    problem = slot_problem(slot, start, np.full(3, ANYWHERE), GAP)
    short = [(t, k) for t in problem.tables for k in range(len(problem.tasks)) if 0 < t.reach[k] < 0.99 * 400**2]
    assert short
    for tables, k in short:
        assert np.isinf(cost_below(tables, k, tables.reach[k] * (1 + 1e-9)))
        assert np.isfinite(cost_below(tables, k, tables.reach[k] * (1 - 1e-6)))


def enumerate_sets(values, places, triples, weight):
    """Least sum over all sets, by brute force."""
    return min(
        sum(values[i] for i in chosen)
        + sum(w for triple, w in zip(triples, weight, strict=True) if len(set(triple) & set(chosen)) >= 2)
        for size in range(places + 1)
        for chosen in combinations(range(len(values)), size)
    )


@pytest.mark.parametrize("seed", range(30))
def test_the_best_set_with_cuts_is_that_of_enumeration(seed):
    rng = np.random.default_rng(seed)
    tasks, places = 9, int(rng.integers(1, 5))
    values = -rng.random(tasks)
    triples = [tuple(sorted(rng.choice(tasks, 3, replace=False).tolist())) for _ in range(int(rng.integers(0, 6)))]
    weight = rng.random(len(triples))
    who, count = np.full(places, -1), np.zeros(len(triples), np.int64)
    found = best_set(values, np.arange(tasks), places, cuts_of(triples, weight, tasks), count, who)
    assert found == pytest.approx(enumerate_sets(values, places, triples, weight), abs=1e-12)
    assert (count == 0).all()
    chosen = who[who >= 0].tolist()
    assert enumerate_sets([values[i] for i in chosen], places, [], []) <= found + sum(weight)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("with_cuts", [False, True])
def test_pricing_bounds_every_place_and_finds_the_best(seed, with_cuts):
    slot, start = slot_of(seed)
    problem = slot_problem(slot, start, np.full(3, ANYWHERE), GAP)
    tables, tasks = problem.tables[0], len(problem.tasks)
    rng = np.random.default_rng(seed)
    price = rng.uniform(1.0, 3.0, tasks)
    triples = [tuple(sorted(rng.choice(tasks, 3, replace=False).tolist())) for _ in range(5)] if with_cuts else []
    weight = rng.random(len(triples)) * 0.5
    cuts = cuts_of(triples, weight, tasks)
    bound, costs, reduced, points, served = price_uav(
        tables, price, np.zeros(tasks, bool), cuts, 3, problem.regions[0], 2e-3, np.inf, 10**6
    )
    grid = np.stack(np.meshgrid(np.linspace(0, 500, 101), np.linspace(0, 500, 101)), axis=-1).reshape(-1, 1, 2)
    exact = server_costs(slot, np.tile(grid, (1, 3, 1))).cost[:, problem.tasks, 0] - price
    three_best = np.sort(np.minimum(exact, 0.0), axis=1)[:, :3].sum(axis=1)
    if with_cuts:  # enumerate where it matters: no place is better with cuts than without
        promising = np.argsort(three_best)[:40]
        three_best = np.array([enumerate_sets(np.minimum(row, 9.0), 3, triples, weight) for row in exact[promising]])
    best = three_best.min()
    assert bound <= best + 1e-9
    assert reduced[0] <= best + 3e-3
    assert bound <= reduced[0] + 1e-9
    assert reduced[0] - bound <= 5e-3
    for cost, point, chosen in zip(costs, points, served, strict=True):
        if np.isfinite(cost):
            at = server_costs(slot, np.tile(point, (3, 1))).cost[problem.tasks, 0]
            assert at[chosen[chosen >= 0]].sum() == pytest.approx(cost, rel=1e-5)


def test_pricing_serves_required_tasks_or_says_that_it_cannot():
    slot, start = slot_of(0, min_accuracy=0.3)
    problem = slot_problem(slot, start, np.full(3, ANYWHERE), GAP)
    tables, tasks = problem.tables[0], len(problem.tasks)
    distance = np.linalg.norm(tables.xy[:, None] - tables.xy, axis=-1)
    near, far = np.argwhere((distance > 0) & (distance < 100))[0], np.argwhere(distance > 260)[0]
    for pair, possible in ((near, True), (far, False)):
        required = np.zeros(tasks, bool)
        required[pair] = True
        bound, costs, _, _, served = price_uav(
            tables, np.full(tasks, 2.0), required, NO_CUTS, 3, problem.regions[0], 1e-2, np.inf, 10**5
        )
        assert np.isfinite(bound) == possible
        assert np.isfinite(costs[0]) == possible
        if possible:
            assert set(pair) <= set(served[0])


def test_points_are_drawn_into_the_disc_and_the_area():
    rng = np.random.default_rng(0)
    slot, _ = slot_of(0)
    start = np.array([[490.0, 20.0], [250, 250], [0, 0]])
    for region in slot_problem(slot, start, np.array([60.0, 30.0, 0.0]), GAP).regions:
        for x, y in rng.uniform(-200, 700, (50, 2)):
            at = np.array(into_region(region, x, y))
            assert ((at >= 0) & (at <= 500)).all()
            assert np.hypot(*(at - [region.x, region.y])) <= region.radius + 1e-9


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("changes", [{}, {"uav_capacity": 4, "uav_radius_m": 200}, {"device_energy_weight": 100.0}])
def test_no_positions_beat_the_bound_and_the_cost_is_exact(seed, changes):
    slot, start = slot_of(seed, devices=8, uavs=2, **changes)
    found = optimise_slot(slot, start, np.full(2, ANYWHERE))
    assert found.closed(1e-3)
    assert cost_at_positions(slot, found.decision.uav_xy) == pytest.approx(found.cost, rel=1e-12)
    axis = np.linspace(20, 480, 19)
    places = np.array(list(product(axis, axis)))
    pairs = np.stack(np.broadcast_arrays(places[:, None], places[None]), axis=-2).reshape(-1, 2, 2)
    rng = np.random.default_rng(seed)
    pairs = pairs[rng.choice(len(pairs), 8000, replace=False)]
    assert cost_at_positions(slot, pairs).min() >= found.bound - 1e-9


@pytest.mark.parametrize("seed", range(5))
def test_uavs_that_cannot_move_get_the_exact_assignment(seed):
    instance = generate(Scenario.preset("tiny").replace(slots=1, uav_speed_mps=0), seed)
    solution = solve("slot-optimum", instance, config={"gap": 1e-7})
    assert solution.status == "optimal"
    expected = enumerate_servers(instance)
    assert evaluate(instance, solution.decision).cost == pytest.approx(expected, abs=1e-6)
    assert solution.bound <= expected + 1e-9


def enumerate_servers(instance):
    """Least cost of a one-slot instance with hovering UAVs over all choices of servers."""
    costs = server_costs(instance, instance.uav_start_xy[None]).cost[0]
    tasks = np.flatnonzero(instance.active[0])
    best = np.inf
    for choice in product(range(-1, instance.servers), repeat=len(tasks)):
        load = np.bincount([j for j in choice if j >= 0], minlength=instance.servers)
        if (load <= instance.server_capacity).all():
            total = sum(
                costs[k, j] if j >= 0 else instance.unserved_penalty for k, j in zip(tasks, choice, strict=True)
            )
            best = min(best, total)
    return best


def test_the_search_stays_within_one_slots_reach():
    instance = generate(PAPER.replace(uav_speed_mps=15), 4)
    solution = solve("slot-optimum", instance)
    moved = np.linalg.norm(solution.decision.uav_xy[0] - instance.uav_start_xy, axis=-1)
    assert (moved <= 45).all()
    assert solution.status == "optimal"


def test_the_bound_covers_decisions_that_use_the_tolerance_of_a_move():
    drawn = generate(PAPER.replace(devices=1, uavs=1, arrival_rate=(9, 9), min_accuracy=0.3), 0)
    beyond = drawn.uav_start_xy[0] + [-(drawn.reach_m[0] + 125 + 5e-7), 0.0]
    instance = dataclasses.replace(drawn, device_xy=beyond[None, None], uav_start_xy=drawn.uav_start_xy)
    stretched = Decision(
        server=np.zeros((1, 1), int),
        power=np.full((1, 1), 0.2),
        uav_xy=(drawn.uav_start_xy - [drawn.reach_m[0] + 5e-7, 0.0])[None],
    )
    score = evaluate(instance, stretched)
    assert score.served.all()
    solution = solve("slot-optimum", instance)
    assert solution.decision.server[0, 0] != 0
    assert solution.bound <= score.cost < evaluate(instance, solution.decision).cost


def test_branching_closes_a_slot_that_cuts_alone_do_not(monkeypatch):
    monkeypatch.setattr("skyedge.solvers.machinery.branch_and_price.search.CUT_ROUNDS", 1)
    slot, start = slot_of(5, devices=100, uavs=8, satellites=8, area_m=2000)
    found = optimise_slot(slot, start, np.full(8, ANYWHERE), gap=2e-3)
    assert found.closed(2e-3)


def test_a_branch_keeps_only_columns_that_meet_its_demands():
    root = Branch.root(2, 4)
    column = UavColumn(0, np.zeros(2), np.array([1, 2]), 1.0)
    demand = np.zeros((2, 4), bool)
    demand[0, 1] = True
    assert root.accepts(column)
    assert root.child(required=demand).accepts(column)
    assert not root.child(forbidden=demand).accepts(column)
    other = np.zeros((2, 4), bool)
    other[1, 2] = True
    assert not root.child(required=other).accepts(column)


def test_the_lagrangian_is_below_every_solution_for_any_prices():
    rng = np.random.default_rng(1)
    slot, start = slot_of(2, devices=6, uavs=1, satellites=2, sat_capacity=2)
    problem = slot_problem(slot, start, np.full(1, ANYWHERE), GAP)
    optimum = optimise_slot(slot, start, np.full(1, ANYWHERE), gap=1e-6).cost
    branch, tasks = Branch.root(1, problem.data.tasks), problem.data.tasks
    for _ in range(20):
        master = Master(problem.data, branch)
        duals = master.solve()._replace(task=rng.random(tasks) * slot.unserved_penalty)
        bound, *_ = price_uav(
            problem.tables[0], duals.task, np.zeros(tasks, bool), NO_CUTS, 3, problem.regions[0], 1e-2, np.inf, 10**5
        )
        assert lagrangian_bound(problem.data, branch, duals, np.array([bound])) <= optimum + 1e-9


def test_a_bound_from_the_wrong_edge_of_a_bin_is_caught(monkeypatch):
    """The checks above must fail if the tables over-estimate: shift them by a bin and see a place beat the bound."""
    slot, start = slot_of(0)
    problem = slot_problem(slot, start, np.full(3, ANYWHERE), GAP)
    tables = problem.tables[0]
    shifted = tables._replace(cost=tables.cost + 0.02)
    price, nobody = np.full(len(problem.tasks), 2.0), np.zeros(len(problem.tasks), bool)
    honest = price_uav(tables, price, nobody, NO_CUTS, 3, problem.regions[0], 1e-2, np.inf, 10**5)
    wrong = price_uav(shifted, price, nobody, NO_CUTS, 3, problem.regions[0], 1e-2, np.inf, 10**5)
    assert wrong[0] > honest[2][0]


def test_out_of_time_the_incumbent_and_a_valid_bound_remain():
    slot, start = slot_of(5, devices=100, uavs=8, satellites=8, area_m=2000)
    instance = generate(PAPER.replace(devices=100, uavs=8, satellites=8, area_m=2000, uav_speed_mps=1000), 5)
    solution = solve("slot-optimum", instance, seconds=0.05)
    assert solution.status == "feasible"
    assert "out of time" in solution.log[0]
    assert solution.bound <= optimise_slot(slot, start, np.full(8, ANYWHERE)).cost


def test_myopic_pays_no_more_in_its_first_slot_than_any_other_online_solver():
    instance = generate(Scenario.preset("paper").replace(slots=2), 3)
    first = {
        name: evaluate(instance, solve(name, instance).decision).slot_cost[0]
        for name in ("myopic", "greedy", "greedy-mobile", "kmeans")
    }
    assert first["myopic"] <= min(first.values()) * (1 + 1e-3)


def test_slot_optimum_refuses_longer_instances():
    instance = generate(Scenario.preset("tiny"), 0)
    with pytest.raises(ValueError, match="solves one slot, this instance has 2"):
        solve("slot-optimum", instance)
    assert dataclasses.is_dataclass(instance)
