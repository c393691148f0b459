"""Which decisions are valid, and what is said of others."""

import numpy as np
import pytest

from skyedge.problem import Decision, InputError, evaluate
from tests.worlds import change, hand_decision, hand_world, random_world

UNSERVED, UAV = -1, 0
BEYOND = 1 + 1e-6


def test_the_full_power_and_the_full_step_are_allowed():
    score = evaluate(hand_world(), hand_decision([UAV, UNSERVED], [0.021, 0.0], (100.0, 0.0)))
    assert score.violations["C3"] == 1  # 60 m in 3 s at 20 m/s, away from device 0


@pytest.mark.parametrize(
    ("power", "uav_xy"),
    [
        (0.021 * BEYOND, (40.0, 0.0)),
        (-1e-6, (40.0, 0.0)),
        (np.nan, (40.0, 0.0)),
        (np.inf, (40.0, 0.0)),
        (0.005, (100.0 + 1e-4, 0.0)),  # farther than 60 m from the start
        (0.005, (40.0, -1e-4)),  # outside the area
        (0.005, (40.0, 100.0 + 1e-4)),
        (0.005, (np.nan, 0.0)),
    ],
)
def test_an_invalid_power_or_position_is_refused(power, uav_xy):
    world = hand_world(uav_speed_mps=np.array([20.0 if uav_xy[1] == 0.0 else 1e3]))
    with pytest.raises(InputError) as refusal:
        evaluate(world, hand_decision([UAV, UNSERVED], [power, 0.0], uav_xy))
    assert str(refusal.value).startswith("uav_xy" if power == 0.005 else "power")
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    "decision",
    [
        Decision(np.array([[3, 0]]), np.zeros((1, 2)), np.array([[[40.0, 0.0]]])),
        Decision(np.array([[-2, 0]]), np.zeros((1, 2)), np.array([[[40.0, 0.0]]])),
        Decision(np.array([[0.0, 0.0]]), np.zeros((1, 2)), np.array([[[40.0, 0.0]]])),
        Decision(np.array([[0, 0, 0]]), np.zeros((1, 3)), np.array([[[40.0, 0.0]]])),
        Decision(np.array([[0, 0]]), np.zeros((1, 2)), np.array([[40.0, 0.0]])),
        Decision(np.array([[0, 0]] * 2), np.zeros((2, 2)), np.array([[[40.0, 0.0]]] * 2)),
    ],
    ids=[
        "server too high",
        "server too low",
        "server not int",
        "three devices",
        "flat positions",
        "two slots",
    ],
)
def test_a_malformed_decision_is_refused(decision):
    with pytest.raises(InputError):
        evaluate(hand_world(), decision)


def test_a_move_is_measured_from_the_slot_before():
    world = random_world(np.random.default_rng(0), 2, 1, 1, 3)
    world = change(
        world,
        area_m=np.array([200.0, 100.0]),
        uav_start_xy=np.zeros((1, 2)),
        slot_s=3.0,
        uav_speed_mps=np.array([20.0]),
    )
    path = np.array([[[36.0, 48.0]], [[96.0, 48.0]], [[60.0, 0.0]]])  # three steps of exactly 60 m
    nothing = np.full((3, 2), UNSERVED), np.zeros((3, 2))
    evaluate(world, Decision(*nothing, path))
    with pytest.raises(InputError):
        evaluate(world, Decision(*nothing, path[[0, 2, 1]] + [[[0.0, 0.0]], [[0.0, 0.0]], [[25.0, 0.0]]]))


# limits are part of what is allowed, and their tolerances too: a billionth of the power, a micrometre of way and area


def refusal(decision, **changes):
    with pytest.raises(InputError) as caught:
        decision.check(hand_world(**changes))
    return str(caught.value)


@pytest.mark.parametrize("power", [0.0, 0.021, 0.021 * (1 + 0.9e-9), 0.021 * (1 + 1e-9)])
def test_powers_from_nothing_to_the_highest_are_allowed(power):
    hand_decision([UAV, UAV], [power, 0.0]).check(hand_world())


def test_a_power_a_little_above_the_highest_is_refused_with_its_place():
    message = refusal(hand_decision([UAV, UAV], [0.021, 0.021 * (1 + 1.1e-9)]))
    assert message.startswith("power[0, 1] is 0.0210000")


@pytest.mark.parametrize("corner", [(-1e-6, 0.0), (0.0, -1e-6), (200 + 1e-6, 100.0), (200.0, 100 + 1e-6)])
def test_the_border_of_the_area_belongs_to_it(corner):
    hand_decision([UAV, UAV], [0.0, 0.0], corner).check(hand_world(uav_speed_mps=np.array([1e3])))


@pytest.mark.parametrize(
    ("corner", "place"),
    [
        ((-1.1e-6, 0.0), "uav_xy[0, 0, 0]"),
        ((0.0, -1.1e-6), "uav_xy[0, 0, 1]"),
        ((200 + 1.1e-6, 100.0), "uav_xy[0, 0, 0]"),
        ((200.0, 100 + 1.1e-6), "uav_xy[0, 0, 1]"),
    ],
)
def test_a_position_beyond_the_border_is_refused_with_its_place(corner, place):
    message = refusal(hand_decision([UAV, UAV], [0.0, 0.0], corner), uav_speed_mps=np.array([1e3]))
    assert message.startswith(place)
    assert message.endswith("inside the area of 200 m x 100 m")


def test_a_step_may_be_a_micrometre_longer_than_the_reach():
    hand_decision([UAV, UAV], [0.0, 0.0], (100 + 0.9e-6, 0.0)).check(hand_world())  # 60 m in 3 s at 20 m/s


def test_a_longer_step_is_refused_with_its_slot_its_uav_and_both_lengths():
    message = refusal(hand_decision([UAV, UAV], [0.0, 0.0], (100 + 1.1e-6, 0.0)))
    assert message.startswith("uav_xy[0, 0] is 60.000001 m from where UAV 0 was")
    assert "within 60.000000 m" in message


def test_of_two_uavs_the_one_that_is_too_fast_is_named():
    world = random_world(np.random.default_rng(0), 1, 2, 1, 2)
    speeds, start = np.array([20.0, 10.0]), np.zeros((2, 2))
    world = change(world, area_m=np.full(2, 100.0), uav_start_xy=start, slot_s=1.0, uav_speed_mps=speeds)
    path = np.array([[[0.0, 0.0], [6.0, 8.0]], [[15.0, 0.0], [18.0, 17.0]]])  # UAV 1: 10 m, then 15 m
    with pytest.raises(InputError, match=r"^uav_xy\[1, 1\] is 15.000000 m from where UAV 1 was.* within 10.000000 m"):
        Decision(np.full((2, 1), UNSERVED), np.zeros((2, 1)), path).check(world)
    path[0] = 100.0
    with pytest.raises(InputError, match=r"^uav_xy\[0, 0\] is 141"):  # of several, the first
        Decision(np.full((2, 1), UNSERVED), np.zeros((2, 1)), path).check(world)


@pytest.mark.parametrize("server", [UNSERVED, 0, 1, 2])
def test_every_server_and_none_are_allowed(server):
    hand_decision([server, server], [0.0, 0.0]).check(hand_world())


def test_a_server_that_is_not_there_is_refused_with_the_last_that_is():
    assert refusal(hand_decision([UAV, 3], [0.0, 0.0])) == (
        "server[0, 1] is 3: it must be between -1 (not offloaded) and 2"
    )


def test_powers_and_positions_have_to_be_floating_point():
    server, power, uav_xy = np.array([[0, 0]]), np.zeros((1, 2)), np.array([[[40.0, 0.0]]])
    assert "power has type int64" in refusal(Decision(server, power.astype(int), uav_xy))
    assert "uav_xy has type int64: it must hold floating-point" in refusal(Decision(server, power, uav_xy.astype(int)))
    assert "server has type float64: it must hold whole" in refusal(Decision(server.astype(float), power, uav_xy))
    Decision(server.astype("u1"), power.astype("f4"), uav_xy).check(hand_world())


def test_rows_of_different_lengths_are_refused_by_name():
    with pytest.raises(InputError, match="power is not an array: its rows differ in length"):
        Decision(np.zeros((1, 2), int), [[0.0, 0.0], [0.0]], np.zeros((1, 1, 2)))


def test_a_decision_is_apart_from_the_callers_arrays_and_cannot_change():
    server, power, uav_xy = np.array([[0, 0]]), np.zeros((1, 2)), np.array([[[40.0, 0.0]]])
    decision = Decision(server, power, uav_xy)
    power[:] = 1.0
    assert decision.power.tolist() == [[0.0, 0.0]]
    for name in ("server", "power", "uav_xy"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(decision, name)[:] = 0
        with pytest.raises(AttributeError):
            setattr(decision, name, power)
    assert decision != Decision(server, power, uav_xy)  # compared by identity: arrays have no one truth


def test_a_decision_comes_back_from_its_file_as_it_was(tmp_path):
    decision = hand_decision([UAV, UNSERVED], [0.005, 0.0])
    decision.save(tmp_path / "plan.npz")
    again = Decision.load(tmp_path / "plan.npz")
    for name in ("server", "power", "uav_xy"):
        assert np.array_equal(getattr(again, name), getattr(decision, name))
