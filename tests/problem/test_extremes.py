"""Worlds at the ends of what scenarios may say are drawn and scored exactly, without a warning, or refused."""

import numpy as np
import pytest

from skyedge.problem import Decision, InputError, evaluate, generate, server_costs
from tests.extremes import BOUNDLESS, CHANGES, SMALL, WORLDS, assert_exact, drawn, no_warning


@pytest.mark.parametrize("name", WORLDS)
def test_whatever_is_decided_in_an_extreme_world_costs_what_the_oracle_says(name):
    instance, rng = drawn(name), np.random.default_rng(0)
    shape = instance.active.shape
    for _ in range(5):
        path = np.repeat(instance.uav_start_xy[None], instance.slots_count, axis=0)
        server = rng.integers(-1, instance.servers, shape)
        decision = Decision(server, rng.random(shape) * instance.max_power_w, path)
        with no_warning():
            score = evaluate(instance, decision)
        assert_exact(instance, decision, score)


@pytest.mark.parametrize("name", WORLDS)
def test_best_costs_of_an_extreme_world_are_numbers_where_a_server_is_feasible(name):
    instance = drawn(name)
    with no_warning():
        costs = server_costs(instance, instance.uav_start_xy)
    assert np.isfinite(costs.cost[costs.feasible]).all()
    assert (costs.cost[~costs.feasible] == np.inf).all()
    assert ((costs.power >= 0) & (costs.power <= instance.max_power_w[:, None])).all()


EXPECTED = {  # what these worlds are made for
    "everyone idle": (0, "C1"),
    "no capacity anywhere": (0, "C6"),
    "gains of -300 dB": (0, "C5"),
    "noise of 100 dBm/Hz": (0, "C5"),
    "devices without power": (0, "C5"),
    "limits that nothing can keep": (0, "C5"),
    "payloads that nothing can carry": (0, "C5"),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_no_task_is_served_where_none_can_be(name):
    instance = drawn(name)
    assert generate(SMALL, 0).active.any()
    served, constraint = EXPECTED[name]
    first = np.zeros(instance.active.shape, int)
    path = np.repeat(instance.uav_start_xy[None], instance.slots_count, axis=0)
    score = evaluate(instance, Decision(first, np.full(first.shape, 1.0) * instance.max_power_w, path))
    assert score.served.sum() == served
    assert (score.violations[constraint] > 0) == instance.active.any()


def test_a_world_whose_tasks_can_cost_anything_is_refused_for_its_penalty():
    with no_warning(), pytest.raises(InputError, match="unserved_penalty is 5: it must be above"):
        generate(SMALL.replace(**BOUNDLESS), 0)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("noise_dbm_per_hz", 1e5),
        ("reference_gain_db", -1e300),
        ("path_loss_exponent", 1e9),
        ("area_m", 1e9),
        ("slot_s", 1e9),
        ("uav_speed_mps", 1e308),
        ("uav_altitude_m", 1e-200),
        ("arrival_rate", (1e19, 1e19)),
        ("uav_capacity", 10**30),
        ("satellites", 501),
    ],
)
def test_what_lies_beyond_these_ends_is_refused_by_its_name(field, value):
    with pytest.raises(InputError, match=field):
        SMALL.replace(**{field: value})


def test_minus_nothing_is_nothing():
    hotspot = {"jitter_m": -0.0, "offset_m": -0.0}
    world = SMALL.replace(arrival_rate=(0.0, -0.0), uav_start=(0.0, -0.0), hotspot=hotspot)
    assert not generate(world, 0).active.any()


def test_every_extreme_world_differs_from_the_usual_one():
    assert all(WORLDS[name] != SMALL for name in CHANGES)
