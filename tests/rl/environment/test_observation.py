"""What learners see, and that it is the world's own numbers."""

import dataclasses

import numpy as np
import pytest

from skyedge.problem import Scenario, generate_batch, score_slots, server_costs
from skyedge.problem.arrays import SLOT_SHAPES
from skyedge.rl.environment.masks import moved
from skyedge.rl.environment.observation import LOOK_AHEAD, PlainObserver, StructuredObserver
from tests.rl.worlds import SMALL

OBSERVERS = (PlainObserver, StructuredObserver)
CONGESTED, HOTSPOT = Scenario.preset("congested").replace(slots=4), Scenario.preset("hotspot").replace(slots=4)
WORLDS = (SMALL, CONGESTED, HOTSPOT)


class Seen:
    """A slot of 40 horizons with UAVs somewhere, and how an observer sees it."""

    def __init__(self, observer, scenario, seed=0, t=2, count=40):
        self.rng = np.random.default_rng(seed)
        self.observer = observer(scenario)
        self.horizons = generate_batch(scenario, (seed,), count)
        self.t, self.slot = t, self.horizons.at(t)
        self.uav_xy = self.rng.random((count, scenario.uavs, 2)) * scenario.area_m
        self.observation = self.look(self.uav_xy)

    def look(self, uav_xy):
        return self.observer.observe(self.horizons.arrival_rate, self.t, self.slot, uav_xy)

    def part(self, name):
        return self.observer.layout.part(self.observation, name)


@pytest.mark.parametrize("observer", OBSERVERS)
@pytest.mark.parametrize("scenario", WORLDS, ids=lambda scenario: scenario.name)
def test_features_are_finite_and_about_one_in_size(observer, scenario):
    seen = Seen(observer, scenario)
    assert np.isfinite(seen.observation).all()
    for name in seen.observer.layout.columns:
        values = np.abs(seen.part(name))
        assert values.max(initial=0) < 6, name
        if name not in {"time", "hops", "delay"}:
            assert values.max(initial=0) > 0.2, name


def test_a_high_shell_has_features_of_the_same_size():
    seen = Seen(PlainObserver, Scenario.preset("arctic").replace(slots=3), count=4)
    assert 0.5 < seen.part("window").max() < 1.1  # of an overhead pass; the Earth turns
    assert 0.1 < seen.part("gain").max() < 5  # of fading, mostly


@pytest.mark.parametrize("observer", OBSERVERS)
def test_requests_and_positions_can_be_read_back(observer):
    seen = Seen(observer, SMALL)
    request, slot = seen.part("request"), seen.slot
    assert (seen.part("active")[..., 0] == slot.active).all()
    for column, name in enumerate(("input_bits", "output_words", "max_latency_s")):
        scale = getattr(seen.observer.scales, name)
        np.testing.assert_allclose(request[..., column] * scale, getattr(slot, name), rtol=1e-6)
    np.testing.assert_allclose(request[..., 3], slot.min_accuracy, rtol=1e-6)
    np.testing.assert_allclose((seen.part("device_xy") + 1) * 250, slot.device_xy, atol=1e-4)
    np.testing.assert_allclose((seen.part("uav_xy") + 1) * 250, seen.uav_xy, atol=1e-4)
    assert (seen.part("time") == np.float32(2 / 6)).all()


def test_the_plain_track_has_the_state_of_the_paper():
    seen = Seen(PlainObserver, HOTSPOT)
    slot, scales = seen.slot, seen.observer.scales
    ahead = np.stack([seen.horizons.arrival_rate[2 + h] for h in LOOK_AHEAD], axis=-1)
    for name, expected in (
        ("rate", ahead / scales.arrival_rate),
        ("fading", slot.uav_fading),
        ("gain", slot.sat_gain / scales.sat_gain),
        ("window", slot.sat_window_s / scales.window_s),
        ("access", (slot.sat_access + 1) / 4),
        ("hops", slot.isl_hops.reshape(40, 1, 16) / 4),
        ("delay", slot.isl_delay_s.reshape(40, 1, 16) / scales.max_latency_s),
    ):
        np.testing.assert_allclose(seen.part(name), expected, rtol=1e-6, atol=1e-9, err_msg=name)


def test_the_structured_track_has_the_best_costs_and_the_chances_to_come():
    seen = Seen(StructuredObserver, HOTSPOT)
    costs = server_costs(seen.slot, seen.uav_xy)
    expected = np.where(costs.feasible, 2 * costs.cost / 5 - 1, 1.0)
    np.testing.assert_allclose(seen.part("cost"), expected, atol=1e-6)
    chances = [1 - np.exp(-seen.horizons.arrival_rate[2 + h]) for h in LOOK_AHEAD]
    np.testing.assert_allclose(seen.part("activity"), np.stack(chances, axis=-1), atol=1e-6)


@pytest.mark.parametrize("scenario", WORLDS, ids=lambda scenario: scenario.name)
def test_costs_from_straight_above_are_those_of_uavs_that_are_there(scenario):
    seen = Seen(StructuredObserver, scenario)
    below = seen.part("cost_below").copy()
    for k in range(0, scenario.devices, 4):
        there = seen.look(np.repeat(seen.slot.device_xy[:, k, None], scenario.uavs, axis=1))
        cost = seen.observer.layout.part(there, "cost")[:, k, : scenario.uavs]
        np.testing.assert_allclose(below[:, k], cost, atol=1e-6)
    assert (below[~seen.slot.active] == 1).all()


def test_links_right_below_a_server_at_mean_fading_have_feature_one():
    seen = Seen(StructuredObserver, SMALL)
    slot, observer = seen.slot, seen.observer
    above = np.repeat(slot.device_xy[:, :1], 3, axis=1)
    found = observer.layout.part(seen.look(above), "snr")[:, 0, :3]
    loud = np.log1p(slot.uav_fading[:, 0] * np.expm1(observer.scales.log_snr[:3])) / observer.scales.log_snr[:3]
    np.testing.assert_allclose(found, loud, rtol=1e-5)


@pytest.mark.parametrize("scenario", WORLDS, ids=lambda scenario: scenario.name)
def test_masks_are_what_could_be_served_and_not_offloading(scenario):
    seen = Seen(StructuredObserver, scenario)
    allowed = seen.observer.allowed(seen.observation)
    assert (allowed[..., :-1] == server_costs(seen.slot, seen.uav_xy).feasible).all()
    assert allowed[..., -1].all()
    assert not allowed[~seen.slot.active][:, :-1].any()


def test_a_device_alone_at_its_best_power_is_served_exactly_where_the_mask_allows_it():
    seen = Seen(StructuredObserver, CONGESTED, count=10)
    allowed, costs = seen.observer.allowed(seen.observation), server_costs(seen.slot, seen.uav_xy)
    for k in range(0, 30, 7):
        for j in range(seen.slot.servers):
            server = np.full(seen.slot.active.shape, -1)
            server[:, k] = j
            power = np.zeros(server.shape)
            power[:, k] = np.where(costs.feasible[:, k, j], costs.power[:, k, j], 0.2)
            served = score_slots(seen.slot, server, power, seen.uav_xy).served[:, k]
            assert (served == allowed[:, k, j]).all()


@pytest.mark.parametrize("scenario", WORLDS, ids=lambda scenario: scenario.name)
def test_after_moves_is_what_would_be_seen_from_the_new_positions(scenario):
    seen = Seen(StructuredObserver, scenario)
    moves = seen.rng.uniform(-1, 1, (40, scenario.uavs, 2))
    before = seen.observation.copy()
    observation, allowed = seen.observer.after_moves(seen.observation, moves)
    expected = seen.look(moved(seen.uav_xy, moves, seen.observer.world))
    np.testing.assert_allclose(observation, expected, rtol=0, atol=1e-4)
    assert (allowed == seen.observer.allowed(expected)).all()
    assert (seen.observation == before).all()
    changed = observation != before
    assert changed.any()
    for name in {*seen.observer.layout.columns} - {"uav_xy", "snr", "cost"}:
        assert not seen.observer.layout.part(changed, name).any(), name


def test_staying_changes_nothing():
    seen = Seen(StructuredObserver, SMALL)
    observation, allowed = seen.observer.after_moves(seen.observation, np.zeros((40, 3, 2)))
    np.testing.assert_allclose(observation, seen.observation, rtol=0, atol=1e-5)
    assert (allowed == seen.observer.allowed(seen.observation)).all()


def test_accuracy_floors_that_a_model_just_meets_survive_the_rounding_of_observations():
    exact = SMALL.replace(min_accuracy=0.55)  # the UAVs' own accuracy
    seen = Seen(StructuredObserver, exact)
    _, allowed = seen.observer.after_moves(seen.observation, np.zeros((40, 3, 2)))
    assert allowed[..., :3].any()
    assert (allowed == seen.observer.allowed(seen.observation)).all()


@pytest.mark.parametrize("observer", OBSERVERS)
def test_renaming_devices_renames_their_rows(observer):
    seen = Seen(observer, SMALL)
    order = seen.rng.permutation(15)
    parts = {name: getattr(seen.slot, name) for name in SLOT_SHAPES}
    slot = seen.slot.with_slots({name: part if "isl" in name else part[:, order] for name, part in parts.items()})
    horizons = dataclasses.replace(seen.horizons, arrival_rate=seen.horizons.arrival_rate[..., order])
    table = seen.observer.layout.table(seen.observer.observe(horizons.arrival_rate, 2, slot, seen.uav_xy), "device")
    np.testing.assert_allclose(table, seen.observer.layout.table(seen.observation, "device")[:, order], rtol=1e-6)
