"""D3QN: dueling branches, double targets, exploration branch by branch."""

import numpy as np
import pytest
import torch
from stable_baselines3.common.type_aliases import ReplayBufferSamples

from skyedge.rl.algorithms import get, hyperparameters
from skyedge.rl.environment.vec_env import OffloadingVecEnv
from tests.rl.worlds import TRACKS

BRANCHES = [17] * 2 + [4] * 4 + [5] * 4  # of the tiny world


def fresh(track, **options):
    entry, config = get("d3qn"), hyperparameters("d3qn", track, {"environments": 4, "width": 16, **options})
    return entry.build(OffloadingVecEnv("tiny", 4, entry.view, track), config, track, 0)


@pytest.mark.parametrize("track", TRACKS)
def test_the_mean_of_a_branch_is_the_value_of_whom_it_is_of(track):
    model = fresh(track)
    observation = torch.as_tensor(model.env.reset())
    with torch.no_grad():
        for weight in model.q_net.parameters():
            weight += 0.1 * torch.randn(weight.shape, generator=torch.Generator().manual_seed(1))
    q, said = model.q_net(observation), model.q_net.network(observation)
    uavs, devices = said.uav[..., 17:].sum(-1), said.device[..., 5:].sum(-1)  # nothing in the plain track
    values = said.joint + torch.cat([uavs, devices, devices], dim=1)
    assert bool((values.std(1) > 1e-4).all()) == (track == "structured")
    for branch, options in enumerate(BRANCHES):
        assert torch.isinf(q[:, branch, options:]).all()
        torch.testing.assert_close(q[:, branch, :options].mean(1), values[:, branch], atol=1e-5, rtol=1e-5)


class Table(torch.nn.Module):
    """A Q-function written down: the same for every observation."""

    def __init__(self, q):
        super().__init__()
        self.q = torch.tensor(q)

    def forward(self, observation):
        return self.q.expand(len(observation), *self.q.shape)


def transitions(rewards, branches):
    """A transition and a last one with given rewards."""
    rewards, nothing = torch.tensor(rewards), torch.zeros(2, 1)
    return ReplayBufferSamples(nothing, torch.zeros(2, branches), nothing, torch.tensor([[0.0], [1.0]]), rewards)


def test_targets_are_those_worked_out_by_hand():
    model = fresh("plain", gamma=0.5)
    none = -torch.inf
    model.q_net = Table([[1.0, 3.0, 2.0], [5.0, 4.0, none]])  # the best options are 1 and 0
    model.q_net_target = Table([[9.0, 2.0, 7.0], [6.0, 8.0, none]])  # and their values here 2 and 6
    assert model.target(transitions([[-1.0], [-3.0]], 2)).tolist() == [[-1 + 0.5 * (2 + 6) / 2] * 2, [-3.0] * 2]


def test_targets_of_credited_devices_are_their_own_rewards():
    model = fresh("structured", gamma=0.5)
    model.q_net = Table([[1.0, 3.0]] * 5)  # a move, two servers, two levels
    model.q_net_target = Table([[9.0, 2.0]] + [[0.0, 100.0]] * 4)
    target = model.target(transitions([[0.0, -1.0, -3.0], [0.0, -5.0, -7.0]], 5))
    assert target.tolist() == [[-2 + 0.5 * 2, -1, -3, -1, -3], [-6, -5, -7, -5, -7]]


def test_the_terminal_observation_is_what_is_stored_and_ends_the_return():
    model = fresh("plain").learn(16)
    buffer = model.replay_buffer
    layout = model.env.get_attr("process")[0].observer.layout
    time, then = (
        layout.part(stored[:4], "time")[..., 0, 0] for stored in (buffer.observations, buffer.next_observations)
    )
    assert time[:, 0].tolist() == [0, 0.5, 0, 0.5]
    assert then[:, 0].tolist() == [0.5, 1, 0.5, 1]
    assert buffer.dones[:4, 0].tolist() == [0, 1, 0, 1]


def test_each_branch_explores_by_itself_and_never_beyond_its_options():
    model = fresh("structured")
    observation = np.tile(model.env.reset()[:1], (2000, 1))
    greedy = model.predict(observation, deterministic=True)[0]
    model.exploration_rate = 0.3
    action = model.predict(observation)[0]
    assert (action < BRANCHES).all()
    assert (action >= 0).all()
    changed = (action != greedy).mean(0)
    np.testing.assert_allclose(changed, 0.3 * (1 - 1 / np.array(BRANCHES)), atol=0.05)
    rows = (action != greedy).any(1).mean()
    assert rows > 0.9  # ten branches seldom all keep to what is best
