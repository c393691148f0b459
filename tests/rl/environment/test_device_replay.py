"""Rewards of devices in replay buffers."""

import numpy as np
import pytest
import torch

from skyedge.rl.algorithms import get, hyperparameters
from skyedge.rl.environment.device_replay import credited, total
from skyedge.rl.environment.vec_env import OffloadingVecEnv
from tests.rl.worlds import SMALL


def test_credited_rewards_come_to_the_reward_again():
    rng = np.random.default_rng(0)
    own = -rng.random((6, 4))
    reward = own.sum(1)
    columns = credited(reward, own, 4)
    np.testing.assert_allclose(columns, np.concatenate([np.zeros((6, 1)), 4 * own], axis=1), atol=1e-12)
    np.testing.assert_allclose(credited(reward, own, 0), reward[:, None])
    for devices in (4, 0):
        split = torch.as_tensor(credited(reward, own, devices))
        assert total(split)[:, 0].tolist() == pytest.approx(reward.tolist())


@pytest.mark.parametrize("name", ["ddpg", "d3qn"])
def test_a_buffer_holds_what_its_slots_brought(name):
    entry, config = get(name), hyperparameters(name, "structured", {"environments": 3, "learning_starts": 1000})
    env = OffloadingVecEnv(SMALL, 3, entry.view, "structured", seed=4)
    model = entry.build(env, config, "structured", 0).learn(12)
    buffer = model.replay_buffer
    assert buffer.pos == 4
    active = env.process.observer.layout.part(torch.as_tensor(buffer.observations[:4]), "active")[..., 0].numpy()
    assert (buffer.rewards[:4, :, 1:][active == 0] == 0).all()
    assert (buffer.rewards[:4, :, 1:][active == 1] < 0).all()
    np.testing.assert_allclose(buffer.rewards[3, :, 1:], SMALL.devices * env.task_reward, rtol=1e-6)
    batch = buffer.sample(50)
    rows = {
        row.tobytes(): reward
        for row, reward in zip(buffer.observations[:4].reshape(12, -1), buffer.rewards[:4].reshape(12, -1), strict=True)
    }
    for row, reward in zip(batch.observations.numpy(), batch.rewards.numpy(), strict=True):
        np.testing.assert_array_equal(rows[row.tobytes()], reward)
