"""AD-SAC of the structured track as an algorithm of stable-baselines3."""

from typing import Any, ClassVar

import numpy as np
import torch
from stable_baselines3.common.buffers import ReplayBuffer

from problem import InputError, Scenario
from rl.ad_sac.agents import Batch
from rl.ad_sac.algorithm import AdSac, AdSacPolicy
from rl.ad_sac.settings import AdSacSettings, StructuredSettings
from rl.ad_sac.structured import MovingAgents, StructuredAgents
from rl.process import Process


class TaskReplayBuffer(ReplayBuffer):
    """Holds per-device rewards besides, which are written before a transition is added."""

    def __init__(self, *args: Any, devices: int) -> None:
        super().__init__(*args)
        self.task_rewards = np.zeros((self.buffer_size, self.n_envs, devices), np.float32)

    def draw(self, count: int) -> tuple[np.ndarray, ...]:
        """Return ``count`` random transitions: observations, actions, per-device rewards, next observations, ends."""
        which = np.random.randint(0, self.buffer_size if self.full else self.pos, count)  # noqa: NPY002 (as its parent)
        where = np.random.randint(0, self.n_envs, count)  # noqa: NPY002
        columns = (self.observations, self.actions, self.task_rewards, self.next_observations, self.dones)
        return tuple(column[which, where] for column in columns)


class StructuredPolicy(AdSacPolicy):
    """Acts by ℓ, improved by the critics."""

    settings: StructuredSettings
    agents_class: ClassVar[type[MovingAgents]] = StructuredAgents

    def __init__(self, *args: Any, scenario: Scenario, **kwargs: Any) -> None:
        self.scenario = scenario
        super().__init__(*args, **kwargs)

    def make_agents(self, size: int) -> MovingAgents:
        """Return new agents."""
        return self.agents_class(self.scenario, self.settings)

    def _get_constructor_parameters(self) -> dict[str, Any]:
        return super()._get_constructor_parameters() | {"scenario": self.scenario}


class MovingPolicy(StructuredPolicy):
    """Acts by ℓ's moves, improved by Q_c."""

    agents_class = MovingAgents


class StructuredAdSac(AdSac):
    """AD-SAC on :class:`~rl.vec_env.OffloadingVecEnv` with structured observations: hybrid view, or moves alone."""

    replay_buffer: TaskReplayBuffer
    settings_class: ClassVar[type[AdSacSettings]] = StructuredSettings

    def _make_buffer(self) -> TaskReplayBuffer:
        if self.settings.counterfactuals:
            raise InputError("counterfactuals are for the plain track: here each transition is a sample of many places")
        arguments = (self.buffer_size, self.observation_space, self.actions.packed, self.device, self.n_envs)
        return TaskReplayBuffer(*arguments, devices=self._process.scenario.devices)

    @property
    def _process(self) -> Process:
        assert self.env is not None
        process: Process = self.env.get_attr("process", [0])[0]
        return process

    def _store_transition(self, replay_buffer: Any, *transition: Any) -> None:
        """Store a transition with the rewards of devices, in units of cost."""
        assert self.env is not None
        replay_buffer.task_rewards[replay_buffer.pos] = self.env.get_attr("task_reward", [0])[0] / self._process.xi
        super()._store_transition(replay_buffer, *transition)

    def _batch(self, batch_size: int) -> Batch:
        columns = self.replay_buffer.draw(batch_size)
        observation, action, reward, following, done = (torch.as_tensor(column) for column in columns)
        branches = len(self.actions.options)
        return Batch(observation, action[:, :branches].long(), action[:, branches:], reward, following, done)

    def _warm_up(self, count: int) -> np.ndarray:
        """Act by ℓ as it begins, improved by what the closed forms say."""
        return self.policy.rows(self._last_obs)
