"""Shared bandwidth and interference: worked by hand, against the oracle, and what has to hold in every world."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skyedge.problem import Decision, Scenario, evaluate, generate, server_costs
from skyedge.problem.physics.links import squared_distances
from tests import oracle
from tests.worlds import cases, change, hand_decision, hand_world

UNSERVED, UAV, SAT0, SAT1 = -1, 0, 1, 2
OPTIONS = ({"shared_bandwidth": True}, {"interference": True}, {"shared_bandwidth": True, "interference": True})
quick = settings(max_examples=100, deadline=None)


@pytest.fixture(params=[evaluate, oracle.evaluate], ids=["fast", "oracle"])
def score(request):
    return request.param


def options():
    return st.sampled_from(OPTIONS)


def assert_tasks(total, latency_s, energy_j):
    assert np.asarray(total.latency_s)[0] == pytest.approx(np.array(latency_s), rel=1e-9)
    assert np.asarray(total.energy_j)[0] == pytest.approx(np.array(energy_j), rel=1e-9)


def test_two_tasks_on_a_uav_get_half_of_its_band_each(score):
    """Half a MHz, noise 5e-13 W: SNR 15 at 2.5 mW gives 2 Mbit/s, SNR 255 of the 42.5 mW downlink 4 Mbit/s."""
    world = hand_world(shared_bandwidth=True, uav_transmit_w=np.array([0.0425]))
    total = score(world, hand_decision([UAV, UAV], [0.0025, 0.0025]))
    assert_tasks(
        total,
        [2.0 + 0.5 + 0.001, 3.0 + 1.0 + 0.002],
        [0.0025 * 2 + 25 * 0.5 + 0.0425 * 0.001, 0.0025 * 3 + 25 * 1 + 0.0425 * 0.002],
    )


def test_tasks_on_other_satellites_share_the_band_of_their_access_satellite(score):
    """1 MHz of satellite 0 each, noise 1e-12 W: SNR 7 at 7 mW, SNR 255 of the 255 mW downlink; task 1 runs on SAT1."""
    world = hand_world(shared_bandwidth=True, sat_transmit_w=np.array([0.255, 0.511]))
    total = score(world, hand_decision([SAT0, SAT1], [0.007, 0.007]))
    isl_s, delay_s = 2 * (6e6 + 8000) / 50e6, 2 * 0.005
    assert_tasks(
        total,
        [4 / 3 + 0.5 + 0.0005, 2 + 1.2 + 0.001 + isl_s + delay_s],
        [0.007 * 4 / 3 + 60 * 0.5 + 0.255 * 0.0005, 0.007 * 2 + 70 * 1.2 + 0.255 * 0.001 + 5 * isl_s],
    )


def test_whoever_breaks_something_else_takes_its_part_of_the_band_all_the_same(score):
    world = hand_world(shared_bandwidth=True, min_accuracy=np.array([[0.5, 0.6]]))  # task 1 breaks C2
    total = score(world, hand_decision([UAV, UAV], [0.0025, 0.0]))
    assert np.asarray(total.latency_s)[0, 0] == pytest.approx(2.0 + 0.5 + 0.008 / math.log2(511), rel=1e-9)


def two_uavs(**changes):
    """The hand-made world with a second UAV; device 1 reaches UAV 0 at a gain of 6e-10, device 0 not UAV 1 at all."""
    world = hand_world()
    doubled = {
        name: np.repeat(getattr(world, name), 2, axis=0)
        for name in vars(world)
        if name.startswith("uav_") and name not in ("uav_fading", "uav_transmit_w")
    }
    fading = np.array([[[0.75, 0.0], [0.15, 0.75]]])
    return change(world, **doubled, uav_fading=fading, uav_transmit_w=np.array([0.005, 0.34]), **changes)


def decide(server, power):
    return Decision(np.array([server]), np.array([power]), np.full((1, 2, 2), [40.0, 0.0]))


@pytest.mark.parametrize("shared", [False, True])
def test_uavs_hear_devices_of_other_uavs_and_devices_hear_other_uavs(score, shared):
    """At UAV 0, 5 mW * 6e-10 = 3e-12 W of device 1 and 1e-12 W of noise: SNR 15 at 20 mW. UAV 1 hears nothing.

    Device 1 hears 5 mW * 6e-10 = 3e-12 W of UAV 0: SNR 255 of its own 340 mW. Device 0 hears nothing: SNR 15.
    """
    total = score(two_uavs(interference=True, shared_bandwidth=shared), decide([0, 1], [0.02, 0.005]))
    assert_tasks(
        total,
        [1.0 + 0.5 + 0.001, 1.5 + 1.0 + 0.001],
        [0.02 * 1 + 25 * 0.5 + 0.005 * 0.001, 0.005 * 1.5 + 25 * 1 + 0.34 * 0.001],
    )


def test_access_satellites_interfere_with_each_other_and_not_with_uavs(score):
    """Device 0 on satellite 1 and device 1 on satellite 0 hear the other one of both; each device's gains are equal."""
    world = hand_world(interference=True)
    total = score(world, hand_decision([SAT1, SAT0], [0.007, 0.014]))
    up = [0.007 * 4e-9 / (4e-12 + 0.014 * 4e-9), 0.014 * 1e-9 / (2e-12 + 0.007 * 1e-9)]
    down = [0.511 * 4e-9 / (4e-12 + 0.254 * 1e-9), 0.254 * 1e-9 / (2e-12 + 0.511 * 4e-9)]
    up_s = [4e6 / (4e6 * math.log2(1 + up[0])), 6e6 / (2e6 * math.log2(1 + up[1]))]
    down_s = [4e3 / (4e6 * math.log2(1 + down[0])), 8e3 / (2e6 * math.log2(1 + down[1]))]
    assert_tasks(
        total,
        [up_s[0] + 0.6 + down_s[0], up_s[1] + 1.0 + down_s[1]],
        [0.007 * up_s[0] + 70 * 0.6 + 0.511 * down_s[0], 0.014 * up_s[1] + 60 * 1 + 0.254 * down_s[1]],
    )
    apart = score(world, hand_decision([UAV, SAT0], [0.005, 0.014]))
    alone = score(hand_world(), hand_decision([UAV, SAT0], [0.005, 0.014]))
    assert_tasks(apart, np.asarray(alone.latency_s)[0], np.asarray(alone.energy_j)[0])


@given(cases(), options())
@quick
def test_evaluate_equals_the_oracle(case, on):
    instance = change(case.instance, **on)
    actual, expected = evaluate(instance, case.decision), oracle.evaluate(instance, case.decision)
    assert actual.violations == expected.violations
    for name in ("task_cost", "latency_s", "energy_j"):
        np.testing.assert_allclose(getattr(actual, name), np.array(getattr(expected, name)), rtol=1e-9)


@given(cases(), options())
@quick
def test_no_task_is_cheaper_than_with_the_option_off(case, on):
    shared, alone = evaluate(change(case.instance, **on), case.decision), evaluate(case.instance, case.decision)
    assert not (shared.served & ~alone.served).any()
    both = shared.served & alone.served
    assert (shared.task_cost[both] >= alone.task_cost[both] * (1 - 1e-12)).all()


@given(cases(), options())
@quick
def test_the_table_of_costs_alone_is_a_lower_bound_of_every_served_task(case, on):
    instance, decision = change(case.instance, **on), case.decision
    score, table = evaluate(instance, decision), server_costs(instance, decision.uav_xy)
    alone = np.take_along_axis(table.cost, np.maximum(decision.server, 0)[..., None], axis=-1)[..., 0]
    assert (score.task_cost[score.served] >= alone[score.served] * (1 - 1e-9)).all()


@given(cases())
@quick
def test_a_task_alone_has_the_whole_band(case):
    """Keep one task of each slot."""
    instance, decision = case.instance, case.decision
    first = np.arange(instance.devices) == np.argmax(instance.active, axis=1)[:, None]
    lonely = change(instance, active=instance.active & first)
    on = change(lonely, shared_bandwidth=True, interference=True)
    assert np.array_equal(evaluate(on, decision).task_cost, evaluate(lonely, decision).task_cost)


@given(cases())
@quick
def test_without_another_transmitter_there_is_no_interference(case):
    """All tasks on UAV 0, or on none."""
    instance, decision = case.instance, case.decision
    server = np.where(decision.server >= min(instance.uavs, 1), UNSERVED, decision.server)
    one = Decision(server, decision.power, decision.uav_xy)
    on = evaluate(change(instance, interference=True), one)
    assert np.array_equal(on.task_cost, evaluate(instance, one).task_cost)


def test_a_scenario_switches_the_options_on():
    tiny = Scenario.preset("tiny")
    for on in OPTIONS:
        day = generate(tiny.replace(**on), 0)
        assert day.options == set(on)
        assert day.id != generate(tiny, 0).id
    assert generate(tiny.replace(shared_bandwidth=False), 0).id == generate(tiny, 0).id


def test_distances_of_one_pair_and_of_all_pairs_agree():
    world = hand_world()
    from skyedge.problem.physics.links import squared_distance

    uav_xy = np.array([[12.0, 34.0]])
    assert squared_distance(world, 0, 1, 0, uav_xy) == squared_distances(world.device_xy[0], uav_xy)[1, 0]
