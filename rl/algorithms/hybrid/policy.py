"""One policy for hybrid actions: squashed Gaussian moves, then categorical servers, then squashed Gaussian powers."""

from typing import Any, NamedTuple

import numpy as np
import torch
from gymnasium import spaces
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.type_aliases import PyTorchObs, Schedule
from torch import Tensor, nn

from skyedge.problem import Scenario
from skyedge.rl.environment.masks import assign_in_turn
from skyedge.rl.environment.observation import OBSERVERS
from skyedge.rl.networks.distributions import LOG_SQRT_2_PI, squashed_log_density
from skyedge.rl.networks.track_networks import MOVES, Widths, network


class Sample(NamedTuple):
    """B actions, and what their log-probabilities depend on.

    Attributes
    ----------
    moves : tensor (B, M, 2)
        Before squashing.
    server : int64 tensor (B, K)
    power : tensor (B, K)
        Before squashing.
    after : tensor (B, size)
        The observations after the moves.
    used : bool tensor (B, K, M+N+1)
        What each device was allowed when it chose.
    """

    moves: Tensor
    server: Tensor
    power: Tensor
    after: Tensor
    used: Tensor


class Judgement(NamedTuple):
    """What a policy says of B actions, and of where they were taken.

    Attributes
    ----------
    device_log_prob : tensor (B, K)
        Of each device's server and, if it has one, of its power.
    uav_log_prob : tensor (B, M)
        Of each UAV's move.
    device_entropy, uav_entropy : tensors (B, K), (B, M)
        Of the distributions before squashing.
    value : tensor (B,)
        Of the state before the moves.
    device_value : tensor (B, K) or (B, 0)
        Of each device after the moves, in its own reward of the slot.
    """

    device_log_prob: Tensor
    uav_log_prob: Tensor
    device_entropy: Tensor
    uav_entropy: Tensor
    value: Tensor
    device_value: Tensor


class HybridPolicy(BasePolicy):
    """The policy of ``hybrid-ppo``, with its values.

    UAVs move first. In the structured track servers and powers are then chosen from what the slot looks like at
    the new positions, one device after the other among what is feasible and not full.

    Parameters
    ----------
    observation_space, action_space, lr_schedule, use_sde
        As stable-baselines3 gives them; ``use_sde`` is of no use here.
    scenario : Scenario
    track : str
    width : int
        Of hidden layers.
    log_std : float
        ln of the standard deviations before squashing, at first.
    """

    action_space: spaces.Box

    def __init__(
        self,
        observation_space: spaces.Space,
        action_space: spaces.Box,
        lr_schedule: Schedule,
        use_sde: bool = False,
        *,
        scenario: Scenario,
        track: str,
        width: int,
        log_std: float,
    ) -> None:
        super().__init__(observation_space, action_space)
        self.arguments = {"scenario": scenario, "track": track, "width": width, "log_std": log_std}
        self.observer = OBSERVERS[track](scenario)
        self.track, world, structured = track, self.observer.world, track == "structured"
        self.capacity = world.server_capacity if structured else np.full(world.servers, world.devices)
        self.mover = network(scenario, track, MOVES, width=width)
        self.critic = network(scenario, track, Widths(joint=1), width=width)
        self.offloader = network(scenario, track, Widths(choice=1, device=1 + structured), width=width)
        self.log_std = nn.Parameter(torch.full((2,), log_std))  # of moves and of powers
        self.optimizer = torch.optim.Adam(self.parameters(), lr=lr_schedule(1), eps=1e-5)

    @torch.no_grad()
    def act(self, observation: Tensor, deterministic: bool = False) -> Sample:
        """Choose actions: the most likely ones if ``deterministic``, else samples."""
        scale = torch.zeros(2) if deterministic else self.log_std.exp()
        mean = self.mover(observation).uav
        moves = mean + scale[0] * torch.randn_like(mean)
        seen, allowed = self.observer.after_moves(observation.numpy(), moves.tanh().numpy())
        after = torch.as_tensor(seen)
        said = self.offloader(after)
        noise = None if deterministic else -torch.empty_like(said.choice).exponential_().log().numpy()
        server, used = assign_in_turn(said.choice.numpy(), allowed, self.capacity, noise)
        level = said.device[..., 0]
        power = level + scale[1] * torch.randn_like(level)
        return Sample(moves, torch.as_tensor(server), power, after, torch.as_tensor(used))

    def judge(self, observation: Tensor, sample: Sample) -> Judgement:
        """Return log-probabilities, entropies and values, with gradients."""
        before, after = self.mover(observation), self.offloader(sample.after)
        log_choice = after.choice.masked_fill(~sample.used, -torch.inf).log_softmax(-1)
        chosen = log_choice.gather(-1, sample.server[..., None])[..., 0]
        transmits = (sample.server < log_choice.shape[-1] - 1).float()
        power = squashed_log_density(sample.power, after.device[..., 0], self.log_std[1])
        moves = squashed_log_density(sample.moves, before.uav, self.log_std[0]).sum(-1)
        surprise = -(log_choice.exp() * log_choice.masked_fill(~sample.used, 0.0)).sum(-1)
        spread = self.log_std + LOG_SQRT_2_PI + 0.5
        return Judgement(
            device_log_prob=chosen + transmits * power,
            uav_log_prob=moves,
            device_entropy=surprise + transmits * spread[1],
            uav_entropy=(2 * spread[0]).expand_as(moves),
            value=self.critic(observation).joint[:, 0],
            device_value=after.device[..., 1:].flatten(1),
        )

    def packed(self, sample: Sample) -> Tensor:
        """Return the actions as the packed view takes them."""
        return torch.cat([sample.moves.tanh().flatten(1), sample.server.float(), sample.power.tanh()], dim=1)

    def _predict(self, observation: PyTorchObs, deterministic: bool = False) -> Tensor:
        assert isinstance(observation, Tensor)
        return self.packed(self.act(observation, deterministic))

    forward = _predict

    def _get_constructor_parameters(self) -> dict[str, Any]:
        spaces_ = {"observation_space": self.observation_space, "action_space": self.action_space}
        return spaces_ | {"lr_schedule": self._dummy_schedule} | self.arguments
