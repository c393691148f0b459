"""Bounds ≤ optimum ≤ every solver's cost, on the same instances; and optima found in independent ways agree."""

from itertools import product

import numpy as np
import pytest

from skyedge.problem import Decision, Scenario, evaluate, generate, server_costs
from skyedge.solvers import available, get, solve
from skyedge.solvers.machinery.minlp import model as pyomo_model

PRESETS = ("paper", "battery", "congested", "hotspot", "tiny")
FEW, MANY = 15, 200
SLACK = 1e-9  # relative, of sums of floats


def small_world(number):
    """One of many small instances: a slot or two, few devices, UAVs that can fly or cannot."""
    rng = np.random.default_rng(number)
    changes = {
        "slots": int(rng.integers(1, 3)),
        "devices": int(rng.integers(3, 8)),
        "uavs": int(rng.integers(1, 3)),
        "satellites": int(rng.integers(1, 3)),
        "uav_speed_mps": float(rng.choice([0.0, 10.0, 60.0])),
    }
    return generate(Scenario.preset(PRESETS[number % len(PRESETS)]).replace(**changes), 5000 + number)


def find(instance):
    """Costs of all solvers' decisions on an instance, and what they say no decision costs less than."""
    costs, bounds = {}, {}
    for name in available():
        if get(name)().takes(instance):
            solution = solve(name, instance, seconds=20)
            assert solution.status != "failed", (name, solution.log)
            if solution.decision is not None:
                costs[name] = evaluate(instance, solution.decision).cost
            if solution.bound is not None:
                bounds[name] = solution.bound
    return costs, bounds


def assert_ordered(costs, bounds):
    """No bound above any cost; and the global optimum, known to its gap, above the relaxation."""
    highest, lowest = max(bounds, key=bounds.__getitem__), min(costs, key=costs.__getitem__)
    assert bounds[highest] <= costs[lowest] * (1 + SLACK), (highest, bounds[highest], lowest, costs[lowest])
    assert bounds["relaxed-minlp"] <= costs["global-minlp"]
    assert costs["global-minlp"] <= min(costs.values()) * (1 + 2e-3)


@pytest.mark.parametrize("number", range(FEW))
def test_bounds_and_costs_are_ordered(number):
    assert_ordered(*find(small_world(number)))


@pytest.mark.slow
@pytest.mark.parametrize("number", range(FEW, MANY))
def test_bounds_and_costs_are_ordered_on_many_instances(number):
    assert_ordered(*find(small_world(number)))


@pytest.mark.parametrize("wrong", ["uav_pairs", "satellite_pairs"])
def test_a_wrong_bound_is_caught(monkeypatch, wrong):
    """Let the relaxation think that one kind of server costs three per cent more than it does."""
    right = getattr(pyomo_model, wrong)

    def dearer(instance):
        pairs = right(instance)
        return pairs._replace(cost=1.03 * pairs.cost)

    worlds = [small_world(number) for number in range(FEW)]
    monkeypatch.setattr(pyomo_model, wrong, dearer)
    caught = 0
    for world in worlds:
        bound = solve("relaxed-minlp", world).bound
        best = evaluate(world, solve("block-coordinate[starts=kmeans]", world).decision).cost
        caught += bound > best * (1 + SLACK)
    assert caught >= 3


def enumerated(instance):
    """Least cost of a horizon whose UAVs hover, over all servers of every slot."""
    total = 0.0
    for t in range(instance.slots_count):
        tasks = np.flatnonzero(instance.active[t])
        costs = server_costs(instance.at(t), instance.uav_start_xy).cost[tasks]
        costs = np.hstack([costs, np.full((len(tasks), 1), instance.unserved_penalty)])  # the last column is also −1
        choices = np.array(list(product(range(-1, instance.servers), repeat=len(tasks)))).astype(int)
        load = (choices[..., None] == np.arange(instance.servers)).sum(axis=1)
        choices = choices[(load <= instance.server_capacity).all(axis=1)]
        total += costs[np.arange(len(tasks)), choices].sum(axis=1).min()
    return total


@pytest.mark.parametrize("seed", range(8))
def test_where_uavs_stand_still_enumeration_and_both_exact_solvers_agree(seed):
    day = generate(Scenario.preset("tiny").replace(uav_speed_mps=0), seed)
    assert evaluate(day, solve("global-minlp[gap=0]", day).decision).cost == pytest.approx(enumerated(day), rel=1e-6)
    for t in range(day.slots_count):
        slot = day.window(t, t + 1, day.uav_start_xy)
        optimum = enumerated(slot)
        for name in ("global-minlp[gap=0]", "slot-optimum[gap=1e-7]"):
            solution = solve(name, slot)
            assert evaluate(slot, solution.decision).cost == pytest.approx(optimum, rel=1e-6)
            assert solution.bound == pytest.approx(optimum, rel=1e-5)


@pytest.mark.parametrize("seed", range(8))
def test_where_uavs_move_the_intervals_of_both_exact_solvers_overlap(seed):
    instance = generate(Scenario.preset("tiny").replace(slots=1), seed)
    intervals = []
    for name in ("global-minlp", "slot-optimum"):
        solution = solve(name, instance)
        intervals.append((solution.bound, evaluate(instance, solution.decision).cost))
    (low, high), (other_low, other_high) = intervals
    assert max(low, other_low) <= min(high, other_high)
    assert high == pytest.approx(other_high, rel=2e-3)


def test_enumeration_is_beaten_by_no_random_decision():
    rng = np.random.default_rng(0)
    instance = generate(Scenario.preset("tiny").replace(uav_speed_mps=0), 1)
    least = enumerated(instance)
    uav_xy = np.tile(instance.uav_start_xy, (2, 1, 1))
    for _ in range(300):
        server = np.where(instance.active, rng.integers(-1, instance.servers, instance.active.shape), -1)
        decision = Decision(server, np.full(server.shape, 0.2), uav_xy)
        assert evaluate(instance, decision).cost >= least - 1e-9
