"""AD-SAC in the structured track: UAVs move first, then devices choose servers and powers at the new positions.

Networks are over sets, critics are per device, and a device's reward is its own. The ablations differ in what agents
say: all of it by the discrete agent, or all by the continuous one.
"""

from typing import Any, ClassVar

import numpy as np
import torch
from stable_baselines3.common.type_aliases import ReplayBufferSamples
from torch import Tensor, nn

from skyedge.problem import InputError, Scenario
from skyedge.rl.ad_sac.agents import Agents
from skyedge.rl.ad_sac.algorithm import AdSac, AdSacPolicy
from skyedge.rl.ad_sac.batch import Action, Batch
from skyedge.rl.ad_sac.modules import follow
from skyedge.rl.ad_sac.settings import AdSacSettings, StructuredSettings
from skyedge.rl.ad_sac.structured.compass_mover import CompassMover
from skyedge.rl.ad_sac.structured.mover import GaussianMover
from skyedge.rl.ad_sac.structured.offloader import GaussianPowers, LevelPowers, Offloader, Rows
from skyedge.rl.ad_sac.structured.relaxed_offloader import RelaxedOffloader
from skyedge.rl.environment.device_replay import TaskReplay, TaskReplayBuffer, device_rewards
from skyedge.rl.environment.observation import StructuredObserver
from skyedge.rl.environment.process import process_of


class MovingAgents(Agents):
    """The agent of the moves alone, where the environment decides servers and powers exactly."""

    mover_class: ClassVar[type[GaussianMover | CompassMover]] = GaussianMover

    def __init__(self, scenario: Scenario, settings: StructuredSettings) -> None:
        super().__init__()
        self.settings, self.observer = settings, StructuredObserver(scenario)
        self.mover = self.mover_class(scenario, settings)
        follow(*self.pairs(), *self.old_pairs())

    def pairs(self) -> list[tuple[nn.Module, nn.Module]]:
        """Return values and their targets."""
        return [(self.mover.value, self.mover.target_value), (self.mover.q, self.mover.mean_q)]

    def old_pairs(self) -> list[tuple[nn.Module, nn.Module]]:
        """Return ℓ and the old ℓ."""
        return [(self.mover.hybrid, self.mover.old_hybrid)]

    def critics(self) -> list[nn.Module]:
        """Return what learns at the critics' rate."""
        return [self.mover.q, self.mover.value]

    def acting(self) -> list[nn.Module]:
        """Return what decisions depend on."""
        return [self.mover.acting, self.mover.mean_q, self.mover.step]

    @torch.no_grad()
    def act(self, observation: Tensor, deterministic: bool) -> Tensor:
        """Return packed rows: moves."""
        return torch.cat([*self.mover.act(observation, deterministic)], dim=1)

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """Return all losses of a batch whose rewards are per device, (B, K)."""
        return self.mover.losses(batch)


class StructuredAgents(MovingAgents):
    """Both agents: servers by the discrete one, moves and powers by the continuous one."""

    def __init__(self, scenario: Scenario, settings: StructuredSettings) -> None:
        super().__init__(scenario, settings)
        self.offloader = self.make_offloader(scenario, settings)
        follow((self.offloader.hybrid, self.offloader.old_hybrid))

    @staticmethod
    def make_offloader(scenario: Scenario, settings: StructuredSettings) -> Offloader | RelaxedOffloader:
        """Return what chooses servers and powers."""
        return Offloader(scenario, settings, GaussianPowers(settings))

    def old_pairs(self) -> list[tuple[nn.Module, nn.Module]]:
        """Return the parts of ℓ and of the old ℓ."""
        offloader = getattr(self, "offloader", None)
        return super().old_pairs() + ([(offloader.hybrid, offloader.old_hybrid)] if offloader else [])

    def critics(self) -> list[nn.Module]:
        """Return what learns at the critics' rate."""
        return [*super().critics(), self.offloader.q]

    def acting(self) -> list[nn.Module]:
        """Return what decisions depend on."""
        return [*super().acting(), self.offloader.acting, self.offloader.q, *self.offloader.steps()]

    @torch.no_grad()
    def act(self, observation: Tensor, deterministic: bool) -> Tensor:
        """Return packed rows: the options of moves and of the rest, then the levels of both."""
        moves = self.mover.act(observation, deterministic)
        rest = self.offloader.act(*self._after(observation, self.mover.moves(moves)), deterministic)
        return torch.cat([moves.choice, rest.choice, moves.level, rest.level], dim=1)

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """Return all losses of a batch whose rewards are per device, (B, K)."""
        few = slice(self.settings.choice_rows)
        action = Action(batch.choice[few], batch.level[few])
        after, allowed = self._after(batch.observation[few], self.mover.moves(action))
        rest = Action(action.choice[:, self.mover.branches :], action.level[:, self.mover.coordinates :])
        active = self.observer.layout.part(after, "active")[..., 0]
        return self.offloader.losses(Rows(after, allowed, rest, batch.reward[few], active)) | super().losses(batch)

    def _after(self, observation: Tensor, moves: Tensor) -> tuple[Tensor, Tensor]:
        """Return observations after moves (B, M, 2), and what is allowed then, as far as policies know."""
        after, allowed = (
            torch.as_tensor(part) for part in self.observer.after_moves(observation.numpy(), moves.numpy())
        )
        return after, allowed if self.settings.masks else torch.ones_like(allowed)


class DiscreteAgents(StructuredAgents):
    """The discrete agent alone (ad-sac-d): moves of the compass, servers, and a few power levels."""

    mover_class = CompassMover

    @staticmethod
    def make_offloader(scenario: Scenario, settings: StructuredSettings) -> Offloader:
        """Return what chooses servers and powers."""
        return Offloader(scenario, settings, LevelPowers(settings))


class ContinuousAgents(StructuredAgents):
    """The continuous agent alone (ad-sac-c): moves, a score per choice of a server, and powers."""

    @staticmethod
    def make_offloader(scenario: Scenario, settings: StructuredSettings) -> RelaxedOffloader:
        """Return what scores servers and sets powers."""
        return RelaxedOffloader(scenario, settings)


class StructuredPolicy(AdSacPolicy):
    """Acts by ℓ, improved by the critics."""

    settings: StructuredSettings

    def __init__(self, *args: Any, scenario: Scenario, agents: type[MovingAgents], **kwargs: Any) -> None:
        self.arguments: dict[str, Any] = {"scenario": scenario, "agents": agents}
        super().__init__(*args, **kwargs)

    def make_agents(self, size: int) -> MovingAgents:
        """Return new agents."""
        agents: MovingAgents = self.arguments["agents"](self.arguments["scenario"], self.settings)
        return agents

    def _get_constructor_parameters(self) -> dict[str, Any]:
        return super()._get_constructor_parameters() | self.arguments


class StructuredAdSac(TaskReplay, AdSac):
    """AD-SAC on :class:`~skyedge.rl.environment.vec_env.OffloadingVecEnv` with structured observations."""

    replay_buffer: TaskReplayBuffer
    settings_class: ClassVar[type[AdSacSettings]] = StructuredSettings

    def _make_buffer(self) -> TaskReplayBuffer:
        if self.settings.counterfactuals:
            raise InputError("counterfactuals are for the plain track: here each transition is a sample of many places")
        assert self.env is not None
        process = process_of(self.env)
        self.xi = process.xi
        arguments = (self.buffer_size, self.observation_space, self.actions.packed, self.device, self.n_envs)
        return TaskReplayBuffer(*arguments, devices=process.scenario.devices)

    def _reward(self, sample: ReplayBufferSamples) -> Tensor:
        """Return what devices are rewarded with, (B, K), in units of cost."""
        return device_rewards(sample.rewards) / self.xi

    def _warm_up(self, count: int) -> np.ndarray:
        """Act by ℓ as it begins, improved by what the closed forms say."""
        return self.policy.rows(self._last_obs)
