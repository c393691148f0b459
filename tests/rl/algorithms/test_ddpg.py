"""DDPG: soft choices, inverted gradients, and values of devices that add up."""

import numpy as np
import pytest
import torch

from skyedge.rl.algorithms import get, hyperparameters
from skyedge.rl.algorithms.ddpg import inverted
from skyedge.rl.environment.device_replay import total
from skyedge.rl.environment.vec_env import OffloadingVecEnv
from skyedge.rl.networks.track_networks import BOX_ACTION
from tests.rl.worlds import SMALL, TRACKS


def learned(track, **options):
    options = {"environments": 3, "learning_starts": 6, "batch_size": 8, "width": 16} | options
    entry, config = get("ddpg"), hyperparameters("ddpg", track, options)
    env = OffloadingVecEnv(SMALL, 3, entry.view, track, seed=4)
    return entry.build(env, config, track, 0).learn(30)


def test_gradients_shrink_towards_a_bound_and_turn_beyond_it():
    at = torch.tensor([-1.0, 0.0, 0.5, 1.0, 1.5])
    down, up = inverted(torch.ones(5), at), inverted(-torch.ones(5), at)
    assert down.tolist() == [0.0, 0.5, 0.75, 1.0, 1.25]  # descent lowers the action
    assert up.tolist() == [-1.0, -0.5, -0.25, 0.0, 0.25]  # beyond 1 it is lowered all the same


@pytest.mark.parametrize("track", TRACKS)
def test_critics_see_that_only_the_differences_of_scores_matter(track):
    model = learned(track)
    observation = torch.as_tensor(model.env.reset())
    action = torch.as_tensor(np.random.default_rng(0).uniform(-0.5, 0.5, (3, *model.action_space.shape)))
    tables = model.critic.sizes.tables(action.float(), BOX_ACTION)
    lifted = tables._replace(choice=tables.choice + 0.3).flat()
    turned = tables._replace(choice=-tables.choice).flat()
    with torch.no_grad():
        q = model.critic(observation, tables.flat())
        torch.testing.assert_close(model.critic(observation, lifted), q, atol=1e-4, rtol=1e-4)
        assert (model.critic(observation, turned) - q).abs().max() > 1e-4
    assert q.shape == (3, 1 + {"plain": 0, "structured": SMALL.devices}[track])


@pytest.mark.parametrize("gamma", [0.0, 0.5])
@pytest.mark.parametrize("track", TRACKS)
def test_targets_come_to_the_reward_and_the_discounted_value_to_come(track, gamma):
    model = learned(track, gamma=gamma)
    batch = model.replay_buffer.sample(40)
    with torch.no_grad():
        then = total(model.critic_target(batch.next_observations, model.actor_target(batch.next_observations)))
    expected = total(batch.rewards) + gamma * (1 - batch.dones) * then
    torch.testing.assert_close(total(model.target(batch)), expected, atol=1e-5, rtol=1e-5)
    assert torch.equal(model.target(batch)[:, 1:], batch.rewards[:, 1:])
    assert (batch.dones == 1).any()


def test_actions_of_an_actor_keep_their_bounds():
    model = learned("plain")
    with torch.no_grad():
        for weight in model.actor.parameters():
            weight *= 30
    action, _ = model.predict(model.env.reset(), deterministic=True)
    assert np.abs(action).max() == 1.0
