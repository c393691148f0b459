"""Devices that move within a slot: what links and coverage make of it, against a simulation of the motion."""

import dataclasses

import numpy as np
from hypothesis import given, settings

from skyedge.problem import Scenario, evaluate, explain, generate
from skyedge.problem.arrays import INSTANCE_SHAPES
from skyedge.problem.physics.equations import mean_squared_distance, rate, uav_gain
from skyedge.problem.physics.links import covered
from skyedge.problem.recorded import Trace
from skyedge.problem.scoring.best_costs import dearest_served_cost
from skyedge.solvers import solve
from tests import oracle
from tests.worlds import Case, cases, hand_decision, hand_world

PAPER = Scenario.preset("paper")
MOVING = PAPER.replace(device_motion=True)


def ways(seed, count):
    """Random straight ways: their ends, and where a UAV hovers, in metres."""
    rng = np.random.default_rng(seed)
    start, uav = rng.uniform(0, 100, (2, count, 2))
    return start, start + rng.normal(0, 30, (count, 2)), uav


def underway(start, end):
    """Positions at many moments of a slot, evenly spread."""
    share = (np.arange(4000)[:, None, None] + 0.5) / 4000
    return start + share * (end - start)


def test_the_twelfth_is_the_mean_squared_distance_of_simulated_motion():
    start, end, uav = ways(0, 50)
    squared = np.sum((underway(start, end) - uav) ** 2, axis=-1)
    middle, length = (start + end) / 2, np.linalg.norm(end - start, axis=-1)
    found = mean_squared_distance(np.sum((middle - uav) ** 2, axis=-1), length)
    np.testing.assert_allclose(found, squared.mean(axis=0), rtol=1e-6)


def test_the_rate_at_the_mean_squared_distance_is_never_above_the_mean_rate():
    start, end, uav = ways(1, 200)
    squared = np.sum((underway(start, end) - uav) ** 2, axis=-1)
    for altitude_m in (5.0, 100.0):
        gains = (
            uav_gain(1.0, squared, altitude_m, 1e-5, 2.2),
            uav_gain(1.0, squared.mean(axis=0), altitude_m, 1e-5, 2.2),
        )
        true, assumed = (rate(np, 0.2, gain, 5e6, 4e-21) for gain in gains)
        assert (assumed <= true.mean(axis=0) * (1 + 1e-12)).all()
        assert (assumed > 0.5 * true.mean(axis=0)).all()


def test_who_is_covered_is_covered_all_slot_long():
    start, end, uav = ways(2, 2000)
    middle, length = (start + end) / 2, np.linalg.norm(end - start, axis=-1)
    radius_m = 60.0
    held = covered(np.sum((middle - uav) ** 2, axis=-1), radius_m, length)
    farthest = np.linalg.norm(underway(start, end) - uav, axis=-1).max(axis=0)
    assert (farthest[held] <= radius_m).all()
    assert 0.1 < held.mean() < 0.9
    towards = (middle - uav) / np.linalg.norm(middle - uav, axis=-1)[:, None]
    along = middle - towards * length[:, None] / 2, middle + towards * length[:, None] / 2
    reached = np.linalg.norm(np.stack(along) - uav, axis=-1).max(axis=0) <= radius_m
    assert (held == reached).all()  # of those who move straight away from the UAV none could be added


def test_the_walk_is_that_of_devices_that_stand_still_in_slots_and_all_else_is_drawn_alike():
    moving, still = generate(MOVING, 5), generate(PAPER, 5)
    assert (moving.options, still.options) == ({"device_motion"}, set())
    here, there = still.device_xy[:-1], still.device_xy[1:]
    np.testing.assert_array_equal(moving.device_xy[:-1], (here + there) / 2)
    np.testing.assert_array_equal(moving.device_walk_m[:-1], np.linalg.norm(there - here, axis=-1))
    assert (moving.device_walk_m > 0).all()
    same = set(INSTANCE_SHAPES) - {"device_xy", "device_walk_m", "sat_gain", "sat_window_s"}
    for name in same:
        np.testing.assert_array_equal(getattr(moving, name), getattr(still, name), err_msg=name)
    np.testing.assert_allclose(moving.sat_window_s, still.sat_window_s, atol=0.01)  # a few metres are nothing up there
    np.testing.assert_allclose(moving.sat_gain, still.sat_gain, rtol=1e-4)


def test_recorded_tracks_are_followed_within_slots():
    trace = {
        "devices": ("a", "b"),
        "fixes": (((0.0, 10.0, 10.0), (9.0, 100.0, 10.0)), ((0.0, 50.0, 50.0),)),
        "moving": True,
    }
    instance = generate(MOVING.model_copy(update={"devices": 2, "slots": 4, "trace": Trace(**trace)}), 0)
    assert instance.device_xy[:, 0, 0].tolist() == [25.0, 55.0, 85.0, 100.0]
    assert instance.device_walk_m.tolist() == [[30.0, 0.0], [30.0, 0.0], [30.0, 0.0], [0.0, 0.0]]


def walking(case: Case):
    """The case's instance, its devices on ways of up to a hundred metres."""
    instance = case.instance
    walk = np.random.default_rng(len(case.recipe)).uniform(0, 100, instance.active.shape)
    return dataclasses.replace(instance, device_walk_m=walk * (walk > 20))


@settings(max_examples=60, deadline=None)
@given(cases())
def test_scores_are_those_of_the_reference_evaluator(case):
    instance = walking(case)
    ours, theirs = evaluate(instance, case.decision), oracle.evaluate(instance, case.decision)
    assert ours.broken.tolist() == theirs.broken
    np.testing.assert_allclose(ours.latency_s, theirs.latency_s, rtol=1e-9)
    np.testing.assert_allclose(ours.task_cost, theirs.task_cost, rtol=1e-9)


@settings(max_examples=60, deadline=None)
@given(cases())
def test_no_served_task_is_dearer_than_the_bound_on_it(case):
    instance = walking(case)
    score = evaluate(instance, case.decision)
    assert np.max(score.task_cost, where=score.served, initial=-np.inf) <= dearest_served_cost(instance) * (1 + 1e-9)


def test_a_device_that_walks_out_of_the_coverage_is_explained():
    instance = dataclasses.replace(hand_world(), device_walk_m=np.array([[30.0, 0.0]]))
    decision = hand_decision([0, -1], [0.02, 0.0])
    score = evaluate(instance, decision)
    assert score.broken[0, 0].tolist() == [False, False, True, False, False, False]
    assert explain(instance, decision, score)[0].endswith(
        "C3 coverage: UAV 0 is up to 55.0 m away, 5 m beyond its radius of 50 m"
    )


def test_a_decision_costs_more_where_devices_move():
    still = generate(PAPER.replace(device_speed_mps=5.0), 0)
    walk = np.linalg.norm(np.diff(still.device_xy, axis=0, append=still.device_xy[-1:]), axis=-1)
    moving = dataclasses.replace(still, device_walk_m=walk)
    decision = solve("greedy", still).decision
    assert evaluate(moving, decision).cost > evaluate(still, decision).cost
