"""The fast evaluator against the oracle, and what has to hold for every world whatever the oracle says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skyedge.problem import Decision, Instance, evaluate, score_slots, stack
from tests import oracle
from tests.worlds import (
    cases,
    change,
    generators,
    hand_decision,
    hand_world,
    random_constants,
    random_decision,
    random_horizon,
    random_world,
)

PER_TASK = ("task_cost", "served", "broken", "latency_s", "energy_j")
TOTALS = ("cost", "served_fraction", "satellite_share", "mean_latency_s", "energy_per_slot_j")
BEYOND = 1 + 1e-6
UNSERVED, UAV, SAT0, SAT1 = -1, 0, 1, 2

quick = settings(max_examples=150, deadline=None)


def assert_same(actual, expected, relative=1e-9):
    """Equal up to the relative tolerance; infinities and NaN have to sit in the same places."""
    np.testing.assert_allclose(np.asarray(actual), np.asarray(expected), rtol=relative, atol=0.0)


def assert_same_score(actual, expected, relative=1e-9):
    for name in (*PER_TASK, "slot_cost", *TOTALS):
        assert_same(getattr(actual, name), getattr(expected, name), relative)
    assert actual.violations == expected.violations


def test_the_random_worlds_serve_some_tasks_and_break_every_constraint():
    rng = np.random.default_rng(1)
    served, broken = 0, dict.fromkeys(oracle.CONSTRAINTS, 0)
    for _ in range(100):
        world = random_world(rng, 5, 2, 2, 2)
        total = oracle.evaluate(world, random_decision(rng, world))
        served += np.sum(total.served)
        broken = {name: broken[name] + total.violations[name] for name in broken}
    assert min(served, *broken.values()) >= 30, (served, broken)


# equality with the oracle


@given(cases())
@quick
def test_evaluate_equals_the_oracle(case):
    assert_same_score(evaluate(case.instance, case.decision), oracle.evaluate(case.instance, case.decision))


@given(generators(), st.integers(1, 5), st.integers(0, 3), st.integers(1, 3), st.integers(2, 5))
@quick
def test_stacked_slots_of_several_instances_score_as_they_do_alone(rng, devices, uavs, satellites, count):
    constants = random_constants(rng, devices, uavs, satellites)
    horizons = [random_horizon(rng, constants, slots) for slots in rng.integers(1, 4, count)]
    decisions = [random_decision(rng, horizon) for horizon in horizons]
    picks = [(i, int(rng.integers(horizon.slots_count))) for i, horizon in enumerate(horizons)]
    batch = score_slots(
        stack([horizons[i].at(t) for i, t in picks]),
        np.stack([decisions[i].server[t] for i, t in picks]),
        np.stack([decisions[i].power[t] for i, t in picks]),
        np.stack([decisions[i].uav_xy[t] for i, t in picks]),
    )
    expected = [oracle.evaluate(*pair) for pair in zip(horizons, decisions, strict=True)]
    for name in PER_TASK:
        assert_same(getattr(batch, name), [getattr(expected[i], name)[t] for i, t in picks])
    assert_same(batch.cost, [expected[i].slot_cost[t] for i, t in picks])


@given(cases())
@quick
def test_a_slot_without_leading_axis_scores_as_in_its_horizon(case):
    instance, decision = case.instance, case.decision
    horizon = evaluate(instance, decision)
    for t in range(instance.slots_count):
        slot = score_slots(instance.at(t), decision.server[t], decision.power[t], decision.uav_xy[t])
        for name in PER_TASK:
            assert_same(getattr(slot, name), getattr(horizon, name)[t], 0.0)
        assert_same(slot.cost, horizon.slot_cost[t])


@given(generators())
@quick
def test_two_leading_axes_score_as_one(rng):
    instance = random_world(rng, 4, 2, 2, 6)
    decision = random_decision(rng, instance)
    grid = np.arange(6).reshape(2, 3)
    double = score_slots(instance.at(grid), decision.server[grid], decision.power[grid], decision.uav_xy[grid])
    single = score_slots(instance, decision.server, decision.power, decision.uav_xy)
    for name in (*PER_TASK, "cost"):
        assert_same(getattr(double, name), np.asarray(getattr(single, name))[grid], 1e-12)


@given(cases())
@quick
def test_what_of_the_energy_is_not_the_devices_is_what_the_oracle_says(case):
    instance, decision = case.instance, case.decision
    actual = score_slots(instance, decision.server, decision.power, decision.uav_xy).server_energy_j
    assert_same(actual, [[task.server_j for task in row] for row in oracle.evaluate(instance, decision).tasks])


@given(cases())
@quick
def test_the_totals_are_sums_over_the_tasks(case):
    instance, decision = case.instance, case.decision
    score = evaluate(instance, decision)
    served, broken = np.asarray(score.served), np.asarray(score.broken)
    assert_same(score.cost, np.sum(score.task_cost), 1e-12)
    assert not served[~instance.active].any()
    assert not broken[~instance.active].any()
    assert np.array_equal(served, instance.active & ~broken.any(axis=-1))
    assert list(score.violations.values()) == broken.sum(axis=(0, 1)).tolist()


# symmetries


@given(cases(), generators())
@quick
def test_permuting_devices_permutes_the_outcome(case, rng):
    instance, decision = case.instance, case.decision
    order = rng.permutation(instance.devices)
    per_device = [name for name in oracle.PER_SLOT if not name.startswith("isl")]
    permuted = change(
        instance,
        max_power_w=instance.max_power_w[order],
        **{name: getattr(instance, name)[:, order] for name in per_device},
    )
    other = Decision(decision.server[:, order], decision.power[:, order], decision.uav_xy)
    before, after = evaluate(instance, decision), evaluate(permuted, other)
    for name in PER_TASK:
        assert_same(getattr(after, name), getattr(before, name)[:, order], 1e-12)
    for name in TOTALS:
        assert_same(getattr(after, name), getattr(before, name))
    assert after.violations == before.violations


@given(generators())
@quick
def test_renumbering_the_servers_changes_nothing(rng):
    instance = random_world(rng, 4, 3, 3, 2)
    decision = random_decision(rng, instance)
    uavs, sats = rng.permutation(3), rng.permutation(3)
    rank = np.argsort(sats)  # the new number of each satellite
    access = instance.sat_access[..., sats]
    constants = set(vars(instance)) - oracle.PER_SLOT
    changes = {name: getattr(instance, name)[uavs] for name in constants if name.startswith("uav_")}
    changes |= {name: getattr(instance, name)[sats] for name in constants if name.startswith("sat_")}
    changes |= {
        "uav_fading": instance.uav_fading[..., uavs],
        "sat_gain": instance.sat_gain[..., sats],
        "sat_window_s": instance.sat_window_s[..., sats],
        "sat_access": np.where(access < 0, -1, rank[access]),
        "isl_hops": instance.isl_hops[:, sats][:, :, sats],
        "isl_delay_s": instance.isl_delay_s[:, sats][:, :, sats],
    }
    new_number = np.concatenate([np.argsort(uavs), 3 + rank, [-1]])  # the last one serves server -1
    other = Decision(new_number[decision.server], decision.power, decision.uav_xy[:, uavs])
    assert_same_score(evaluate(change(instance, **changes), other), evaluate(instance, decision), 1e-12)


@given(cases(), st.sampled_from([0.25, 3.0, 1000.0]))
@quick
def test_scaling_both_weights_and_the_penalty_scales_the_cost_alone(case, factor):
    instance, decision = case.instance, case.decision
    weights = ("latency_weight", "energy_weight", "unserved_penalty")
    scaled = change(instance, **{name: factor * getattr(instance, name) for name in weights})
    before, after = evaluate(instance, decision), evaluate(scaled, decision)
    assert_same(after.task_cost, factor * np.asarray(before.task_cost), 1e-12)
    assert_same(after.cost, factor * before.cost, 1e-12)
    for name in ("served", "latency_s", "energy_j", "energy_per_slot_j", "mean_latency_s"):
        assert_same(getattr(after, name), getattr(before, name), 0.0)


@given(cases(), st.sampled_from([0.5, 4.0]))
@quick
def test_twice_the_bits_over_twice_the_bandwidth_take_the_same_time(case, factor):
    instance, decision = case.instance, case.decision
    bits = ("input_bits", "bits_per_word", "uav_bandwidth_hz", "sat_bandwidth_hz", "isl_rate_bps")
    scaled = change(
        instance,
        **{name: factor * getattr(instance, name) for name in bits},
        noise_psd=instance.noise_psd / factor,  # the noise power of a channel stays
    )
    assert_same_score(evaluate(scaled, decision), evaluate(instance, decision), 1e-12)


@given(cases(), st.sampled_from([0.5, 4.0]))
@quick
def test_in_another_unit_of_power_latencies_stay_and_energies_scale(case, factor):
    instance, decision = case.instance, case.decision
    watts = ("max_power_w", "noise_psd", "isl_power_w")
    watts += tuple(f"{kind}_{part}_w" for kind in ("uav", "sat") for part in ("compute", "transmit"))
    scaled = change(
        instance,
        **{name: factor * getattr(instance, name) for name in watts},
        energy_weight=instance.energy_weight / factor,
    )
    before = evaluate(instance, decision)
    after = evaluate(scaled, Decision(decision.server, factor * decision.power, decision.uav_xy))
    for name in ("task_cost", "served", "broken", "latency_s", "cost", "mean_latency_s"):
        assert_same(getattr(after, name), getattr(before, name), 1e-12)
    for name in ("energy_j", "energy_per_slot_j"):
        assert_same(getattr(after, name), factor * np.asarray(getattr(before, name)), 1e-12)


@given(cases(), generators())
@quick
def test_more_power_never_raises_latency(case, rng):
    instance, decision = case.instance, case.decision
    more = decision.power + rng.random(decision.power.shape) * (instance.max_power_w - decision.power)
    before = np.asarray(evaluate(instance, decision).latency_s)
    after = np.asarray(evaluate(instance, Decision(decision.server, more, decision.uav_xy)).latency_s)
    assert np.array_equal(np.isnan(before), np.isnan(after))
    linked = ~np.isnan(before)
    assert np.all(after[linked] <= before[linked] * (1 + 1e-15))


@given(cases(), generators())
@quick
def test_whatever_an_idle_device_decides_changes_nothing(case, rng):
    instance, decision = case.instance, case.decision
    other = random_decision(rng, instance)
    server = np.where(instance.active, decision.server, other.server)
    power = np.where(instance.active, decision.power, other.power)
    after = evaluate(instance, Decision(server, power, decision.uav_xy))
    assert_same_score(after, evaluate(instance, decision), 0.0)


# tolerances: exactly at the limit passes, a millionth beyond does not

LATENCY = {UAV: 1.5005, SAT0: 1.0 + 0.5 + 4 / 14e3}  # of device 0 at 5 and 6 mW, from test_golden
LIMITS = {
    "C2 on a UAV": (UAV, "C2", lambda factor: {"min_accuracy": np.array([[0.55 * factor, 0.5]])}),
    "C2 on a satellite": (SAT0, "C2", lambda factor: {"min_accuracy": np.array([[0.7 * factor, 0.5]])}),
    "C3": (UAV, "C3", lambda factor: {"uav_radius_m": np.array([40.0 / factor])}),
    "C4": (SAT0, "C4", lambda factor: {"sat_window_s": np.full((1, 2, 2), LATENCY[SAT0] / factor)}),
    "C5 on a UAV": (UAV, "C5", lambda factor: {"max_latency_s": np.full((1, 2), LATENCY[UAV] / factor)}),
    "C5 on a satellite": (
        SAT0,
        "C5",
        lambda factor: {"max_latency_s": np.full((1, 2), LATENCY[SAT0] / factor)},
    ),
}


@pytest.mark.parametrize("name", LIMITS)
@pytest.mark.parametrize(("factor", "passes"), [(1.0, True), (1 + 0.9e-9, True), (1 + 1.1e-9, False), (BEYOND, False)])
def test_a_limit_holds_within_a_relative_billionth(name, factor, passes):
    server, constraint, changes = LIMITS[name]
    decision = hand_decision([server, UNSERVED], [0.005 if server == UAV else 0.006, 0.0])
    score = evaluate(hand_world(**changes(factor)), decision)
    assert score.violations[constraint] == (not passes)
    assert sum(score.violations.values()) == 1 + (not passes)  # device 1 breaks C1
    assert bool(score.served[0, 0]) == passes


def test_scoring_leaves_the_instance_and_the_decision_as_they_were():
    rng = np.random.default_rng(3)
    instance: Instance = random_world(rng, 4, 2, 2, 3)
    decision = random_decision(rng, instance)
    identity, before = instance.id, decision.power.copy()
    evaluate(instance, decision)
    assert change(instance).id == identity
    assert np.array_equal(decision.power, before)
