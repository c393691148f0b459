"""AD-SAC of the structured track as an algorithm of stable-baselines3."""

from typing import Any, ClassVar

import numpy as np
from stable_baselines3.common.type_aliases import ReplayBufferSamples
from torch import Tensor

from skyedge.problem import InputError, Scenario
from skyedge.rl.ad_sac.algorithm import AdSac, AdSacPolicy
from skyedge.rl.ad_sac.settings import AdSacSettings, StructuredSettings
from skyedge.rl.ad_sac.structured.agents import ContinuousAgents, DiscreteAgents, MovingAgents, StructuredAgents
from skyedge.rl.environment.device_replay import TaskReplay, TaskReplayBuffer, device_rewards
from skyedge.rl.environment.process import Process


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


class DiscretePolicy(StructuredPolicy):
    """Acts by the discrete agent's ℓ alone."""

    agents_class = DiscreteAgents


class ContinuousPolicy(StructuredPolicy):
    """Acts by the continuous agent's ℓ alone."""

    agents_class = ContinuousAgents


class StructuredAdSac(TaskReplay, AdSac):
    """AD-SAC on :class:`~skyedge.rl.environment.vec_env.OffloadingVecEnv` with structured observations."""

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

    def _reward(self, sample: ReplayBufferSamples) -> Tensor:
        """Return what devices are rewarded with, (B, K), in units of cost."""
        return device_rewards(sample.rewards) / self._process.xi

    def _warm_up(self, count: int) -> np.ndarray:
        """Act by ℓ as it begins, improved by what the closed forms say."""
        return self.policy.rows(self._last_obs)
