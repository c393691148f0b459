"""Tasks worked by hand: every term of section 6, every constraint, the totals of section 7.

The numbers follow from the world of `tests/worlds.py`; each expectation is written out as the arithmetic that
gives it. The oracle has to agree with the same hand calculations as the fast evaluator.
"""

import math

import numpy as np
import pytest

from skyedge.problem import evaluate
from tests import oracle
from tests.worlds import change, hand_decision, hand_world, repeat_slot

UNSERVED, UAV, SAT0, SAT1 = -1, 0, 1, 2
PENALTY = 9.0


@pytest.fixture(params=[evaluate, oracle.evaluate], ids=["fast", "oracle"])
def score(request):
    return request.param


def near(expected):
    return pytest.approx(expected, rel=1e-9, abs=0.0, nan_ok=True)


def broken(total, k=0, t=0):
    flags = np.asarray(total.broken)[t, k]
    return {name for name, flag in zip(oracle.CONSTRAINTS, flags, strict=True) if flag}


# Per row: what is changed in the world; device, (server,) power; latency and energy, each as a sum of terms.
# Device 0 sends 4 Mbit for 100 words = 4000 bit, device 1 sends 6 Mbit for 200 words = 8000 bit.
UAV_TERMS = {
    # up 4e6/4e6, infer 100*10e9/2e12, down 4000/8e6
    "(12)-(19) together": ({}, 0, 0.005, 1.0 + 0.5 + 0.0005, 0.005 * 1.0 + 25 * 0.5 + 0.085 * 0.0005),
    "(8) at 1 mW: 2 Mbit/s": ({}, 0, 0.001, 2.0 + 0.5 + 0.0005, 0.001 * 2.0 + 25 * 0.5 + 0.085 * 0.0005),
    "(8) at 21 mW: 6 Mbit/s": ({}, 0, 0.021, 4 / 6 + 0.5 + 0.0005, 0.021 * 4 / 6 + 25 * 0.5 + 0.085 * 0.0005),
    "(12), (13) of 8 Mbit": (
        {"input_bits": [[8e6, 6e6]]}, 0, 0.005,
        2.0 + 0.5 + 0.0005, 0.005 * 2.0 + 25 * 0.5 + 0.085 * 0.0005,
    ),
    "(12), (13) alone": ({"uav_flop_per_word": [0.0], "bits_per_word": 0.0}, 0, 0.005, 1.0, 0.005),
    "(14), (15) of a slower model": (
        {"uav_flop_per_word": [30e9]}, 0, 0.005,
        1.0 + 1.5 + 0.0005, 0.005 * 1.0 + 25 * 1.5 + 0.085 * 0.0005,
    ),
    "(14), (15) of a faster computer": (
        {"uav_flops": [4e12]}, 0, 0.005,
        1.0 + 0.25 + 0.0005, 0.005 * 1.0 + 25 * 0.25 + 0.085 * 0.0005,
    ),
    "(15) of a thriftier computer": (
        {"uav_compute_w": [5.0]}, 0, 0.005,
        1.0 + 0.5 + 0.0005, 0.005 * 1.0 + 5 * 0.5 + 0.085 * 0.0005,
    ),
    # 4e6 bit per word: 100 words are 4e8 bit, 50 s at 8 Mbit/s
    "(16), (17) of heavy words": (
        {"bits_per_word": 4e6, "max_latency_s": [[100.0, 100.0]]}, 0, 0.005,
        1.0 + 0.5 + 50.0, 0.005 * 1.0 + 25 * 0.5 + 0.085 * 50.0,
    ),
    # SNR 63 at 21 mW: 6 Mbit/s
    "(9) of a weaker transmitter": (
        {"uav_transmit_w": [0.021], "bits_per_word": 4e4}, 0, 0.005,
        1.0 + 0.5 + 4e6 / 6e6, 0.005 * 1.0 + 25 * 0.5 + 0.021 * 4e6 / 6e6,
    ),
    # device 1: up 6e6/4e6, infer 200*10e9/2e12, down 8000/8e6
    "another device": ({}, 1, 0.005, 1.5 + 1.0 + 0.001, 0.005 * 1.5 + 25 * 1.0 + 0.085 * 0.001),
    # a third of the fading: the SNR at 5 mW is 5, that of the downlink 85
    "(7) with other fading": (
        {"uav_fading": [[[0.25], [0.25]]]}, 0, 0.005,
        4 / math.log2(6) + 0.5 + 0.004 / math.log2(86),
        0.005 * 4 / math.log2(6) + 25 * 0.5 + 0.085 * 0.004 / math.log2(86),
    ),
    # 40 m higher up, at sqrt(40**2 + 75**2) = 85 m: the SNR is 15 * (50/85)**3
    "(7) from a higher altitude": (
        {"uav_altitude_m": [75.0]}, 0, 0.005,
        4 / math.log2(1 + 15 * (50 / 85) ** 3) + 0.5 + 0.004 / math.log2(1 + 255 * (50 / 85) ** 3),
        0.005 * 4 / math.log2(1 + 15 * (50 / 85) ** 3) + 25 * 0.5
        + 0.085 * 0.004 / math.log2(1 + 255 * (50 / 85) ** 3),
    ),
    # path loss 50**-2 instead of 50**-3: the SNR is 15 * 50
    "(7) with another exponent": (
        {"path_loss_exponent": 2.0, "bits_per_word": 0.0}, 0, 0.005,
        4 / math.log2(751) + 0.5, 0.005 * 4 / math.log2(751) + 25 * 0.5,
    ),
    # SNR 1.5e-9 up and 2.55e-8 down, where log2(1 + x) = (x - x**2/2) / ln 2
    "(8), (9) of a faint link": (
        {"uav_fading": [[[0.75e-10], [0.75e-10]]], "max_latency_s": [[1e12, 1e12]]}, 0, 0.005,
        4 * math.log(2) / (1.5e-9 - 1.125e-18) + 0.5 + 0.004 * math.log(2) / (2.55e-8 - 3.25e-16),
        0.005 * 4 * math.log(2) / (1.5e-9 - 1.125e-18) + 25 * 0.5
        + 0.085 * 0.004 * math.log(2) / (2.55e-8 - 3.25e-16),
    ),
    # twice the band halves the SNR: 7.5 up, 127.5 down
    "(8), (9) with another bandwidth": (
        {"uav_bandwidth_hz": [2e6]}, 0, 0.005,
        2 / math.log2(8.5) + 0.5 + 0.002 / math.log2(128.5),
        0.005 * 2 / math.log2(8.5) + 25 * 0.5 + 0.085 * 0.002 / math.log2(128.5),
    ),
}  # fmt: skip

SATELLITE_TERMS = {
    # device 0 on satellite 0: up 4e6/4e6, infer 100*20e9/4e12, down 4000/14e6
    "direct, (20)-(28) without links": (
        {}, 0, SAT0, 0.006,
        1.0 + 0.5 + 4 / 14e3, 0.006 * 1.0 + 60 * 0.5 + 0.254 * 4 / 14e3,
    ),
    "direct, (10) at 14 mW: 6 Mbit/s": (
        {}, 0, SAT0, 0.014,
        4 / 6 + 0.5 + 4 / 14e3, 0.014 * 4 / 6 + 60 * 0.5 + 0.254 * 4 / 14e3,
    ),
    # device 0 on satellite 1: up 4e6/12e6, infer 100*30e9/5e12, down 4000/36e6
    "direct on the other satellite": (
        {}, 0, SAT1, 0.007,
        1 / 3 + 0.6 + 4 / 36e3, 0.007 / 3 + 70 * 0.6 + 0.511 * 4 / 36e3,
    ),
    "direct, the uplink alone": (
        {"sat_flop_per_word": [0.0, 0.0], "bits_per_word": 0.0}, 0, SAT0, 0.006, 1.0, 0.006,
    ),
    "direct, (11) and (26) of heavy words": (
        {"bits_per_word": 7e4}, 0, SAT0, 0.006,
        1.0 + 0.5 + 7e6 / 14e6, 0.006 * 1.0 + 60 * 0.5 + 0.254 * 7e6 / 14e6,
    ),
    # device 1 on satellite 1 through satellite 0: up 6e6/6e6, then 2 hops of 6e6/50e6 and 5 ms;
    # infer 200*30e9/5e12; down 8000/14e6, and 2 hops of 8000/50e6 and 5 ms
    "two hops, (20)-(28)": (
        {}, 1, SAT1, 0.014,
        (1.0 + 2 * 0.12 + 0.005) + 1.2 + (8 / 14e3 + 2 * 0.00016 + 0.005),
        (0.014 * 1.0 + 5 * 2 * 0.12) + 70 * 1.2 + (0.254 * 8 / 14e3 + 5 * 2 * 0.00016),
    ),
    "one hop": (
        {"isl_hops": [[[0, 1], [1, 0]]]}, 1, SAT1, 0.014,
        (1.0 + 0.12 + 0.005) + 1.2 + (8 / 14e3 + 0.00016 + 0.005),
        (0.014 * 1.0 + 5 * 0.12) + 70 * 1.2 + (0.254 * 8 / 14e3 + 5 * 0.00016),
    ),
    "two hops, (22) and (26) without power on the links": (
        {"isl_power_w": 0.0}, 1, SAT1, 0.014,
        (1.0 + 2 * 0.12 + 0.005) + 1.2 + (8 / 14e3 + 2 * 0.00016 + 0.005),
        0.014 * 1.0 + 70 * 1.2 + 0.254 * 8 / 14e3,
    ),
    "two hops, (20) and (25) with faster links": (
        {"isl_rate_bps": 200e6}, 1, SAT1, 0.014,
        (1.0 + 2 * 0.03 + 0.005) + 1.2 + (8 / 14e3 + 2 * 0.00004 + 0.005),
        (0.014 * 1.0 + 5 * 2 * 0.03) + 70 * 1.2 + (0.254 * 8 / 14e3 + 5 * 2 * 0.00004),
    ),
    "two hops, (20) and (25) without propagation": (
        {"isl_delay_s": np.zeros((1, 2, 2))}, 1, SAT1, 0.014,
        (1.0 + 2 * 0.12) + 1.2 + (8 / 14e3 + 2 * 0.00016),
        (0.014 * 1.0 + 5 * 2 * 0.12) + 70 * 1.2 + (0.254 * 8 / 14e3 + 5 * 2 * 0.00016),
    ),
    # the other way round: device 0 on satellite 0 through satellite 1, 3 hops of 4e6/50e6 and 7 ms;
    # down 4000/36e6, and 3 hops of 4000/50e6 and 7 ms
    "three hops the other way": (
        {"sat_access": [[[1, 1], [0, 0]]]}, 0, SAT0, 0.007,
        (1 / 3 + 3 * 0.08 + 0.007) + 0.5 + (4 / 36e3 + 3 * 0.00008 + 0.007),
        (0.007 / 3 + 5 * 3 * 0.08) + 60 * 0.5 + (0.511 * 4 / 36e3 + 5 * 3 * 0.00008),
    ),
}  # fmt: skip


def check_task(score, world, k, server, power, latency_s, energy_j):
    """Score device k alone on a server and compare latency, energy and every cost that follows from them."""
    alone = hand_decision([server if other == k else UNSERVED for other in range(2)], [power, power])
    total = score(world, alone)
    cost = 0.5 * latency_s + 0.02 * energy_j  # Eq. (31)
    assert broken(total, k) == set()
    assert total.latency_s[0][k] == near(latency_s)
    assert total.energy_j[0][k] == near(energy_j)
    assert total.task_cost[0][k] == near(cost)
    assert total.cost == near(cost + PENALTY)  # the other device is not offloaded
    assert total.mean_latency_s == near(latency_s)
    assert total.energy_per_slot_j == near(energy_j)
    assert total.served_fraction == 0.5
    assert total.satellite_share == float(server != UAV)


def as_arrays(changes):
    return {name: np.array(value) if isinstance(value, list) else value for name, value in changes.items()}


@pytest.mark.parametrize("term", UAV_TERMS)
def test_a_task_on_a_uav_costs_what_the_hand_calculation_says(score, term):
    changes, k, power, latency_s, energy_j = UAV_TERMS[term]
    check_task(score, hand_world(**as_arrays(changes)), k, UAV, power, latency_s, energy_j)


@pytest.mark.parametrize("term", SATELLITE_TERMS)
def test_a_task_on_a_satellite_costs_what_the_hand_calculation_says(score, term):
    changes, k, server, power, latency_s, energy_j = SATELLITE_TERMS[term]
    check_task(score, hand_world(**as_arrays(changes)), k, server, power, latency_s, energy_j)


def test_rho_weighs_the_devices_energy_in_the_cost_and_nowhere_else(score):
    total = score(hand_world(device_energy_weight=100.0), hand_decision([UAV, SAT1], [0.005, 0.014]))
    uav_latency = 1.0 + 0.5 + 0.0005
    uav_other = 25 * 0.5 + 0.085 * 0.0005
    sat_latency = (1.0 + 2 * 0.12 + 0.005) + 1.2 + (8 / 14e3 + 2 * 0.00016 + 0.005)
    sat_other = 5 * 2 * 0.12 + 70 * 1.2 + 0.254 * 8 / 14e3 + 5 * 2 * 0.00016
    assert total.energy_j[0] == near([0.005 * 1.0 + uav_other, 0.014 * 1.0 + sat_other])
    assert total.energy_per_slot_j == near(0.005 + uav_other + 0.014 + sat_other)
    assert total.task_cost[0] == near(
        [
            0.5 * uav_latency + 0.02 * (100 * 0.005 + uav_other),
            0.5 * sat_latency + 0.02 * (100 * 0.014 + sat_other),
        ]
    )


def test_at_rho_zero_the_devices_energy_is_free(score):
    total = score(hand_world(device_energy_weight=0.0), hand_decision([UAV, UNSERVED], [0.005, 0.0]))
    assert total.task_cost[0][0] == near(0.5 * 1.5005 + 0.02 * (25 * 0.5 + 0.085 * 0.0005))
    assert total.energy_j[0][0] == near(0.005 + 25 * 0.5 + 0.085 * 0.0005)


UNREACHABLE = {"sat_access": [[[-1, -1], [-1, -1]]]}
SINGLE = {
    # what is changed; device 0's server and power; what it breaks (device 1 breaks C1)
    "nothing": ({}, UAV, 0.005, set()),
    "not offloaded": ({}, UNSERVED, 0.005, {"C1"}),
    "not offloaded, whatever else is impossible": (
        {"min_accuracy": [[1.0, 1.0]], "max_latency_s": [[1e-6, 1e-6]], "uav_capacity": [0], **UNREACHABLE},
        UNSERVED, 0.0, {"C1"},
    ),
    "too inaccurate a UAV, 0.55": ({"min_accuracy": [[0.6, 0.5]]}, UAV, 0.005, {"C2"}),
    "too inaccurate a satellite, 0.7": ({"min_accuracy": [[0.75, 0.5]]}, SAT0, 0.006, {"C2"}),
    "outside a UAV's radius, 40 m off": ({"uav_radius_m": [39.9]}, UAV, 0.005, {"C3"}),
    "no access satellite": (UNREACHABLE, SAT0, 0.006, {"C3"}),
    "the satellite sets too early, T = 1.5003 s": (
        {"sat_window_s": [[[1.5, 1.5], [0.0, 0.0]]]}, SAT0, 0.006, {"C4"},
    ),
    "too late a UAV, T = 1.5005 s": ({"max_latency_s": [[1.5, 9.0]]}, UAV, 0.005, {"C5"}),
    "too late a satellite, T = 1.5003 s": ({"max_latency_s": [[1.5, 9.0]]}, SAT0, 0.006, {"C5"}),
    "a UAV without room": ({"uav_capacity": [0]}, UAV, 0.005, {"C6"}),
    "a satellite without room": ({"sat_capacity": [0, 2]}, SAT0, 0.006, {"C6"}),
    "no power on a UAV": ({}, UAV, 0.0, {"C5"}),
    "no power on a satellite": ({}, SAT0, 0.0, {"C4", "C5"}),
    "all that a UAV can break": (
        {
            "min_accuracy": [[0.6, 0.5]], "uav_radius_m": [39.9],
            "max_latency_s": [[1.5, 9.0]], "uav_capacity": [0],
        },
        UAV, 0.005, {"C2", "C3", "C5", "C6"},
    ),
    "all that a visible satellite can break": (
        {
            "min_accuracy": [[0.75, 0.5]], "sat_window_s": [[[1.5, 1.5], [0.0, 0.0]]],
            "max_latency_s": [[1.5, 9.0]], "sat_capacity": [0, 0],
        },
        SAT0, 0.006, {"C2", "C4", "C5", "C6"},
    ),
    "all that an invisible satellite can break: neither C4 nor C5": (
        {
            "min_accuracy": [[0.75, 0.5]], "sat_window_s": [[[1.5, 1.5], [0.0, 0.0]]],
            "max_latency_s": [[1.5, 9.0]], "sat_capacity": [0, 0], **UNREACHABLE,
        },
        SAT0, 0.006, {"C2", "C3", "C6"},
    ),
    "no power and no access satellite": (UNREACHABLE, SAT0, 0.0, {"C3"}),
    "the window that counts is the access satellite's": (
        {"sat_access": [[[0, 0], [0, 0]]], "sat_window_s": [[[100.0, 0.0], [0.0, 0.0]]]}, SAT1, 0.006, set(),
    ),
    "the accuracy that counts is the executing satellite's": (
        {"sat_access": [[[0, 0], [0, 0]]], "min_accuracy": [[0.75, 0.5]]}, SAT1, 0.006, set(),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SINGLE)
def test_a_task_breaks_exactly_the_constraints_it_should(score, name):
    changes, server, power, expected = SINGLE[name]
    total = score(hand_world(**as_arrays(changes)), hand_decision([server, UNSERVED], [power, 0.0]))
    assert broken(total, 0) == expected
    assert broken(total, 1) == {"C1"}
    assert bool(total.served[0][0]) == (not expected)
    assert (total.task_cost[0][0] == PENALTY) == bool(expected)
    assert total.violations == {c: (c in expected) + (c == "C1") for c in oracle.CONSTRAINTS}


def test_a_task_that_is_not_served_costs_the_penalty_and_its_energy_counts_nowhere(score):
    world = hand_world(max_latency_s=np.array([[10.0, 1.5]]))
    total = score(world, hand_decision([UAV, UAV], [0.005, 0.005]))
    assert total.latency_s[0][1] == near(1.5 + 1.0 + 0.001)
    assert total.task_cost[0][1] == PENALTY
    assert total.cost == near(0.5 * 1.5005 + 0.02 * (0.005 + 12.5 + 0.085 * 0.0005) + PENALTY)
    assert total.energy_per_slot_j == near(0.005 + 12.5 + 0.085 * 0.0005)
    assert total.mean_latency_s == near(1.5005)
    assert total.served_fraction == 0.5


def test_an_overloaded_server_serves_none_of_its_tasks(score):
    total = score(hand_world(devices=3), hand_decision([UAV, UAV, UAV], [0.005] * 3))
    assert [broken(total, k) for k in range(3)] == [{"C6"}] * 3
    assert total.cost == 3 * PENALTY
    assert total.violations["C6"] == 3


def test_a_task_that_breaks_something_else_still_fills_its_server(score):
    world = hand_world(uav_capacity=np.array([1]), min_accuracy=np.array([[0.5, 0.6]]))
    total = score(world, hand_decision([UAV, UAV], [0.005, 0.005]))
    assert broken(total, 0) == {"C6"}
    assert broken(total, 1) == {"C2", "C6"}


def test_a_full_server_is_not_overloaded_and_loads_do_not_mix(score):
    total = score(hand_world(devices=6), hand_decision([SAT0, SAT1, SAT0, UAV, SAT1, UAV], [0.014] * 6))
    assert np.all(total.served)
    assert total.served_fraction == 1.0


def test_a_satellite_reached_through_another_counts_against_its_own_capacity_only(score):
    world = hand_world(sat_capacity=np.array([1, 1]))
    assert np.all(score(world, hand_decision([SAT0, SAT1], [0.006, 0.014])).served)


def test_an_idle_device_neither_costs_nor_counts_nor_takes_room(score):
    world = hand_world(active=np.array([[True, False]]), uav_capacity=np.array([1]))
    total = score(world, hand_decision([UAV, UAV], [0.005, 0.005]))
    assert np.asarray(total.served).tolist() == [[True, False]]
    assert total.cost == near(0.5 * 1.5005 + 0.02 * (0.005 + 12.5 + 0.085 * 0.0005))
    assert total.task_cost[0][1] == 0.0
    assert math.isnan(total.energy_j[0][1])
    assert total.served_fraction == 1.0
    assert sum(total.violations.values()) == 0


def test_without_any_active_task_everything_is_served_and_nothing_is_measured(score):
    total = score(hand_world(active=np.array([[False, False]])), hand_decision([UAV, SAT0], [0.0, 0.0]))
    assert total.cost == 0.0
    assert total.served_fraction == 1.0
    assert math.isnan(total.mean_latency_s)
    assert total.energy_per_slot_j == 0.0


def test_no_power_means_an_endless_task(score):
    total = score(hand_world(), hand_decision([UAV, SAT0], [0.0, 0.0]))
    assert np.asarray(total.latency_s).tolist() == [[math.inf, math.inf]]
    assert total.cost == 2 * PENALTY
    assert total.energy_per_slot_j == 0.0


def test_a_task_without_link_has_no_latency_and_no_energy(score):
    total = score(hand_world(**as_arrays(UNREACHABLE)), hand_decision([SAT0, UNSERVED], [0.006, 0.0]))
    assert np.isnan(total.latency_s).all()
    assert np.isnan(total.energy_j).all()


def test_slots_are_summed_energy_is_averaged_and_capacity_holds_slot_by_slot(score):
    world = repeat_slot(change(hand_world(), uav_capacity=np.array([1])), 3)
    decision = hand_decision([UAV, UNSERVED], [0.005, 0.0])
    server = np.array([[UAV, UNSERVED], [UNSERVED, UAV], [UAV, UAV]])  # the last slot is overloaded
    total = score(
        world,
        type(decision)(server=server, power=np.full((3, 2), 0.005), uav_xy=np.full((3, 1, 2), [40.0, 0.0])),
    )
    energy = [0.005 + 12.5 + 0.085 * 0.0005, 0.0075 + 25 + 0.085 * 0.001]
    latency = [1.5005, 2.501]
    first, second = (0.5 * s + 0.02 * j for s, j in zip(latency, energy, strict=True))
    assert total.slot_cost == near([first + 9.0, second + 9.0, 18.0])
    assert total.cost == near(first + second + 36.0)
    assert total.energy_per_slot_j == near(sum(energy) / 3)
    assert total.mean_latency_s == near(sum(latency) / 2)
    assert total.served_fraction == near(2 / 6)
    assert total.violations == {"C1": 2, "C2": 0, "C3": 0, "C4": 0, "C5": 0, "C6": 2}
