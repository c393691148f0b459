"""The table of best costs, worked by hand in the world of `tests/worlds.py`, where devices' energy is free.

Then full power is best, 21 mW: on the UAV 6 Mbit/s, on satellite 0 an SNR of 10.5, on satellite 1 of 21.
"""

import math

import numpy as np
import pytest

from skyedge.problem import ServerCosts, assigned_power, best_cost, server_costs
from skyedge.problem.scoring.best_costs import dearest_served_cost
from tests.worlds import change, hand_world, repeat_slot

FULL_W = 0.021
HOVER = np.array([[[40.0, 0.0]]])
UP_SAT0 = 2e6 * math.log2(11.5)
UP_SAT1 = 4e6 * math.log2(22)


def free(**changes):
    return hand_world(device_energy_weight=0.0, **changes)


def cost_of(latency_s, energy_j):
    return 0.5 * latency_s + 0.02 * energy_j


# device 0: 4 Mbit up, 100 words, 4 kbit down; on both satellites directly
OF_DEVICE_0 = [
    cost_of(4 / 6 + 0.5 + 0.0005, 25 * 0.5 + 0.085 * 0.0005),
    cost_of(4e6 / UP_SAT0 + 0.5 + 4 / 14e3, 60 * 0.5 + 0.254 * 4 / 14e3),
    cost_of(4e6 / UP_SAT1 + 0.6 + 4 / 36e3, 70 * 0.6 + 0.511 * 4 / 36e3),
]
# device 1: 6 Mbit up, 200 words, 8 kbit down; on satellite 1 through satellite 0, two hops and 5 ms away
OF_DEVICE_1 = [
    cost_of(6 / 6 + 1.0 + 0.001, 25 * 1.0 + 0.085 * 0.001),
    cost_of(6e6 / UP_SAT0 + 1.0 + 8 / 14e3, 60 * 1.0 + 0.254 * 8 / 14e3),
    cost_of(
        6e6 / UP_SAT0 + 2 * 0.12 + 0.005 + 1.2 + 8 / 14e3 + 2 * 0.00016 + 0.005,
        5 * 2 * 0.12 + 70 * 1.2 + 0.254 * 8 / 14e3 + 5 * 2 * 0.00016,
    ),
]


def test_every_entry_of_the_table_is_what_the_hand_calculation_says():
    table = server_costs(free(), HOVER)
    assert table.cost == pytest.approx(np.array([[OF_DEVICE_0, OF_DEVICE_1]]), rel=1e-12)
    assert np.all(table.power == FULL_W)
    assert np.all(table.feasible)


def test_single_entries_are_those_of_the_table_and_their_arguments_broadcast():
    cost, power, feasible = best_cost(free(), 0, np.array([[0], [1]]), np.arange(3), 40.0**2)
    assert cost == pytest.approx(np.array([OF_DEVICE_0, OF_DEVICE_1]), rel=1e-12)
    assert np.all(power == FULL_W)
    assert np.all(feasible)


def test_the_weight_of_the_devices_energy_is_in_the_cost_and_in_the_power():
    # at a ratio a = γ ω1/(ω2ρ) = 1 the best SNR is e - 1; γ is 3000/W on the UAV
    world = hand_world(device_energy_weight=0.5 * 3000 / 0.02)
    table = server_costs(world, HOVER)
    power_w, uplink_s = (math.e - 1) / 3000, 4 * math.log(2)
    expected = cost_of(uplink_s + 0.5 + 0.0005, 75e3 * power_w * uplink_s + 25 * 0.5 + 0.085 * 0.0005)
    assert table.power[0, 0, 0] == pytest.approx(power_w, rel=1e-12)
    assert table.cost[0, 0, 0] == pytest.approx(expected, rel=1e-12)


def test_where_time_is_free_the_power_just_meets_the_deadline():
    # at 5 mW device 0 takes 1.5005 s on the UAV, at 6 mW 1.5 s and 4/14e3 s on satellite 0
    world = hand_world(latency_weight=0.0, max_latency_s=np.array([[1.5005, 10.0]]))
    table = server_costs(world, HOVER)
    slower = hand_world(latency_weight=0.0, max_latency_s=np.full((1, 2), 1.5 + 4 / 14e3))
    expected = [0.005, 0.006]
    assert table.power[0, 0, 0] == pytest.approx(expected[0], rel=1e-9)
    singles = [best_cost(one, 0, 0, j, 1600.0).power for j, one in enumerate((world, slower))]
    assert singles == pytest.approx(expected, rel=1e-9)


def test_distances_are_those_to_the_positions_given_slot_by_slot():
    world = repeat_slot(free(uav_radius_m=np.array([1e3])), 2)
    world = change(world, device_xy=world.device_xy + np.array([0.0, 30.0]))
    table = server_costs(world, np.array([[[40.0, 30.0]], [[52.0, 46.0]]]))  # 80 - 52 = 28, and 28² + 16² = 1040
    far_snr = 63 * (2500 / (1040 + 900)) ** 1.5
    rate_down = 1e6 * math.log2(1 + 255 * (2500 / 1940) ** 1.5)
    latency_s, down_s = 6 / math.log2(1 + far_snr) + 1.0 + 8e3 / rate_down, 8e3 / rate_down
    assert table.cost[0, 1, 0] == pytest.approx(OF_DEVICE_1[0], rel=1e-12)
    assert table.cost[1, 1, 0] == pytest.approx(cost_of(latency_s, 25 + 0.085 * down_s), rel=1e-12)


def test_positions_and_slots_broadcast():
    world = free()
    both = server_costs(world, np.array([[[[40.0, 0.0]]], [[[0.0, 0.0]]]]))
    assert both.cost.shape == (2, 1, 2, 3)
    for i, uav_xy in enumerate(([40.0, 0.0], [0.0, 0.0])):
        assert np.array_equal(both.cost[i], server_costs(world, np.array([[uav_xy]])).cost)


NEVER = {
    # what is changed, and which entries of the table (device, server) it makes infeasible, at which power
    "an idle device": ({"active": [[True, False]]}, {(1, 0), (1, 1), (1, 2)}, 0.0),
    "too small a radius": ({"uav_radius_m": [39.9]}, {(0, 0), (1, 0)}, 0.0),
    "too inaccurate a UAV": ({"min_accuracy": [[0.6, 0.5]]}, {(0, 0)}, 0.0),
    "too inaccurate a satellite": ({"min_accuracy": [[0.75, 0.5]]}, {(0, 0), (0, 1)}, 0.0),
    "no access satellite": ({"sat_access": [[[0, 1], [-1, 0]]]}, {(1, 1)}, 0.0),
    "a deadline that nothing keeps": ({"max_latency_s": [[10.0, 0.1]]}, {(1, 0), (1, 1), (1, 2)}, FULL_W),
    "a window of the access satellite": ({"sat_window_s": [[[9.0, 0.1], [9.0, 0.1]]]}, {(0, 2)}, FULL_W),
}


@pytest.mark.parametrize("name", NEVER)
def test_what_is_infeasible_costs_without_end_and_all_else_what_it_did(name):
    changes, never, power_w = NEVER[name]
    table = server_costs(free(**{field: np.array(value) for field, value in changes.items()}), HOVER)
    usual = np.array([OF_DEVICE_0, OF_DEVICE_1])
    for k in range(2):
        for j in range(3):
            possible = (k, j) not in never
            assert table.feasible[0, k, j] == possible
            assert table.cost[0, k, j] == pytest.approx(usual[k, j] if possible else math.inf, rel=1e-12)
            if not possible and (power_w == 0.0 or j > 0):
                assert table.power[0, k, j] == power_w


def test_the_power_of_a_task_is_that_of_its_server_and_none_without_one():
    power = np.array([[[0.1, 0.2, 0.3], [0.4, 0.5, 0.6], [0.7, 0.8, 0.9], [1.0, 1.1, 1.2]]])
    costs = ServerCosts(power, power, power > 0)
    assert assigned_power(costs, np.array([[2, 0, -1, 1]])).tolist() == [[0.3, 0.4, 0.0, 1.1]]


# The bound on what a served task can cost: at its limit, at full power, at the edge of the coverage.

EDGE_SNR = 63 * (2500 / 3400) ** 1.5  # 50 m away and 30 m below
EDGE_DOWN = 1e6 * math.log2(1 + 255 * (2500 / 3400) ** 1.5)


def bound_on_uav(bits, words, limit_s, rho):
    uplink_s = min(bits / (1e6 * math.log2(1 + EDGE_SNR)), limit_s)
    other_j = 25 * words * 10e9 / 2e12 + 0.085 * words * 40 / EDGE_DOWN
    return cost_of(limit_s, rho * FULL_W * uplink_s + other_j)


def bound_on_satellite_1(limit_s, rho):
    uplink_s = min(6e6 / UP_SAT0, limit_s)
    return cost_of(limit_s, rho * FULL_W * uplink_s + 85.2 + 0.254 * 8 / 14e3 + 5 * 2 * 0.00016)


UAV_ALONE = {"sat_access": np.full((1, 2, 2), -1)}
SATELLITES_ALONE = {"uav_radius_m": np.array([50.0]), "uav_accuracy": np.array([0.1])}


@pytest.mark.parametrize("rho", [0.0, 1.0, 100.0])
def test_no_task_on_a_uav_is_dearer_than_one_at_the_edge_of_its_coverage(rho):
    world = hand_world(**UAV_ALONE, device_energy_weight=rho)
    assert dearest_served_cost(world) == pytest.approx(bound_on_uav(6e6, 200, 10.0, rho), rel=1e-12)


@pytest.mark.parametrize("rho", [0.0, 1.0, 100.0])
def test_no_task_on_a_satellite_is_dearer_than_one_at_its_limit(rho):
    world = hand_world(**SATELLITES_ALONE, device_energy_weight=rho)
    assert dearest_served_cost(world) == pytest.approx(bound_on_satellite_1(10.0, rho), rel=1e-12)


def test_the_dearest_of_all_servers_counts():
    assert dearest_served_cost(hand_world()) == pytest.approx(bound_on_satellite_1(10.0, 1.0), rel=1e-12)
    dear_uav = hand_world(uav_compute_w=np.array([250.0]))
    assert dearest_served_cost(dear_uav) > bound_on_satellite_1(10.0, 1.0) + 0.02 * 100


def test_a_limit_shorter_than_the_longest_uplink_bounds_it():
    world = hand_world(**UAV_ALONE, max_latency_s=np.array([[0.1, 2.05]]), device_energy_weight=1e4)
    assert dearest_served_cost(world) == pytest.approx(bound_on_uav(6e6, 200, 2.05, 1e4), rel=1e-12)
    slow = hand_world(**UAV_ALONE, max_latency_s=np.array([[0.1, 2.05]]), uav_radius_m=np.array([1e3]))
    latency_s = 2.05  # the uplink from a kilometre takes longer than that
    down_s = 8e3 / (1e6 * math.log2(1 + 255 * (2500 / (1e6 + 900)) ** 1.5))
    assert dearest_served_cost(slow) == pytest.approx(
        cost_of(latency_s, FULL_W * latency_s + 25 + 0.085 * down_s), rel=1e-12
    )


def test_a_window_is_a_limit_too():
    world = hand_world(**SATELLITES_ALONE, sat_window_s=np.array([[[4.0, 0.0], [4.0, 0.0]]]))
    assert dearest_served_cost(world) == pytest.approx(bound_on_satellite_1(4.0, 1.0), rel=1e-12)


@pytest.mark.parametrize(
    "changes",
    [
        {"active": np.array([[False, False]])},
        {"min_accuracy": np.array([[1.0, 1.0]])},
        {"max_latency_s": np.array([[0.1, 0.1]])},
        {"max_power_w": np.zeros(2)},
    ],
    ids=["idle", "too accurate", "too soon", "without power"],
)
def test_where_no_task_can_be_served_none_is_dear(changes):
    assert dearest_served_cost(hand_world(**changes)) == -math.inf


def test_the_dearest_slot_counts():
    world = repeat_slot(hand_world(**UAV_ALONE), 2)
    world = change(world, max_latency_s=np.array([[3.0, 3.0], [4.0, 5.0]]))
    assert dearest_served_cost(world) == pytest.approx(bound_on_uav(6e6, 200, 5.0, 1.0), rel=1e-12)
