"""Replay of rewards that are credited to devices: for off-policy algorithms with values of each device."""

from typing import Any

import numpy as np
from stable_baselines3.common.buffers import ReplayBuffer
from stable_baselines3.common.off_policy_algorithm import OffPolicyAlgorithm
from stable_baselines3.common.type_aliases import ReplayBufferSamples
from stable_baselines3.common.vec_env import VecEnv, VecNormalize
from torch import Tensor

from skyedge.rl.environment.process import process_of


class TaskReplayBuffer(ReplayBuffer):
    """A replay buffer whose rewards have columns (B, 1 + devices), see :func:`credited`.

    Parameters
    ----------
    *args, **kwargs
        As stable-baselines3's buffer has them.
    devices : int
        How many are credited.
    """

    def __init__(self, *args: Any, devices: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rewards = np.zeros((*self.rewards.shape, 1 + devices), np.float32)

    def _get_samples(self, batch_inds: np.ndarray, env: VecNormalize | None = None) -> ReplayBufferSamples:
        row = (batch_inds, np.random.randint(0, self.n_envs, len(batch_inds)))  # noqa: NPY002 (as others' do)
        parts = (self.observations, self.actions, self.next_observations, self.dones[..., None], self.rewards)
        return ReplayBufferSamples(*(self.to_torch(part[row]) for part in parts))


class TaskReplay(OffPolicyAlgorithm):
    """Stores what :func:`credited` makes of rewards in its :class:`TaskReplayBuffer`."""

    def _store_transition(
        self,
        replay_buffer: ReplayBuffer,
        buffer_action: np.ndarray,
        new_obs: Any,
        reward: np.ndarray,
        dones: np.ndarray,
        infos: list[dict[str, Any]],
    ) -> None:
        assert self.env is not None
        task_reward = self.env.get_attr("task_reward", [0])[0]
        columns = credited(reward, task_reward, replay_buffer.rewards.shape[-1] - 1)
        super()._store_transition(replay_buffer, buffer_action, new_obs, columns, dones, infos)


def credited(reward: np.ndarray, task_reward: np.ndarray, devices: int) -> np.ndarray:
    """Split rewards into what is nobody's and what is each device's, times their number to be about 1 in size.

    Parameters
    ----------
    reward : array (B,)
    task_reward : array (B, K)
    devices : int
        K (structured track), or 0 to credit nobody (plain track).

    Returns
    -------
    array (B, 1 + devices)
        :func:`total` of it is the reward again.
    """
    own = task_reward[:, :devices]
    return np.concatenate([(reward - own.sum(1))[:, None], devices * own], axis=1)


def total(columns: Tensor) -> Tensor:
    """Return what columns (B, 1 + devices) of rewards or values come to for all together, (B, 1)."""
    own = columns[:, 1:]
    return columns[:, :1] + own.sum(1, keepdim=True) / max(own.shape[1], 1)


def device_rewards(columns: Tensor) -> Tensor:
    """Return the rewards (B, K) that columns (B, 1 + K) credit to devices."""
    return columns[:, 1:] / (columns.shape[1] - 1)


def device_replay(vec_env: VecEnv, track: str) -> dict[str, Any]:
    """Return an off-policy algorithm's arguments: its buffer, and a step of all environments between updates."""
    devices = process_of(vec_env).scenario.devices if track == "structured" else 0
    buffer = {"replay_buffer_class": TaskReplayBuffer, "replay_buffer_kwargs": {"devices": devices}}
    return {"train_freq": 1, **buffer}
