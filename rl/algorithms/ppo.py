"""Proximal policy optimisation (Schulman et al. 2017), as stable-baselines3 has it, on scores in a box."""

from typing import Any

import torch
from stable_baselines3 import PPO
from stable_baselines3.common.distributions import Distribution
from stable_baselines3.common.policies import ActorCriticPolicy
from stable_baselines3.common.type_aliases import Schedule
from torch import Tensor, nn

from skyedge.problem import Scenario
from skyedge.rl.algorithms.common.base import Algorithm, OnPolicyConfig
from skyedge.rl.algorithms.common.registry import register
from skyedge.rl.environment.observation import OBSERVERS
from skyedge.rl.networks.track_networks import BOX_ACTION, Flat, Sizes, Widths, network


class NetworkPolicy(ActorCriticPolicy):
    """A Gaussian policy and a value on the track's networks, one each; a standard deviation per kind of number."""

    def __init__(
        self, *args: Any, scenario: Scenario, track: str, width: int, log_std: float = -0.5, **kwargs: Any
    ) -> None:
        self.arguments: dict[str, Any] = {"scenario": scenario, "track": track, "width": width}
        self.sizes = Sizes.of(OBSERVERS[track](scenario))
        # nothing between observations and networks
        super().__init__(*args, **kwargs | {"net_arch": [], "log_std_init": log_std})

    def _build(self, lr_schedule: Schedule) -> None:
        self._build_mlp_extractor()
        self.action_net = self._network(BOX_ACTION)
        self.value_net = self._network(Widths(joint=1))  # type: ignore[assignment]
        self.log_std = nn.Parameter(torch.full((3,), self.log_std_init))
        self.optimizer = torch.optim.Adam(self.parameters(), lr=lr_schedule(1), eps=1e-5)

    def _network(self, says: Widths) -> nn.Module:
        return nn.Sequential(network(says=says, **self.arguments), Flat())

    def _get_action_dist_from_latent(self, latent_pi: Tensor) -> Distribution:
        devices, uavs, choices = self.sizes
        counts = torch.tensor([2 * uavs, devices * choices, devices])
        log_std = self.log_std.repeat_interleave(counts)
        return self.action_dist.proba_distribution(self.action_net(latent_pi), log_std)

    def _get_constructor_parameters(self) -> dict[str, Any]:
        return super()._get_constructor_parameters() | self.arguments | {"log_std": self.log_std_init}


class PPOConfig(OnPolicyConfig):
    """Hyper-parameters."""


@register
class PPOEntry(Algorithm):
    """``ppo``."""

    name, view = "ppo", "box"
    Config, learner, policy = PPOConfig, PPO, NetworkPolicy
    policy_fields = ("width", "log_std")
