"""Proximal policy optimisation (Schulman et al. 2017), as stable-baselines3 has it, on scores in a box."""

from pathlib import Path
from typing import Any

import torch
from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt
from stable_baselines3 import PPO
from stable_baselines3.common.policies import ActorCriticPolicy
from stable_baselines3.common.type_aliases import Schedule
from stable_baselines3.common.vec_env import VecEnv
from torch import Tensor, nn

from problem import Scenario
from rl.algorithms.registry import Algorithm, AlgorithmConfig, process_of, register
from rl.networks import Sizes, Tables, Widths, network
from rl.observation import OBSERVERS

BOX = Widths(uav=2, choice=1, device=1)  # what the box view takes


class NetworkPolicy(ActorCriticPolicy):
    """A Gaussian policy and a value on the track's networks, one each; a standard deviation per kind of number."""

    def __init__(self, *args: Any, scenario: Scenario, track: str, width: int, **kwargs: Any) -> None:
        self.scenario, self.track, self.width = scenario, track, width
        super().__init__(*args, net_arch=[], **kwargs)

    def _build(self, lr_schedule: Schedule) -> None:
        self._build_mlp_extractor()  # nothing between observations and networks
        self.action_net = nn.Sequential(network(self.scenario, self.track, BOX, width=self.width), Flat())
        self.value_net = nn.Sequential(network(self.scenario, self.track, Widths(joint=1), width=self.width), Flat())
        self.log_std_of_kind = nn.Parameter(torch.zeros(3))
        self.sizes = Sizes.of(OBSERVERS[self.track](self.scenario))
        self.optimizer = self.optimizer_class(self.parameters(), lr=lr_schedule(1), **self.optimizer_kwargs)

    @property
    def log_std(self) -> Tensor:
        """Of every number of an action."""
        devices, uavs, choices = self.sizes
        counts = torch.tensor([2 * uavs, devices * choices, devices])
        return self.log_std_of_kind.repeat_interleave(counts)

    def _get_constructor_parameters(self) -> dict[str, Any]:
        mine = {"scenario": self.scenario, "track": self.track, "width": self.width}
        theirs = super()._get_constructor_parameters()
        return {name: value for name, value in theirs.items() if name != "net_arch"} | mine


class Flat(nn.Module):
    """Lays tables out in one row."""

    def forward(self, tables: Tables) -> Tensor:
        """Return rows (B, ·)."""
        return tables.flat()


class PPOConfig(AlgorithmConfig):
    """Hyper-parameters, by stable-baselines3's names; ``width`` is that of hidden layers."""

    width: PositiveInt = 64
    n_steps: PositiveInt = 50
    batch_size: PositiveInt = 200
    n_epochs: PositiveInt = 6
    learning_rate: PositiveFloat = 1e-3
    gamma: NonNegativeFloat = 0.8
    gae_lambda: NonNegativeFloat = 0.8
    clip_range: PositiveFloat = 0.2
    ent_coef: NonNegativeFloat = 0.0
    max_grad_norm: PositiveFloat = 0.5


@register
class PPOEntry(Algorithm):
    """``ppo``."""

    name = "ppo"
    view = "box"
    Config = PPOConfig

    @staticmethod
    def build(
        vec_env: VecEnv, config: PPOConfig, track: str, seed: int, tensorboard_log: str | Path | None = None
    ) -> PPO:
        """Return stable-baselines3's PPO."""
        return PPO(
            NetworkPolicy,
            vec_env,
            **config.model_dump(exclude={"environments", "width"}),
            policy_kwargs={"scenario": process_of(vec_env).scenario, "track": track, "width": config.width},
            seed=seed,
            tensorboard_log=None if tensorboard_log is None else str(tensorboard_log),
            device="cpu",
        )
