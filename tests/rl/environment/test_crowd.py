"""Episodes with random numbers of devices: those who are silent are as good as not there."""

import numpy as np
import pytest
import torch

from skyedge.problem import InputError, Scenario
from skyedge.rl import algorithms
from skyedge.rl.ad_sac.structured.critics import DeviceCritic, FutureCostNetwork, PerDevice
from skyedge.rl.environment.episodes import CrowdEpisodes
from skyedge.rl.environment.observation import StructuredObserver
from skyedge.rl.environment.vec_env import OffloadingVecEnv
from skyedge.rl.networks.track_networks import Widths, network

MANY = Scenario.preset("paper").replace(devices=8, slots=6)
FEW = MANY.replace(devices=3)
SAYS = Widths(uav=4, choice=1, device=2, joint=1, displaces=True)


@pytest.fixture(scope="module")
def observations():
    """Slots in which only three of eight devices ever ask, and the same slots in a world of three."""
    crowd = CrowdEpisodes(MANY, 1, 3)
    while (crowd.draw(1).arrival_rate[0] > 0).sum() != 3:
        pass
    crowd.drawn -= 1
    many = torch.as_tensor(OffloadingVecEnv(count=1, track="structured", episodes=crowd).reset())
    many = many.repeat(4, 1)
    before, after = StructuredObserver(MANY).layout, StructuredObserver(FEW).layout
    few = torch.zeros(4, after.size)
    before.part(many, "uav_xy")[:] = torch.rand(4, MANY.uavs, 2, generator=torch.Generator().manual_seed(0)) * 2 - 1
    for name in before.columns:
        after.part(few, name)[:] = before.part(many, name)[:, : len(after.part(few, name)[0])]
    return many, few


def shaken(scenario, make):
    """A network with weights that are large everywhere, the same in every world."""
    net, generator = make(scenario), torch.Generator().manual_seed(3)
    with torch.no_grad():
        for weight in net.parameters():
            weight[:] = 0.3 * torch.randn(weight.shape, generator=generator)
    return net


def test_silent_devices_do_not_change_what_a_network_says_of_the_others(observations):
    many, few = (
        shaken(world, lambda world: network(world, "structured", SAYS, width=16))(seen)
        for world, seen in zip((MANY, FEW), observations, strict=True)
    )
    torch.testing.assert_close(many.uav, few.uav)
    torch.testing.assert_close(many.joint, few.joint)
    torch.testing.assert_close(many.choice[:, :3], few.choice)
    torch.testing.assert_close(many.device[:, :3], few.device)


@pytest.mark.parametrize("kind", [FutureCostNetwork, PerDevice])
def test_silent_devices_are_worth_nothing_and_change_no_value(observations, kind):
    many, few = (
        shaken(world, lambda world: DeviceCritic(world, kind(world, 16)))(seen)
        for world, seen in zip((MANY, FEW), observations, strict=True)
    )
    torch.testing.assert_close(many[:, :3], few)
    assert (many[:, 3:] == 0).all()
    assert (few != 0).all()


def test_every_number_of_devices_from_the_fewest_on_is_drawn_and_drawn_again_after_resuming():
    crowd = CrowdEpisodes(MANY, 5, 3)
    horizons = crowd.draw(400)
    asking = (horizons.arrival_rate > 0).all(axis=0)
    assert sorted(set(asking.sum(1))) == [3, 4, 5, 6, 7, 8]
    assert not horizons.active[:, ~asking].any()
    assert (horizons.input_bits[:, ~asking] == 0).all()
    assert horizons.active[:, asking].mean() > 0.5
    crowd.drawn = 0
    np.testing.assert_array_equal(crowd.draw(400).active, horizons.active)


def test_more_devices_than_there_are_cannot_be_the_fewest():
    with pytest.raises(InputError, match="fewest_devices is 9"):
        CrowdEpisodes(MANY, 0, 9)


@pytest.mark.parametrize("name", ["ad-sac", "hybrid-ppo", "ddpg"])
def test_any_algorithm_learns_from_random_numbers_of_devices_if_asked_to(name):
    entry = algorithms.get(name)
    config = algorithms.hyperparameters(name, "structured", {"fewest_devices": 2, "environments": 2, "width": 16})
    env = entry.environment(MANY, config, "structured", 0)
    assert env.process.episodes.fewest == 2
    entry.build(env, config, "structured", 0).learn(24)
