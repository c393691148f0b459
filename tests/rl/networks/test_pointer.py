"""Pointers: UAVs begin by flying to the middle of the devices that they could serve."""

import numpy as np
import pytest
import torch

from skyedge.problem import Scenario
from skyedge.rl.environment.observation import OBSERVERS
from skyedge.rl.environment.vec_env import OffloadingVecEnv
from skyedge.rl.networks.set_encoder import FULL_SPEED, Pointer, Surveyor, Whereabouts, distance_of_others
from skyedge.rl.networks.track_networks import MOVES, network

PAPER = Scenario.preset("paper").replace(slots=2, arrival_rate=(9.0, 9.0))


def looking(scenario, devices, uavs, serves):
    """What is seen of devices and UAVs at given positions from -1 to 1, of whom some can be served by every UAV."""
    observer = OBSERVERS["structured"](scenario)
    observation = torch.zeros(1, observer.layout.size)
    observer.layout.part(observation, "device_xy")[0] = torch.tensor(devices)
    observer.layout.part(observation, "uav_xy")[0] = torch.tensor(uavs)
    observer.layout.part(observation, "cost_below")[0] = 1 - torch.tensor(serves)[:, None]
    return observation


TWO = PAPER.replace(devices=4, uavs=2)
CORNERS, BETWEEN = [[-0.9, -0.9], [-0.9, -0.7], [0.9, 0.9], [0.5, 0.5]], [[-0.7, -0.8], [0.6, 0.6]]


def ways(observation, scenario):
    _, where = Surveyor(OBSERVERS["structured"](scenario))(observation)
    everybody = torch.ones(len(observation), scenario.devices, 1, 1)
    return Pointer(8)(torch.zeros(len(observation), scenario.devices, scenario.uavs, 8), where, everybody)


def test_uavs_are_pointed_to_what_they_can_serve_and_share_it():
    way = ways(looking(TWO, CORNERS, BETWEEN, [1.0, 1.0, 1.0, 0.0]), TWO)[0]
    reach = 60 / 250
    assert way[0].tolist() == pytest.approx([-0.2 / reach * FULL_SPEED, 0.0], abs=0.02)
    assert way[1].tolist() == pytest.approx([FULL_SPEED / 2**0.5] * 2, abs=0.02)  # the last device is no use


def test_a_pointer_flies_at_most_at_full_speed():
    rng = np.random.default_rng(0)
    offset = torch.as_tensor(rng.normal(size=(50, 6, 3, 2)) * 4, dtype=torch.float32)
    where = Whereabouts(offset, torch.as_tensor(rng.random((50, 6, 3, 3)), dtype=torch.float32))
    code = torch.as_tensor(rng.normal(size=(50, 6, 3, 8)), dtype=torch.float32)
    length = Pointer(8)(code, where, torch.ones(50, 6, 1, 1)).detach().norm(dim=-1)
    assert float(length.max()) == pytest.approx(FULL_SPEED)
    assert length.min() < 0.9 * FULL_SPEED


def test_moves_of_a_new_network_are_those_of_its_pointer():
    observation = torch.as_tensor(OffloadingVecEnv(PAPER, 20, track="structured", seed=1).reset())
    net = network(PAPER, "structured", MOVES, width=16)
    said = net(observation).uav
    torch.testing.assert_close(said.tanh(), ways(observation, PAPER), atol=0.1, rtol=0)
    said.square().sum().backward()
    assert all((weight.grad != 0).any() for weight in net.uav_encoder.pointer.parameters())


def test_uavs_that_cannot_move_have_finite_ways():
    still = PAPER.replace(uav_speed_mps=0.0)
    observation = torch.as_tensor(OffloadingVecEnv(still, 5, track="structured").reset())
    assert network(still, "structured", MOVES, width=16)(observation).uav.isfinite().all()


def test_a_uav_knows_how_near_the_nearest_other_is_to_a_device():
    distance = torch.tensor([[[0.5, 1.5, 3.0], [1.0, 1.0, 4.0], [5.0, 6.0, 7.0]]])
    expected = torch.tensor([[[1.5, 0.5, 0.5], [1.0, 1.0, 1.0], [2.0, 2.0, 2.0]]])
    torch.testing.assert_close(distance_of_others(distance), expected)
    torch.testing.assert_close(distance_of_others(distance[..., :1]), torch.full((1, 3, 1), 2.0))
