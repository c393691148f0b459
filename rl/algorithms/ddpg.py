"""Deep deterministic policy gradient (Lillicrap et al. 2016) of stable-baselines3, on scores in a box.

Actor and critic learn at rates of their own; gradients are inverted at the bounds of actions, and the critic is given
scores as soft choices; in the structured track it values each device by its own reward.
"""

from functools import partial
from typing import Any

import numpy as np
import stable_baselines3 as sb3
import torch
from gymnasium import spaces
from pydantic import PositiveFloat
from stable_baselines3.common.noise import NormalActionNoise
from stable_baselines3.common.policies import BaseModel, BasePolicy
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from stable_baselines3.common.type_aliases import PyTorchObs, ReplayBufferSamples, Schedule
from stable_baselines3.common.utils import polyak_update, update_learning_rate
from stable_baselines3.common.vec_env import VecEnv
from stable_baselines3.td3.policies import TD3Policy
from torch import Tensor
from torch.optim import Optimizer

from skyedge.problem import Scenario
from skyedge.rl.algorithms.common.base import Algorithm, OffPolicyConfig
from skyedge.rl.algorithms.common.registry import register
from skyedge.rl.environment.device_replay import TaskReplay, device_replay, total
from skyedge.rl.environment.observation import OBSERVERS
from skyedge.rl.networks.track_networks import BOX_ACTION, Sizes, Widths, network

TEMPERATURE = 0.3  # of soft choices


class NetworkActor(BasePolicy):
    """The action of an observation, by the track's network."""

    def __init__(
        self, observation_space: spaces.Space, action_space: spaces.Space, scenario: Scenario, track: str, width: int
    ) -> None:
        super().__init__(observation_space, action_space)
        self.network = network(scenario, track, BOX_ACTION, width=width)

    def forward(self, observation: PyTorchObs) -> Tensor:
        """Return actions (B, ·) in [−1, 1]."""
        return self.unbounded(observation).clamp(-1.0, 1.0)

    def unbounded(self, observation: PyTorchObs) -> Tensor:
        """Return actions before they are clipped."""
        actions: Tensor = self.network(observation).flat()
        if actions.requires_grad:
            actions.register_hook(partial(inverted, at=actions.detach()))
        return actions

    def _predict(self, observation: PyTorchObs, deterministic: bool = False) -> Tensor:
        return self(observation)


def inverted(slope: Tensor, at: Tensor) -> Tensor:
    """Return gradients of a loss, smaller the nearer its descent is to a bound, -1 or 1, and turned beyond it.

    So actions come back from a bound, where a squashed actor would stay (Hausknecht and Stone 2016).
    """
    return slope * (1 + slope.sign() * at) / 2


class NetworkCritic(BaseModel):
    """Q of an observation and an action, by the track's network."""

    def __init__(
        self, observation_space: spaces.Space, action_space: spaces.Space, scenario: Scenario, track: str, width: int
    ) -> None:
        super().__init__(observation_space, action_space)
        self.observer = OBSERVERS[track](scenario)
        self.sizes = Sizes.of(self.observer)
        says = Widths(joint=1, device=int(track == "structured"))
        self.network = network(scenario, track, says, BOX_ACTION, width)

    def forward(self, observation: Tensor, action: Tensor) -> Tensor:
        """Return Q of what is nobody's and of credited devices, (B, 1 + devices)."""
        said = self.network(observation, self._softened(observation, action))
        return torch.cat([said.joint, said.device.flatten(1)], dim=1)

    def _softened(self, observation: Tensor, action: Tensor) -> Tensor:
        """Return actions with probabilities in place of scores: only the best score counts, and where it can serve."""
        tables = self.sizes.tables(action, BOX_ACTION)
        servable = torch.as_tensor(self.observer.servable(observation.numpy()))
        score = (tables.choice / TEMPERATURE).masked_fill(~servable, -torch.inf)
        return tables._replace(choice=score.softmax(-1)).flat()


class DDPGPolicy(TD3Policy):
    """An actor, a critic and their targets."""

    actor: NetworkActor  # type: ignore[assignment]

    def __init__(
        self,
        observation_space: spaces.Space,
        action_space: spaces.Box,
        lr_schedule: Schedule,
        scenario: Scenario,
        track: str,
        width: int,
        actor_learning_rate: float,
        n_critics: int = 1,
    ) -> None:
        self.actor_learning_rate = actor_learning_rate
        self.arguments: dict[str, Any] = {"scenario": scenario, "track": track, "width": width}
        super().__init__(observation_space, action_space, lr_schedule, n_critics=n_critics)

    def make_actor(self, features_extractor: BaseFeaturesExtractor | None = None) -> NetworkActor:  # type: ignore[override]
        """Return a new actor."""
        return NetworkActor(self.observation_space, self.action_space, **self.arguments)

    def make_critic(self, features_extractor: BaseFeaturesExtractor | None = None) -> NetworkCritic:  # type: ignore[override]
        """Return a new critic."""
        return NetworkCritic(self.observation_space, self.action_space, **self.arguments)

    def _get_constructor_parameters(self) -> dict[str, Any]:
        known = {"observation_space": self.observation_space, "action_space": self.action_space}
        rates = {"lr_schedule": self._dummy_schedule, "actor_learning_rate": self.actor_learning_rate}
        return known | rates | self.arguments


class DDPG(TaskReplay, sb3.DDPG):
    """stable-baselines3's DDPG with values of devices; ``learning_rate`` is the critic's, the actor's its policy's."""

    policy: DDPGPolicy

    def _update_learning_rate(self, optimizers: list[Optimizer] | Optimizer) -> None:
        super()._update_learning_rate(optimizers)
        update_learning_rate(self.actor.optimizer, self.policy.actor_learning_rate)

    def train(self, gradient_steps: int, batch_size: int = 100) -> None:
        """Update the critic, the actor by it, and their targets."""
        self.policy.set_training_mode(True)
        self._update_learning_rate([self.actor.optimizer, self.critic.optimizer])
        losses = []
        for _ in range(gradient_steps):
            assert self.replay_buffer is not None
            batch = self.replay_buffer.sample(batch_size)
            q = self.critic(batch.observations, batch.actions)
            critic_loss = (q - self.target(batch)).square().mean()
            _step(self.critic.optimizer, critic_loss)
            actor_loss = -total(self.critic(batch.observations, self.policy.actor.unbounded(batch.observations))).mean()
            _step(self.actor.optimizer, actor_loss)
            polyak_update(self.critic.parameters(), self.critic_target.parameters(), self.tau)
            polyak_update(self.actor.parameters(), self.actor_target.parameters(), self.tau)
            losses.append((actor_loss.item(), critic_loss.item()))
        self._n_updates += gradient_steps
        self.logger.record("train/n_updates", self._n_updates, exclude="tensorboard")
        for name, loss in zip(("actor_loss", "critic_loss"), np.mean(losses, axis=0), strict=True):
            self.logger.record(f"train/{name}", float(loss))

    @torch.no_grad()
    def target(self, batch: ReplayBufferSamples) -> Tensor:
        """Return what Q should be, (B, 1 + devices): rewards, and the future, which is nobody's."""
        return torch.cat([batch.rewards[:, :1] + self._future(batch), batch.rewards[:, 1:]], dim=1)

    def _future(self, batch: ReplayBufferSamples) -> Tensor:
        """Return γ times what the targets expect of the next state, (B, 1)."""
        if not self.gamma:  # which saves the time
            return torch.zeros_like(batch.dones)
        following = self.actor_target(batch.next_observations)
        return self.gamma * (1 - batch.dones) * total(self.critic_target(batch.next_observations, following))


def _step(optimizer: Optimizer, loss: Tensor) -> None:
    optimizer.zero_grad()
    loss.backward(inputs=optimizer.param_groups[0]["params"])  # no others' gradients
    optimizer.step()


class DDPGConfig(OffPolicyConfig):
    """Hyper-parameters: ``learning_rate`` is the critic's.

    ``noise`` is the standard deviation of what exploration adds to actions in [−1, 1].
    """

    actor_learning_rate: PositiveFloat = 1e-4
    noise: PositiveFloat = 0.6


@register
class DDPGEntry(Algorithm):
    """``ddpg``."""

    name, view = "ddpg", "box"
    Config, learner, policy = DDPGConfig, DDPG, DDPGPolicy
    policy_fields = ("width", "actor_learning_rate")

    @classmethod
    def arguments(cls, vec_env: VecEnv, config: DDPGConfig, track: str) -> dict[str, Any]:
        """Explore by Gaussian noise."""
        numbers = np.prod(vec_env.action_space.shape or ())
        noise = NormalActionNoise(np.zeros(numbers), np.full(numbers, config.noise))
        own = config.arguments("noise", *cls.policy_fields)
        return own | device_replay(vec_env, track) | {"action_noise": noise}
