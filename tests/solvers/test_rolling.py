"""rolling: its forecasts, its dynamic programming against enumeration, and the solver as a whole."""

import numpy as np
import pytest

from skyedge.problem import Instance, Scenario, best_cost, evaluate, generate, server_costs
from skyedge.problem.physics.links import squared_distances
from skyedge.solvers import solve
from skyedge.solvers.machinery.lookahead.futures import (
    Futures,
    Savings,
    drawn_requests,
    pooled,
    sample_futures,
    savings,
    seen_requests,
)
from skyedge.solvers.machinery.lookahead.savings import unclaimed
from skyedge.solvers.machinery.lookahead.value_to_go import Outlook, lattice_around, look_ahead
from skyedge.solvers.machinery.placement.lattice import Lattice
from tests.worlds import change, hand_world

PAPER = Scenario.preset("paper")
AREA_M = np.array([100.0, 80.0])
REACH_M, RADIUS_M, PLACES, DISCOUNT, BINS = 30.0, 35.0, 2, 0.9, 4
BIN_M2 = RADIUS_M**2 / BINS
HERE = np.array([40.0, 30.0])


def cost(solver: str, instance: Instance, seed: int = 0) -> float:
    return evaluate(instance, solve(solver, instance, seed=seed).decision).cost


# --- forecasts


@pytest.mark.parametrize("penalty", [9.0, 0.1])
def test_savings_are_the_difference_to_the_cheapest_alternative_and_never_negative(penalty):
    instance = change(hand_world(devices=3), uav_fading=np.ones((1, 3, 1)), unserved_penalty=penalty)
    saved = savings(instance.at(0), seen_requests(instance.at(0)), BINS)
    middle_m2 = (np.arange(BINS) + 0.5) * instance.uav_radius_m[0] ** 2 / BINS
    on_uav = best_cost(instance, 0, np.arange(3)[:, None], 0, middle_m2).cost
    on_satellite = server_costs(instance, np.full((1, 1, 2), np.inf)).cost[0].min(axis=1)
    alternative = np.minimum(on_satellite, penalty)[:, None]
    assert saved.table[0] == pytest.approx(np.maximum(alternative - on_uav, 0), abs=1e-12)
    assert (saved.table > 0).any() == (penalty > 1)


def test_without_a_satellite_a_request_saves_the_penalty():
    instance = generate(PAPER.replace(satellites=0, min_accuracy=0.3, slots=1), 0)
    requests = drawn_requests(instance.scenario, 15, 20, np.random.default_rng(0))
    table = savings(instance.at(0), requests, BINS).table
    assert (table > 0).any()
    assert (table < instance.unserved_penalty).all()


def test_requests_that_no_uav_is_accurate_enough_for_save_nothing():
    instance = generate(PAPER.replace(min_accuracy=0.7, slots=1), 0)
    requests = drawn_requests(instance.scenario, 15, 20, np.random.default_rng(0))
    assert (savings(instance.at(0), requests, BINS).table == 0).all()


def test_the_pool_keeps_the_newest_requests():
    first, second = (seen_requests(generate(PAPER, seed).at(0)) for seed in (0, 1))
    joined = pooled(first, second, len(second.device) + 1)
    assert joined.input_bits.tolist() == [first.input_bits[-1], *second.input_bits]


def test_devices_are_active_as_often_as_their_rates_say():
    slot = generate(PAPER.replace(devices=2), 0).at(0)
    rate = np.array([[0.0, 1.0], [50.0, 0.2]])
    futures = sample_futures(slot, None, rate, PAPER, 10, 20_000, np.random.default_rng(0))
    assert futures.active.mean(axis=1) == pytest.approx(1 - np.exp(-rate), abs=0.02)
    assert set(np.unique(futures.request)) == set(range(10))


def test_devices_go_on_as_they_went():
    scenario = PAPER.replace(device_memory=1.0)
    slot = generate(scenario, 0).at(0)
    slot = change(slot, device_xy=np.full((15, 2), 250.0))
    futures = sample_futures(
        slot, slot.device_xy - [3.0, -1.5], np.ones((2, 15)), scenario, 1, 3, np.random.default_rng(0)
    )
    assert futures.device_xy[0] == pytest.approx(np.tile([253.0, 248.5], (3, 15, 1)))
    assert futures.device_xy[1] == pytest.approx(np.tile([256.0, 247.0], (3, 15, 1)))


def test_devices_of_which_nothing_is_known_stay():
    slot = generate(PAPER, 0).at(0)
    futures = sample_futures(slot, slot.device_xy - 3.0, np.ones((4, 15)), None, 1, 2, np.random.default_rng(0))
    assert (futures.device_xy == slot.device_xy).all()


# --- the value of places


def random_futures(rng: np.random.Generator, slots: int, samples: int, devices: int = 6) -> Futures:
    shape = (slots, samples, devices)
    return Futures(rng.random(shape) < 0.7, rng.integers(5, size=shape), rng.uniform(0, AREA_M, (*shape, 2)))


def random_table(rng: np.random.Generator) -> np.ndarray:
    return -np.sort(-rng.random((5, BINS)), axis=1)


def outlook_of(futures: Futures, table: np.ndarray) -> Outlook:
    lattice = lattice_around(HERE, REACH_M, RADIUS_M, AREA_M, 2)
    saved = Savings(table[None], np.array([BIN_M2]), np.array([PLACES]))
    return look_ahead(futures, futures.active, saved, 0, lattice, HERE, REACH_M, DISCOUNT)


def near(lattice: Lattice) -> np.ndarray:
    """Points of a lattice where the UAV may be after its first move."""
    points = lattice.points()[0]
    return points[np.linalg.norm(points - HERE, axis=1) <= REACH_M + 1e-9]


def saved_at(point: np.ndarray, futures: Futures, h: int, table: np.ndarray) -> float:
    """What a UAV saves at a point in a slot of the only future."""
    index = (squared_distances(futures.device_xy[h, 0], point[None])[:, 0] / BIN_M2).astype(int)
    served = futures.active[h, 0] & (index < BINS)
    return float(np.sort(table[futures.request[h, 0, served], index[served]])[-PLACES:].sum())


def best_by_enumeration(place: np.ndarray, points: np.ndarray, saved: np.ndarray) -> float:
    """Largest discounted sum of ``saved`` (H, C) over all sequences of points within reach of one another."""
    if not len(saved):
        return 0.0
    within = np.flatnonzero(np.linalg.norm(points - place, axis=1) <= REACH_M + 1e-9)
    return DISCOUNT * max(saved[0, c] + best_by_enumeration(points[c], points, saved[1:]) for c in within)


@pytest.mark.parametrize("seed", range(3))
def test_with_one_future_the_value_to_go_is_that_of_the_best_path(seed):
    rng = np.random.default_rng(seed)
    futures, table = random_futures(rng, slots=2, samples=1), random_table(rng)
    outlook = outlook_of(futures, table)
    points, places = outlook.lattice.points()[0], near(outlook.lattice)
    saved = np.array([[saved_at(point, futures, h, table) for point in points] for h in range(2)])
    best = [best_by_enumeration(place, points, saved) for place in places]
    assert max(best) > 0
    assert outlook.at(places) == pytest.approx(np.array(best), abs=1e-9)


def test_the_planned_path_earns_the_value_to_go():
    rng = np.random.default_rng(4)
    futures, table = random_futures(rng, slots=3, samples=1), random_table(rng)
    outlook = outlook_of(futures, table)
    path = outlook.path(HERE)
    earned = sum(DISCOUNT ** (h + 1) * saved_at(point, futures, h, table) for h, point in enumerate(path))
    assert earned == pytest.approx(outlook.at(HERE[None])[0], abs=1e-9)
    assert (np.linalg.norm(np.diff([HERE, *path], axis=0), axis=1) <= REACH_M + 1e-6).all()


def test_a_slot_ahead_is_averaged_over_futures_that_each_take_their_best_move():
    rng = np.random.default_rng(7)
    both, table = random_futures(rng, slots=1, samples=2), random_table(rng)
    alone = [outlook_of(Futures(*(part[:, [s]] for part in both)), table) for s in range(2)]
    together = outlook_of(both, table)
    places = near(together.lattice)
    assert together.at(places) == pytest.approx(np.mean([one.at(places) for one in alone], axis=0), abs=1e-12)


def test_other_uavs_claim_what_saves_them_most():
    futures = Futures(
        np.array([[[True, True, True, False]]]),
        np.array([[[0, 1, 2, 2]]]),
        np.array([[[[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]]]),
    )
    table = np.tile(np.array([[1.0], [3.0], [2.0]]), (2, 1, 1))
    saved = Savings(table, bin_m2=np.array([9.0, 9.0]), capacity=np.array([5, 2]))
    path = np.array([[[0.0, 0.0], [0.0, 0.0]]])
    left = unclaimed(futures, saved, 0, path)
    assert left.tolist() == [[[True, False, False, False]]]
    far = unclaimed(futures, saved, 0, path + 50.0)
    assert far.tolist() == futures.active.tolist()


# --- the solver


def announced_world() -> Instance:
    """One UAV beside a lone device; after ten slots five others, 300 m away, wake up as their rates announce."""
    scenario = PAPER.replace(
        devices=6, uavs=1, satellites=0, slots=20, device_speed_mps=0.0, min_accuracy=0.3, arrival_rate=(60.0, 60.0)
    )
    instance = generate(scenario, 0)
    late = np.arange(6) > 0
    awake = late == (np.arange(len(instance.arrival_rate)) >= 10)[:, None]
    place = np.where(late[:, None], [400.0, 250.0], [100.0, 250.0]) + 5.0 * np.arange(6)[:, None]
    return change(
        instance,
        device_xy=np.tile(place, (20, 1, 1)),
        active=awake[:20],
        arrival_rate=np.where(awake, 60.0, 0.0),
        uav_start_xy=np.array([[100.0, 250.0]]),
    )


def test_a_uav_is_there_when_announced_demand_wakes_up():
    instance = announced_world()
    decision = solve("rolling", instance).decision
    assert np.linalg.norm(decision.uav_xy[3, 0] - [100, 250]) < 125
    assert (decision.server[10, 1:] == 0).sum() == 3
    assert evaluate(instance, decision).cost < cost("myopic", instance) - 3 * 3


def test_it_beats_kmeans_in_the_paper_world():
    instances = [generate(PAPER.replace(slots=20), seed) for seed in range(70, 73)]
    total = {name: sum(cost(name, instance) for instance in instances) for name in ("rolling", "kmeans")}
    assert total["rolling"] < 0.98 * total["kmeans"]


@pytest.mark.parametrize("seed", range(3))
def test_without_slots_ahead_it_comes_close_to_the_slots_optimum(seed):
    instance = generate(PAPER.replace(slots=1), seed)
    ratio = cost("rolling[slots-ahead=0]", instance) / cost("slot-optimum", instance)
    assert 1 - 1e-3 <= ratio <= 1.03


def test_the_last_slot_is_decided_for_itself():
    instance = generate(PAPER.replace(slots=1), 3)
    assert cost("rolling", instance) == pytest.approx(cost("rolling[slots-ahead=0]", instance), rel=1e-9)


def test_without_a_scenario_it_learns_requests_as_they_come():
    instance = generate(PAPER.replace(slots=20), 5)
    quiet = instance.active.copy()
    quiet[:2] = False
    recorded = change(instance, scenario=None, active=quiet)
    assert cost("rolling", recorded) < 0.98 * cost("kmeans", recorded)


def test_frozen_uavs_stay_and_others_move():
    instance = generate(PAPER.replace(slots=4, uav_speed_mps=(0.0, 20.0, 0.0)), 0)
    path = solve("rolling", instance).decision.uav_xy
    assert (path[:, [0, 2]] == instance.uav_start_xy[[0, 2]]).all()
    assert np.linalg.norm(path[-1, 1] - instance.uav_start_xy[1]) > 1


@pytest.mark.parametrize("changes", [{"uav_speed_mps": 1e4}, {"uav_radius_m": 0.0}, {"uav_capacity": (0, 99, 1)}])
def test_it_decides_in_odd_worlds(changes):
    instance = generate(PAPER.replace(slots=3, **changes), 0)
    assert cost("rolling", instance) <= cost("greedy", instance) + 1e-9
