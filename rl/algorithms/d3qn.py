"""D3QN: dueling, double and branching deep Q-learning on the multi-discrete view.

Every UAV's move, every device's server and every device's power level is a branch with advantages of its own; all
share one state value (Tavakoli et al. 2018; dueling: Wang et al. 2016; double: van Hasselt et al. 2016).
"""

from typing import Any

import numpy as np
import torch
from gymnasium import spaces
from pydantic import NonNegativeFloat, PositiveFloat
from stable_baselines3 import DQN
from stable_baselines3.common.off_policy_algorithm import OffPolicyAlgorithm
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.type_aliases import PyTorchObs, ReplayBufferSamples, Schedule
from stable_baselines3.common.vec_env import VecEnv
from stable_baselines3.dqn.policies import DQNPolicy
from torch import Tensor, nn

from skyedge.problem import Scenario
from skyedge.rl.algorithms.common.base import Algorithm, OffPolicyConfig
from skyedge.rl.algorithms.common.registry import register
from skyedge.rl.environment.device_replay import TaskReplay, device_replay, total
from skyedge.rl.networks.track_networks import Widths, network


class BranchingQNetwork(BasePolicy):
    """Q of every option of every branch: the value, and the advantage less its mean over the branch.

    In the structured track each device and UAV adds a value of its own. Branches have different numbers of options,
    so rows are padded with −inf up to the longest.
    """

    action_space: spaces.MultiDiscrete

    def __init__(
        self, observation_space: spaces.Space, action_space: spaces.Space, scenario: Scenario, track: str, width: int
    ) -> None:
        super().__init__(observation_space, action_space)
        options = self.action_space.nvec
        self.longest = int(options.max())
        self.moves, self.levels, own = int(options[0]), int(options[-1]), int(track == "structured")
        says = Widths(uav=self.moves + own, choice=1, device=self.levels + own, joint=1)
        self.network = network(scenario, track, says, width=width)

    def forward(self, observation: PyTorchObs) -> Tensor:
        """Return Q (B, branches, longest), branches in the order of the action: moves, servers, power levels."""
        tables = self.network(observation)
        move, of_uav = tables.uav.tensor_split([self.moves], dim=-1)
        level, of_device = tables.device.tensor_split([self.levels], dim=-1)
        parts = [(move, of_uav), (tables.choice, of_device), (level, of_device)]
        return torch.cat([self._padded(part, tables.joint[:, None] + own.sum(-1, True)) for part, own in parts], dim=1)

    def _padded(self, advantage: Tensor, value: Tensor) -> Tensor:
        q = value + advantage - advantage.mean(-1, keepdim=True)
        return nn.functional.pad(q, (0, self.longest - q.shape[-1]), value=-torch.inf)

    def _predict(self, observation: PyTorchObs, deterministic: bool = True) -> Tensor:
        return self(observation).argmax(-1)


class BranchingPolicy(DQNPolicy):
    """A branching Q-network and its target."""

    def __init__(
        self,
        observation_space: spaces.Space,
        action_space: spaces.Space,
        lr_schedule: Schedule,
        scenario: Scenario,
        track: str,
        width: int,
    ) -> None:
        self.arguments: dict[str, Any] = {"scenario": scenario, "track": track, "width": width}
        super().__init__(observation_space, action_space, lr_schedule)  # type: ignore[arg-type]

    def make_q_net(self) -> BranchingQNetwork:  # type: ignore[override]
        """Return a new network."""
        return BranchingQNetwork(self.observation_space, self.action_space, **self.arguments)

    def _get_constructor_parameters(self) -> dict[str, Any]:
        known = {"observation_space": self.observation_space, "action_space": self.action_space}
        return known | {"lr_schedule": self._dummy_schedule} | self.arguments


class D3QN(TaskReplay, DQN):
    """stable-baselines3's DQN with branches, double targets, and exploration branch by branch."""

    def __init__(
        self,
        policy: Any,
        env: Any,
        *,
        learning_rate: float = 1e-3,
        target_update_interval: int = 16,
        exploration_fraction: float = 0.5,
        exploration_final_eps: float = 0.05,
        max_grad_norm: float = 10.0,
        _init_setup_model: bool = True,
        **kwargs: Any,
    ) -> None:
        # DQN's own constructor admits single branches only, so this stands in its place.
        OffPolicyAlgorithm.__init__(
            self,
            policy,
            env,
            learning_rate,
            sde_support=False,
            supported_action_spaces=(spaces.MultiDiscrete,),
            support_multi_env=True,
            **kwargs,
        )
        self.exploration_initial_eps, self.exploration_final_eps = 1.0, exploration_final_eps
        self.exploration_fraction, self.exploration_rate = exploration_fraction, 0.0
        self.target_update_interval, self.max_grad_norm, self._n_calls = target_update_interval, max_grad_norm, 0
        if _init_setup_model:
            self._setup_model()

    def train(self, gradient_steps: int, batch_size: int = 100) -> None:
        """Update the Q-network by squared errors of all branches."""
        self.policy.set_training_mode(True)
        self._update_learning_rate(self.policy.optimizer)
        losses = []
        for _ in range(gradient_steps):
            assert self.replay_buffer is not None
            batch = self.replay_buffer.sample(batch_size)
            q = self.q_net(batch.observations).gather(-1, batch.actions.long()[..., None])[..., 0]
            loss = (q - self.target(batch)).square().mean()
            self.policy.optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.policy.parameters(), self.max_grad_norm)
            self.policy.optimizer.step()
            losses.append(loss.item())
        self._n_updates += gradient_steps
        self.logger.record("train/n_updates", self._n_updates, exclude="tensorboard")
        self.logger.record("train/loss", float(np.mean(losses)))

    @torch.no_grad()
    def target(self, batch: ReplayBufferSamples) -> Tensor:
        """Return what Q should be, (B, branches): rewards, with the future for branches that nobody is credited with.

        What credited devices decide has their own rewards, and no future.
        """
        own = batch.rewards[:, 1:]
        moves = batch.actions.shape[1] - 2 * own.shape[1]
        joint = total(batch.rewards) + self._future(batch, moves)
        return torch.cat([joint.expand(-1, moves), own, own], dim=1)

    def _future(self, batch: ReplayBufferSamples, moves: int) -> Tensor:
        """Return γ · the mean over the first branches of the target's Q of what is best by the Q-network, (B, 1)."""
        if not self.gamma:  # which saves the time
            return torch.zeros_like(batch.dones)
        best = self.q_net(batch.next_observations)[:, :moves].argmax(-1, keepdim=True)
        then = self.q_net_target(batch.next_observations)[:, :moves].gather(-1, best)[..., 0]
        return self.gamma * (1 - batch.dones) * then.mean(1, keepdim=True)

    def predict(
        self,
        observation: np.ndarray | dict[str, np.ndarray],
        state: tuple[np.ndarray, ...] | None = None,
        episode_start: np.ndarray | None = None,
        deterministic: bool = False,
    ) -> tuple[np.ndarray, tuple[np.ndarray, ...] | None]:
        """Return the best options, each replaced by a random one at the exploration rate if not ``deterministic``."""
        action, state = self.policy.predict(observation, state, episode_start, deterministic)
        if deterministic:
            return action, state
        assert isinstance(self.action_space, spaces.MultiDiscrete)
        explores = torch.rand(action.shape).numpy() < self.exploration_rate
        anything = (torch.rand(action.shape, dtype=torch.float64).numpy() * self.action_space.nvec).astype(np.int64)
        return np.where(explores, anything, action), state


class D3QNConfig(OffPolicyConfig):
    """Hyper-parameters; intervals count slots of all environments."""

    exploration_fraction: PositiveFloat = 0.5
    exploration_final_eps: NonNegativeFloat = 0.05
    max_grad_norm: PositiveFloat = 10.0


@register
class D3QNEntry(Algorithm):
    """``d3qn``."""

    name, view = "d3qn", "multi-discrete"
    Config, learner, policy = D3QNConfig, D3QN, BranchingPolicy

    @classmethod
    def arguments(cls, vec_env: VecEnv, config: D3QNConfig, track: str) -> dict[str, Any]:
        """Go towards the target at every step of all environments."""
        replay = device_replay(vec_env, track)
        return super().arguments(vec_env, config, track) | replay | {"target_update_interval": vec_env.num_envs}
