"""Networks: devices, UAVs and satellites are sets, and what is given and said finds its place."""

import numpy as np
import pytest
import torch

from skyedge.problem import Scenario
from skyedge.rl.environment.observation import OBSERVERS
from skyedge.rl.environment.vec_env import OffloadingVecEnv
from skyedge.rl.networks.set_encoder import mean_of
from skyedge.rl.networks.track_networks import BOX_ACTION, Sizes, Widths, network

PAPER = Scenario.preset("paper").replace(slots=2)
SAYS = Widths(uav=2, choice=1, device=3, joint=2)
DEVICES, UAVS, SATELLITES = 15, 3, 4


@pytest.fixture(scope="module")
def observation():
    return torch.as_tensor(OffloadingVecEnv(PAPER, 5, track="structured", seed=1).reset())


def shaken(net):
    """The network with weights that are not small anywhere."""
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for weight in net.parameters():
            weight += 0.2 * torch.randn(weight.shape, generator=generator)
    return net


@pytest.fixture(scope="module")
def net():
    return shaken(network(PAPER, "structured", SAYS, BOX_ACTION, width=16))


@pytest.fixture(scope="module")
def given():
    count = 2 * UAVS + DEVICES * (UAVS + SATELLITES + 1) + DEVICES
    return torch.rand(5, count, generator=torch.Generator().manual_seed(4)) * 2 - 1


def reordered(observation, given, devices, servers):
    """The same slots, with devices and servers (UAVs first) numbered anew."""
    layout, uavs = OBSERVERS["structured"](PAPER).layout, servers[:UAVS]
    observation = observation.clone()
    device = layout.table(observation, "device")
    device[:] = device[:, devices].clone()
    for name, order in {"snr": servers, "cost": servers, "window": servers[UAVS:] - UAVS, "cost_below": uavs}.items():
        layout.part(observation, name)[:] = layout.part(observation, name)[..., order].clone()
    where = layout.table(observation, "uav")
    where[:] = where[:, uavs].clone()
    tables = Sizes(DEVICES, UAVS, UAVS + SATELLITES + 1).tables(given, BOX_ACTION)
    choices = torch.cat([servers, torch.tensor([UAVS + SATELLITES])])
    tables = tables._replace(
        uav=tables.uav[:, uavs], choice=tables.choice[:, devices][..., choices], device=tables.device[:, devices]
    )
    return observation, tables.flat(), choices


def test_the_order_of_devices_uavs_and_satellites_does_not_matter(net, observation, given):
    devices = torch.randperm(DEVICES, generator=torch.Generator().manual_seed(0))
    servers = torch.tensor([2, 0, 1, 5, 3, 6, 4])
    changed, regiven, choices = reordered(observation, given, devices, servers)
    before, after = net(observation, given), net(changed, regiven)
    torch.testing.assert_close(after.uav, before.uav[:, servers[:UAVS]], atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(after.choice, before.choice[:, devices][..., choices], atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(after.device, before.device[:, devices], atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(after.joint, before.joint, atol=1e-5, rtol=1e-4)
    assert (before.uav.std(1) > 1e-4).all()  # UAVs and devices are told apart
    assert (before.choice.std(1) > 1e-4).all()


def test_a_joint_value_takes_in_everything_that_is_given(observation, given):
    critic = shaken(network(PAPER, "structured", Widths(joint=1), BOX_ACTION, width=16))
    given = given.clone().requires_grad_()
    critic(observation, given).joint.sum().backward()
    active = OBSERVERS["structured"](PAPER).layout.part(observation, "active")
    parts = Sizes(DEVICES, UAVS, UAVS + SATELLITES + 1).tables(given.grad, BOX_ACTION)
    assert (parts.uav != 0).all()
    for part in (parts.choice, parts.device):
        assert (part.abs().amax(-1, keepdim=True) != 0)[active > 0].all()


def test_everything_that_is_given_and_seen_matters(net, observation, given):
    observation, given = observation.clone().requires_grad_(), given.clone().requires_grad_()
    said = net(observation, given)
    sum(part.square().sum() for part in said).backward()
    assert (given.grad != 0).float().mean() > 0.9
    layout = OBSERVERS["structured"](PAPER).layout
    for name in layout.columns:
        assert (layout.part(observation.grad, name) != 0).any(), name


def test_weights_fit_other_numbers_of_devices_uavs_and_satellites(net):
    other = PAPER.replace(devices=7, uavs=2, satellites=5)
    fitted = network(other, "structured", SAYS, BOX_ACTION, width=16)
    fitted.load_state_dict(net.state_dict())
    observation = torch.as_tensor(OffloadingVecEnv(other, 4, track="structured").reset())
    said = fitted(observation, torch.zeros(4, 2 * 2 + 7 * 8 + 7))
    assert [tuple(part.shape) for part in said] == [(4, 2, 2), (4, 7, 8), (4, 7, 3), (4, 2)]
    assert all(part.isfinite().all() for part in said)


@pytest.mark.parametrize("track", ["plain", "structured"])
def test_networks_say_almost_nothing_at_first(track):
    observation = torch.as_tensor(OffloadingVecEnv(PAPER, 5, track=track).reset())
    said = network(PAPER, track, SAYS)(observation)
    assert all(part.abs().max() < 0.5 for part in said)


def test_rows_of_numbers_are_taken_apart_as_they_were_put_together():
    sizes, rng = Sizes(devices=4, uavs=2, choices=4), np.random.default_rng(0)
    flat = torch.as_tensor(rng.random((3, 2 * 2 + 4 * 4 + 4 * 3 + 2)))
    tables = sizes.tables(flat, SAYS)
    assert torch.equal(tables.flat(), flat)
    assert torch.equal(tables.uav[:, 1], flat[:, 2:4])
    assert torch.equal(tables.choice[:, 1], flat[:, 8:12])
    assert torch.equal(tables.joint, flat[:, -2:])


def test_means_are_over_active_devices_alone():
    code = torch.tensor([[[2.0, 4.0], [6.0, 8.0], [9.0, 9.0]], [[1.0, 1.0]] * 3])
    active = torch.tensor([[[1.0], [1.0], [0.0]], [[0.0]] * 3])
    assert mean_of(code, active).tolist() == [[4.0, 6.0], [0.0, 0.0]]
