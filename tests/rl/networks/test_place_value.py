"""The value of places: what it does not depend on, and what it is before anything is learned."""

import numpy as np
import pytest
import torch

from skyedge.problem import InputError, Scenario, generate
from skyedge.rl.networks.place_value import LOOK_AHEAD, PlaceValue, PlaceValues, chances, others_of
from skyedge.rl.policies.place_value_policy import load_network
from skyedge.rl.policies.policy_files import Policy

WORLD = Scenario.preset("hotspot")
INSTANCE = generate(WORLD, 0)
CENTRE = np.array([250.0, 250.0])


def shaken(seed: int = 0) -> PlaceValue:
    """A network whose weights are all drawn."""
    torch.manual_seed(seed)
    network = PlaceValue(16)
    for weights in network.value.parameters():
        torch.nn.init.normal_(weights)
    return network


def worth(turn: np.ndarray | None = None, order: np.ndarray | None = None, network: PlaceValue | None = None):
    """Values of 40 places to UAV 0 in slot 3, in a world that is turned, with the devices in another order."""
    turn = np.eye(2) if turn is None else turn
    order = np.arange(WORLD.devices) if order is None else order

    def turned(xy):
        return (xy - CENTRE) @ turn.T + CENTRE

    places = np.random.default_rng(1).uniform(0, 500, (1, 40, 2))
    chance = chances(INSTANCE.arrival_rate[:, None], 3, WORLD.slots)[:, order]
    device_xy, others_xy = INSTANCE.device_xy[3][order][None], INSTANCE.uav_start_xy[None, 1:]
    values = PlaceValues(network or shaken(), WORLD)
    return values.at(0, turned(places), turned(device_xy), chance, turned(others_xy))


def test_before_anything_is_learned_no_place_is_worth_anything():
    assert (worth(network=PlaceValue(16)) == 0).all()


@pytest.mark.parametrize("turn", [[[0, -1], [1, 0]], [[1, 0], [0, -1]], [[0.6, -0.8], [0.8, 0.6]]])
def test_a_world_that_is_turned_or_mirrored_has_the_same_values(turn):
    assert np.ptp(worth()) > 0.1
    assert worth(np.array(turn)) == pytest.approx(worth(), rel=1e-3, abs=1e-3)


def test_the_order_of_devices_does_not_matter():
    order = np.random.default_rng(2).permutation(WORLD.devices)
    assert worth(order=order) == pytest.approx(worth(), rel=1e-4, abs=1e-4)


def test_chances_are_those_of_the_public_rates_and_none_beyond_the_horizon():
    chance = chances(INSTANCE.arrival_rate[:, None], 40, WORLD.slots)[0]
    for h, ahead in enumerate(LOOK_AHEAD):
        expected = 1 - np.exp(-INSTANCE.arrival_rate[40 + ahead]) if 40 + ahead < WORLD.slots else 0.0
        assert chance[:, h] == pytest.approx(expected)


def test_after_the_last_slot_nothing_is_worth_anything():
    chance = chances(INSTANCE.arrival_rate[:, None], WORLD.slots - 1, WORLD.slots)
    places, others = INSTANCE.device_xy[-1][None], INSTANCE.uav_start_xy[None, 1:]
    assert (PlaceValues(shaken(), WORLD).at(0, places, INSTANCE.device_xy[-1][None], chance, others) == 0).all()


def test_requests_that_a_uav_is_not_accurate_enough_for_are_not_expected_from_it():
    scenario = WORLD.replace(uav_accuracy=(0.35, 0.55, 0.2))
    places = np.zeros((1, 1, 2))
    chance = np.ones((1, WORLD.devices, len(LOOK_AHEAD)))
    values = PlaceValues(shaken(), scenario)
    for uav, share in ((0, 0.25), (1, 0.75), (2, 0.0)):
        _, _, expected, _, _ = values.inputs(
            uav, places, INSTANCE.device_xy[:1], chance, INSTANCE.uav_start_xy[None, 1:]
        )
        assert expected.numpy() == pytest.approx(share)


def test_a_lone_uav_has_no_others():
    assert others_of(INSTANCE.uav_start_xy[:1], 0).shape == (0, 2)
    scenario = WORLD.replace(uavs=1)
    chance = chances(INSTANCE.arrival_rate[:, None], 0, WORLD.slots)
    value = PlaceValues(shaken(), scenario).at(
        0, np.zeros((1, 3, 2)), INSTANCE.device_xy[:1], chance, np.zeros((1, 0, 2))
    )
    assert np.isfinite(value).all()


def test_weights_of_another_network_are_refused(tmp_path):
    class Record:
        hyperparameters = {"width": 32}  # noqa: RUF012

    with pytest.raises(InputError, match="not those of the network"):
        load_network(Policy(tmp_path, Record(), shaken().state_dict()))
