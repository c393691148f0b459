"""Deep deterministic policy gradient (Lillicrap et al. 2016), as stable-baselines3 has it, on scores in a box.

Actor and critic learn at rates of their own, which stable-baselines3 does not offer.
"""

from pathlib import Path
from typing import Any

import numpy as np
import stable_baselines3 as sb3
from gymnasium import spaces
from pydantic import PositiveFloat
from stable_baselines3.common.noise import NormalActionNoise
from stable_baselines3.common.policies import BaseModel, BasePolicy
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from stable_baselines3.common.type_aliases import PyTorchObs, Schedule
from stable_baselines3.common.utils import update_learning_rate
from stable_baselines3.common.vec_env import VecEnv
from stable_baselines3.td3.policies import TD3Policy
from torch import Tensor
from torch.optim import Optimizer

from problem import Scenario
from rl.algorithms.configs import OffPolicyConfig
from rl.algorithms.registry import Algorithm, process_of, register
from rl.networks import BOX_ACTION, Widths, network


class NetworkActor(BasePolicy):
    """The action of an observation, by the track's network."""

    def __init__(
        self, observation_space: spaces.Space, action_space: spaces.Space, scenario: Scenario, track: str, width: int
    ) -> None:
        super().__init__(observation_space, action_space, squash_output=True)
        self.network = network(scenario, track, BOX_ACTION, width=width)

    def forward(self, observation: PyTorchObs) -> Tensor:
        """Return actions (B, ·) in [−1, 1]."""
        actions: Tensor = self.network(observation).flat().tanh()
        return actions

    def _predict(self, observation: PyTorchObs, deterministic: bool = False) -> Tensor:
        return self(observation)


class NetworkCritic(BaseModel):
    """Q of an observation and an action, by the track's network."""

    def __init__(
        self, observation_space: spaces.Space, action_space: spaces.Space, scenario: Scenario, track: str, width: int
    ) -> None:
        super().__init__(observation_space, action_space)
        self.network = network(scenario, track, Widths(joint=1), BOX_ACTION, width)

    def forward(self, observation: Tensor, action: Tensor) -> tuple[Tensor]:
        """Return Q (B, 1), alone in a tuple."""
        return (self.network(observation, action).joint,)

    def q1_forward(self, observation: Tensor, action: Tensor) -> Tensor:
        """Return Q (B, 1)."""
        return self(observation, action)[0]


class NetworkPolicy(TD3Policy):
    """An actor, a critic and their targets."""

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


class DDPG(sb3.DDPG):
    """stable-baselines3's DDPG; ``learning_rate`` is the critic's, and the actor has its policy's."""

    policy: NetworkPolicy

    def _update_learning_rate(self, optimizers: list[Optimizer] | Optimizer) -> None:
        super()._update_learning_rate(optimizers)
        update_learning_rate(self.actor.optimizer, self.policy.actor_learning_rate)


class DDPGConfig(OffPolicyConfig):
    """Hyper-parameters: ``learning_rate`` is the critic's.

    ``noise`` is the standard deviation of what exploration adds to actions in [−1, 1].
    """

    actor_learning_rate: PositiveFloat = 1e-4
    noise: PositiveFloat = 0.6


@register
class DDPGEntry(Algorithm):
    """``ddpg``."""

    name = "ddpg"
    view = "box"
    Config = DDPGConfig

    @staticmethod
    def build(
        vec_env: VecEnv, config: DDPGConfig, track: str, seed: int, tensorboard_log: str | Path | None = None
    ) -> DDPG:
        """Return a new one."""
        numbers = np.prod(vec_env.action_space.shape or ())
        policy: dict[str, Any] = {"scenario": process_of(vec_env).scenario, "track": track}
        return DDPG(
            NetworkPolicy,
            vec_env,
            train_freq=1,
            action_noise=NormalActionNoise(np.zeros(numbers), np.full(numbers, config.noise)),
            **config.model_dump(exclude={"environments", "width", "noise", "actor_learning_rate"}),
            policy_kwargs=policy | config.model_dump(include={"width", "actor_learning_rate"}),
            seed=seed,
            tensorboard_log=None if tensorboard_log is None else str(tensorboard_log),
            device="cpu",
        )
