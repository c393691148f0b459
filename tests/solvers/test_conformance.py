"""What every registered solver must do; a new solver is tested here by being registered."""

import dataclasses
import re

import numpy as np
import pytest

from skyedge.problem import Decision, Scenario, evaluate, generate, server_costs
from skyedge.solvers import OnlineSolver, available, get, solve

TINY = Scenario.preset("tiny")
WORLDS = {
    "tiny": TINY,
    "a few slots of paper": Scenario.preset("paper").replace(slots=3),
    "one slot": TINY.replace(slots=1),
    "no satellites": TINY.replace(satellites=0),
    "no UAVs": TINY.replace(uavs=0),
    "one device": TINY.replace(devices=1),
    "no capacity": TINY.replace(uav_capacity=0, sat_capacity=0),
    "nobody active": TINY.replace(arrival_rate=(0, 0)),
    "UAVs that stand still": TINY.replace(uav_speed_mps=0),
    "no satellite in view": TINY.replace(
        sat_offset_deg=0, sat_min_elevation_deg=89.9, sat_phase_deg=0, sat_spacing_deg=90, satellites=2
    ),
}
INSTANCES = {name: generate(scenario, 0) for name, scenario in WORLDS.items()}


BOUNDS = ("bound",)  # solvers that give a number and no decision


@pytest.fixture(params=available())
def solver(request):
    return request.param


@pytest.fixture(params=[name for name in available() if name not in BOUNDS])
def deciding(request):
    """A solver that gives decisions."""
    return request.param


def instance_for(solver):
    """An instance that the solver takes."""
    taken = [INSTANCES[name] for name in ("a few slots of paper", "one slot") if get(solver)().takes(INSTANCES[name])]
    if not taken:
        pytest.skip("no policy is shipped for such worlds; tests/solvers/test_learned.py trains one")
    return taken[0]


def outcome(solution):
    """What a solution says: its decision, or else its bound."""
    if solution.decision is None:
        return [solution.bound]
    return [getattr(solution.decision, name) for name in ("server", "power", "uav_xy")]


def test_it_is_named_and_described(solver):
    cls = get(solver)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", solver)
    assert cls.information in ("online", "offline")
    assert cls.__doc__
    assert all(field.description for field in cls.Config.model_fields.values())


@pytest.mark.parametrize("world", INSTANCES)
def test_it_gives_a_valid_decision_in_every_world(deciding, world):
    instance = INSTANCES[world]
    if not get(deciding)().takes(instance):
        pytest.skip("not made for such a world")
    solution = solve(deciding, instance, seconds=20)
    assert solution.status in ("optimal", "feasible"), solution.log
    score = evaluate(instance, solution.decision)
    assert np.isfinite(score.cost)
    if solution.bound is not None:
        assert solution.bound <= score.cost + 1e-9


@pytest.mark.parametrize("solver", BOUNDS)
@pytest.mark.parametrize("world", INSTANCES)
def test_a_bound_is_below_decisions_in_every_world(solver, world):
    instance = INSTANCES[world]
    solution = solve(solver, instance, seconds=20)
    assert (solution.status, solution.decision) == ("bound-only", None), solution.log
    assert -1e-6 <= solution.bound <= evaluate(instance, solve("kmeans", instance).decision).cost


def test_the_same_seed_gives_the_same_outcome(solver):
    instance = instance_for(solver)
    first, second = (outcome(solve(solver, instance, seconds=20, seed=5)) for _ in range(2))
    assert all(np.array_equal(one, other) for one, other in zip(first, second, strict=True))


def test_idle_devices_are_left_alone(deciding):
    instance = instance_for(deciding)
    decision = solve(deciding, instance, seconds=20).decision
    assert (decision.server[~instance.active] == -1).all()
    assert (decision.power[~instance.active] == 0).all()


def test_progress_rises_to_one(solver):
    shares = []
    solve(solver, instance_for(solver), seconds=20, progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1.0)


def test_it_states_its_versions_and_its_time(solver):
    solution = solve(solver, instance_for(solver), seconds=20)
    assert solution.wall_s > 0
    assert solution.versions


def future_changed_after(instance, slot):
    """The same instance up to ``slot``, another one later on."""
    other = generate(instance.scenario, 99)
    mixed = {}
    for name in ("device_xy", "active", "input_bits", "output_words", "max_latency_s", "min_accuracy", "uav_fading"):
        array = getattr(instance, name).copy()
        array[slot + 1 :] = getattr(other, name)[slot + 1 :]
        mixed[name] = array
    return dataclasses.replace(instance, **mixed)


def test_an_online_solver_does_not_see_the_future(solver):
    if not issubclass(get(solver), OnlineSolver):
        pytest.skip("offline")
    instance = INSTANCES["a few slots of paper"]
    if not get(solver)().takes(instance):
        pytest.skip("no policy is shipped for such a world")
    seen = solve(solver, instance, seed=1).decision
    changed = solve(solver, future_changed_after(instance, 1), seed=1).decision
    for name in ("server", "power", "uav_xy"):
        assert np.array_equal(getattr(seen, name)[:2], getattr(changed, name)[:2])


def test_every_method_that_looks_beats_random():
    scenario = Scenario.preset("paper").replace(slots=15)
    instances = [generate(scenario, seed) for seed in range(3)]
    cost = {
        name: sum(evaluate(instance, solve(name, instance, seconds=4).decision).cost for instance in instances)
        for name in available()
        if get(name)().takes(instances[0]) and name not in BOUNDS
    }
    random = cost.pop("random")
    assert all(value < 0.6 * random for value in cost.values()), cost


def test_greedy_serves_the_cheapest_pair_first():
    instance = INSTANCES["tiny"]
    decision = solve("greedy", instance).decision
    costs = server_costs(instance, np.tile(instance.uav_start_xy, (2, 1, 1)))
    for t in range(2):
        k, j = np.unravel_index(np.argmin(costs.cost[t]), costs.cost[t].shape)
        assert decision.server[t, k] == j


def test_mobile_uavs_reach_a_lone_cluster_and_serve_it():
    scenario = Scenario.preset("paper").replace(devices=3, uavs=1, slots=20, device_speed_mps=0, min_accuracy=0.3)
    instance = generate(scenario, 2)
    corner = np.tile([[480.0, 480.0], [470.0, 490.0], [490.0, 470.0]], (20, 1, 1))
    instance = dataclasses.replace(instance, device_xy=corner)
    for name in ("greedy-mobile[sight=5]", "kmeans"):
        decision = solve(name, instance).decision
        assert np.linalg.norm(decision.uav_xy[-1, 0] - [480, 480]) < 20
        assert (decision.server[-1][instance.active[-1]] == 0).all()


def test_exact_assignment_is_no_dearer_than_greedy_at_the_same_positions():
    instance = INSTANCES["a few slots of paper"]
    moved = solve("kmeans", instance).decision
    assert isinstance(moved, Decision)
    from skyedge.solvers.greedy import cheapest_first

    costs = server_costs(instance, moved.uav_xy)
    for t in range(3):
        slot = type(costs)(*(array[t] for array in costs))
        server, power = cheapest_first(slot, instance.server_capacity, instance.unserved_penalty)
        greedy = Decision(
            np.vstack([moved.server[:t], server, moved.server[t + 1 :]]),
            np.vstack([moved.power[:t], power, moved.power[t + 1 :]]),
            moved.uav_xy,
        )
        assert evaluate(instance, moved).cost <= evaluate(instance, greedy).cost + 1e-9
