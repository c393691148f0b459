"""UAV batteries: the ledger worked by hand, against the oracle, and what has to hold for every battery."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skyedge.problem import Decision, InputError, Scenario, evaluate, explain, generate
from skyedge.problem.scoring.batteries import Ledger, flight_power, way_energy
from tests import oracle
from tests.worlds import cases, change, hand_world, repeat_slot

UNSERVED, UAV, SAT0 = -1, 0, 1
ROTOR = {
    "rotor_blade_w": 60.0,
    "rotor_induced_w": 40.0,
    "rotor_tip_mps": 100.0,
    "rotor_hover_mps": 5.0,
    "rotor_drag_kg_per_m": 0.01,
}
SERVING = 25 * 0.5 + 0.085 * 0.0005  # device 0 on the UAV
FULL_SPEED = 60 * (1 + 3 * 20**2 / 100**2) + 40 * math.sqrt(math.sqrt(1 + 8**2) - 8) + 0.01 * 20**3  # 20²/(2·5²) = 8


@pytest.fixture(params=[evaluate, oracle.evaluate], ids=["fast", "oracle"])
def score(request):
    return request.param


def left_j(total):
    """The UAV's battery after each slot."""
    return np.array(total.left_j if isinstance(total, oracle.Total) else total.batteries.left_j)[:, 0]


def world_with(battery_j, slots):
    return change(repeat_slot(hand_world(), slots), uav_battery_j=np.array([battery_j]), **ROTOR)


def on_the_uav(path):
    """Device 0 on the UAV in every slot, device 1 nowhere."""
    slots = len(path)
    server, power = np.tile([UAV, UNSERVED], (slots, 1)), np.tile([0.005, 0.0], (slots, 1))
    return Decision(server, power, np.array(path, float)[:, None])


def test_hovering_takes_blade_and_induced_power_until_the_battery_cannot_last_a_slot(score):
    total = score(world_with(1000.0, 4), on_the_uav([(40, 0)] * 4))
    slot_j = 3 * (60 + 40) + SERVING
    assert left_j(total) == pytest.approx([1000 - slot_j, 1000 - 2 * slot_j, *2 * [1000 - 3 * slot_j]], rel=1e-12)
    assert [task[0] for task in total.served] == [True, True, True, False]
    assert total.violations == {"C1": 4, "C2": 0, "C3": 0, "C4": 0, "C5": 0, "C6": 0, "C7": 1}
    assert total.task_cost[3][0] == 9.0


def test_the_way_home_is_kept_in_reserve_and_flown_at_full_speed(score):
    """Two full steps away, and a battery a joule short of the reserve there."""
    path = [(100, 0), (160, 0), (160, 0)]
    step_j = 3 * FULL_SPEED
    needed = 2 * step_j + 120 / 20 * FULL_SPEED
    world = change(world_with(needed + 1, 3), uav_radius_m=np.array([500.0]), min_accuracy=np.full((3, 2), 0.6))
    total = score(world, on_the_uav(path))  # the task breaks C2: it takes nothing
    assert left_j(total) == pytest.approx([needed + 1 - step_j, needed + 1 - 2 * step_j, 1.0], rel=1e-9)
    total = score(change(world, uav_battery_j=np.array([needed - 1])), on_the_uav(path))
    assert left_j(total) == pytest.approx([needed - 1 - step_j, *2 * [needed - 1 - 2 * step_j]], rel=1e-9)
    assert total.violations["C7"] == 2


def test_flight_energy_is_reported_by_uav_and_slot():
    path = [(100, 0), (100, 0), (100, 0)]
    world = change(world_with(2 * 3 * FULL_SPEED + 310, 3), uav_radius_m=np.array([500.0]))
    flown = evaluate(world, on_the_uav(path)).batteries
    assert flown.flight_j[:, 0] == pytest.approx([3 * FULL_SPEED, 60 / 20 * FULL_SPEED, 0.0], rel=1e-12)
    assert flown.home[:, 0].tolist() == [False, True, True]


def test_a_battery_that_is_just_empty_at_home_has_not_failed():
    world = change(world_with(600.0, 3), min_accuracy=np.full((3, 2), 0.6))  # no task is served: 300 J a slot
    flown = evaluate(world, on_the_uav([(40, 0)] * 3)).batteries
    assert flown.left_j[:, 0].tolist() == [300.0, 0.0, 0.0]
    assert flown.home[:, 0].tolist() == [False, False, True]


def test_the_smallest_battery_is_one():
    world = change(world_with(0.5, 1), uav_speed_mps=np.array([20.0]))
    assert evaluate(world, on_the_uav([(40, 0)])).batteries.home.tolist() == [[True]]


@pytest.mark.parametrize("speed_mps", [0.5, 20.0])
def test_the_way_home_takes_its_time_at_full_speed(speed_mps):
    world = change(world_with(1000.0, 1), uav_speed_mps=np.array([speed_mps]))
    expected = 100 / speed_mps * flight_power(world, np.array([speed_mps]))
    assert way_energy(world, np.array([100.0])) == pytest.approx(expected, rel=1e-12)


def test_who_cannot_fly_needs_nothing_for_the_way_home():
    world = change(world_with(1000.0, 1), uav_speed_mps=np.array([0.0]))
    assert way_energy(world, np.zeros((2, 1))).tolist() == [[0.0], [0.0]]


def test_many_fleets_book_in_lock_step():
    """Three fleets of one UAV each: it stays, flies on at full speed, flies back at half of it."""
    world = world_with(1e5, 2)
    ledger = Ledger(world, np.tile(world.uav_start_xy, (3, 1, 1)))
    assert ledger.left_j.shape == ledger.home.shape == (3, 1)
    out = np.array([[[40.0, 0.0]], [[100.0, 0.0]], [[40.0, 60.0]]])
    flight_j = ledger.book(out, np.array([[1.0], [2.0], [3.0]]))
    assert flight_j == pytest.approx(np.array([[300], [3 * FULL_SPEED], [3 * FULL_SPEED]]), rel=1e-12)
    step = np.array([[[0.0, 0.0]], [[0.0, 60.0]], [[0.0, -30.0]]])
    flight_j = ledger.book(out + step, np.zeros((3, 1)))
    half_speed = float(flight_power(world, 10.0))
    assert flight_j == pytest.approx(np.array([[300], [3 * FULL_SPEED], [3 * half_speed]]), rel=1e-12)
    spent = np.array([[601], [6 * FULL_SPEED + 2], [3 * FULL_SPEED + 3 * half_speed + 3]])
    assert ledger.left_j == pytest.approx(1e5 - spent, rel=1e-12)
    away_m = np.array([[0.0], [60 * math.sqrt(2)], [30.0]])
    assert ledger.reserve() == pytest.approx(away_m / 20 * FULL_SPEED, rel=1e-12)
    assert ledger.reserve(10.0) == pytest.approx((away_m + 10) / 20 * FULL_SPEED, rel=1e-12)


def test_the_published_rotor_hovers_at_168_watts_and_is_thriftiest_at_ten_metres_a_second():
    world = change(hand_world(), uav_battery_j=np.array([1e5]))
    speeds = np.arange(0, 31)
    power = flight_power(world, speeds)
    assert power[0] == pytest.approx(79.86 + 88.63)
    assert speeds[np.argmin(power)] == 10
    naive = 88.63 * np.sqrt(np.sqrt(1 + speeds**4 / (4 * 4.03**4)) - speeds**2 / (2 * 4.03**2))
    drag = 0.6 * 1.225 * 0.05 * 0.503 / 2 * speeds**3
    assert power == pytest.approx(79.86 * (1 + 3 * speeds**2 / 120**2) + naive + drag, rel=1e-9)


def batteries():
    """From what does not last a slot to what lasts a flight across the area at the speed of random worlds."""
    return st.floats(2.0, 6.0).map(lambda exponent: 10**exponent)


def with_batteries(case, battery_j):
    """A random world with batteries, and no drag: at 10 km/s it would outweigh all else."""
    return change(case.instance, uav_battery_j=battery_j * np.ones(case.instance.uavs), rotor_drag_kg_per_m=0.0)


@given(cases(), batteries(), st.booleans())
@settings(max_examples=100, deadline=None)
def test_the_ledger_is_what_the_oracle_says(case, battery_j, first_only):
    battery = np.full(case.instance.uavs, battery_j)
    battery[1 if first_only else battery.size :] = 0
    instance = with_batteries(case, battery)
    actual, expected = evaluate(instance, case.decision), oracle.evaluate(instance, case.decision)
    assert actual.violations == expected.violations
    for name in ("task_cost", "served", "broken"):
        np.testing.assert_allclose(getattr(actual, name), getattr(expected, name), rtol=1e-9)
    if battery.any():
        np.testing.assert_allclose(actual.batteries.left_j, expected.left_j, rtol=1e-9, atol=1e-10 * battery_j)
        assert (actual.batteries.left_j >= 0).all()


@given(cases().filter(lambda case: case.instance.uavs), batteries(), st.floats(1.0, 3.0))
@settings(max_examples=100, deadline=None)
def test_a_larger_battery_never_turns_a_uav_home_earlier(case, battery_j, factor):
    small, large = (evaluate(with_batteries(case, value), case.decision) for value in (battery_j, factor * battery_j))
    assert not (large.batteries.home & ~small.batteries.home).any()
    assert not (large.broken[..., 6] & ~small.broken[..., 6]).any()


@given(cases())
@settings(max_examples=50, deadline=None)
def test_a_huge_battery_changes_nothing(case):
    huge = evaluate(with_batteries(case, 1e15), case.decision)
    off = evaluate(case.instance, case.decision)
    assert off.batteries is None
    assert np.array_equal(huge.task_cost, off.task_cost)
    assert np.array_equal(huge.broken[..., :6], off.broken)
    assert not huge.broken[..., 6:].any()


def test_a_task_of_a_uav_that_has_turned_home_is_explained():
    world = world_with(1000.0, 4)
    decision = on_the_uav([(40, 0)] * 4)
    lines = explain(world, decision, evaluate(world, decision))
    assert "slot 3, device 0: C7 battery: UAV 0 turned home in slot 3, with what it takes to get there" in lines


def test_a_scenario_gives_batteries_and_rotors_to_its_instances_and_files(tmp_path):
    scenario = Scenario.preset("tiny").replace(uav_battery_j=(900.0, 0.0), rotor={"blade_w": 50.0})
    day = generate(scenario, 0)
    assert day.options == {"battery"}
    assert day.uav_battery_j.tolist() == [900.0, 0.0]
    assert (day.rotor_blade_w, day.rotor_induced_w) == (50.0, 88.63)
    day.save(tmp_path / "day.npz")
    assert type(day).load(tmp_path / "day.npz").id == day.id != generate(Scenario.preset("tiny"), 0).id


def test_a_rotor_without_a_battery_is_refused():
    with pytest.raises(InputError, match="give uav_battery_j too"):
        Scenario.preset("tiny").replace(rotor={"blade_w": 50.0})
