"""What online solvers are told, and that decisions are scored on the truth."""

import dataclasses

import numpy as np
import pytest
from pydantic import ValidationError

from skyedge.problem import Scenario, evaluate, generate
from skyedge.solvers import Knowledge, available, get, solve
from tests.worlds import hand_world

FEW = generate(Scenario.preset("paper").replace(slots=3), 0)
LONG = generate(Scenario.preset("paper"), 0)
HOTSPOT = generate(Scenario.preset("hotspot"), 0)
WRONG = Knowledge(channel_error_db=6, forecast="shuffled", forecast_factor=0.5)
GIVEN = ("uav_fading", "sat_gain", "arrival_rate")


def same(one, other, *, but=()):
    """Whether two instances agree in every field except some."""
    names = [field.name for field in dataclasses.fields(one) if field.name not in but]
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in names)


def decided(name, instance, **options):
    decision = solve(name, instance, seed=3, **options).decision
    return np.concatenate([np.ravel(part) for part in (decision.server, decision.power, decision.uav_xy)])


def test_by_default_solvers_are_told_the_truth():
    assert Knowledge().of(LONG) is LONG
    assert Knowledge().exact


def test_only_channel_gains_and_arrival_rates_are_told_wrong():
    told = WRONG.of(LONG)
    assert same(told, LONG, but=GIVEN)
    assert not any(np.array_equal(getattr(told, name), getattr(LONG, name)) for name in GIVEN)


def test_an_error_of_channels_leaves_the_forecast_and_the_other_way_round():
    assert same(Knowledge(channel_error_db=3).of(LONG), LONG, but=("uav_fading", "sat_gain"))
    assert same(Knowledge(forecast="flat", forecast_factor=2).of(LONG), LONG, but=("arrival_rate",))


def error_db(told, name):
    seen = getattr(LONG, name) > 0
    return 10 * np.log10(getattr(told, name)[seen] / getattr(LONG, name)[seen])


@pytest.mark.parametrize("name", ["uav_fading", "sat_gain"])
def test_channel_errors_are_normal_in_decibels_with_the_given_deviation(name):
    errors = error_db(Knowledge(channel_error_db=4).of(LONG), name)
    assert errors.mean() == pytest.approx(0, abs=5 * 4 / np.sqrt(errors.size))
    assert errors.std() == pytest.approx(4, rel=5 / np.sqrt(2 * errors.size))
    inside = np.mean(np.abs(errors) < 4)
    assert inside == pytest.approx(0.683, abs=5 * np.sqrt(0.683 * 0.317 / errors.size))


def test_what_is_out_of_sight_stays_so():
    assert np.array_equal(WRONG.of(LONG).sat_gain == 0, LONG.sat_gain == 0)


@pytest.mark.parametrize("name", ["uav_fading", "sat_gain"])
def test_a_greater_channel_error_scales_the_same_draws(name):
    one, three = (error_db(Knowledge(channel_error_db=size).of(LONG), name) for size in (1, 3))
    assert three == pytest.approx(3 * one, abs=1e-9)


def test_errors_are_the_same_each_time_and_others_on_another_instance():
    assert same(WRONG.of(LONG), WRONG.of(LONG))
    first, second = (WRONG.of(one).uav_fading / one.uav_fading for one in (FEW, generate(FEW.scenario, 1)))
    assert not np.isclose(first, second).any()


def test_the_errors_of_two_links_are_drawn_apart():
    told = Knowledge(channel_error_db=3).of(LONG)
    errors = 10 * np.log10(told.uav_fading / LONG.uav_fading)
    for one, other in ((errors[:, 0, 0], errors[:, 0, 1]), (errors[:, 0, 0], errors[:, 1, 0])):
        assert abs(np.corrcoef(one, other)[0, 1]) < 0.5
    assert abs(np.corrcoef(errors[1:].ravel(), errors[:-1].ravel())[0, 1]) < 0.15


def test_a_flat_forecast_is_the_mean_everywhere_and_a_factor_multiplies_it():
    told = Knowledge(forecast="flat", forecast_factor=3).of(HOTSPOT).arrival_rate
    assert told == pytest.approx(np.full_like(told, 3 * HOTSPOT.arrival_rate.mean()))


def test_a_shuffled_forecast_gives_each_device_the_rates_of_one_device():
    told = Knowledge(forecast="shuffled").of(HOTSPOT).arrival_rate
    assert sorted(map(tuple, told.T)) == sorted(map(tuple, HOTSPOT.arrival_rate.T))
    assert not np.array_equal(told, HOTSPOT.arrival_rate)


@pytest.mark.parametrize("name", [name for name in available() if get(name).information == "online"])
def test_an_online_solver_decides_as_if_what_it_is_told_were_true(name):
    instance = FEW if get(name)().takes(FEW) else LONG
    if not get(name)().takes(instance):
        pytest.skip("no policy is shipped for such a world")
    assert np.array_equal(decided(name, instance, knowledge=WRONG), decided(name, WRONG.of(instance)))


@pytest.mark.parametrize("name", ["greedy", "myopic", "ad-sac", "ppo", "ppo[track=plain]", "adp"])
def test_online_solvers_decide_otherwise_on_wrong_channels_or_rates(name):
    assert not np.array_equal(decided(name, LONG, knowledge=WRONG), decided(name, LONG))


def test_a_planner_moves_otherwise_on_a_wrong_forecast():
    instance = generate(HOTSPOT.scenario.replace(slots=4), 0)
    told = Knowledge(forecast="shuffled")
    assert not np.array_equal(decided("rolling", instance, knowledge=told), decided("rolling", instance))


@pytest.mark.parametrize("name", ["relaxed-minlp", "bound"])
def test_offline_solvers_and_bounds_keep_the_truth(name):
    instance = generate(Scenario.preset("tiny"), 1)
    with_errors, without = (solve(name, instance, seconds=20, knowledge=told) for told in (WRONG, Knowledge()))
    assert with_errors.bound == without.bound


def test_a_power_that_meets_the_limit_by_the_told_channel_alone_fails_by_the_true_one():
    # One task on the UAV, and energy is all that counts: the best power is the least that meets the limit.
    outcomes = {}
    for fading in np.linspace(0.5, 1.0, 12):
        world = hand_world(devices=1, latency_weight=0.0, sat_access=[[[-1, -1]]], uav_fading=[[[fading]]])
        world = dataclasses.replace(world, max_latency_s=np.array([[2.6]]))
        right = solve("greedy", world).decision
        assert evaluate(world, right).served.all()
        told = Knowledge(channel_error_db=1)
        wrong = solve("greedy", world, knowledge=told).decision
        score, flattered = evaluate(world, wrong), told.of(world).uav_fading.item() > fading
        assert (wrong.power.item() < right.power.item()) == flattered
        assert (score.violations["C5"], score.cost == world.unserved_penalty) == (flattered, flattered)
        outcomes[flattered] = score.cost
    assert outcomes.keys() == {False, True}


@pytest.mark.parametrize(
    "options", [{"channel_error_db": -1}, {"forecast_factor": 0}, {"forecast": "wrong"}, {"channel_eror_db": 1}]
)
def test_knowledge_that_makes_no_sense_is_refused(options):
    with pytest.raises(ValidationError):
        Knowledge(**options)
