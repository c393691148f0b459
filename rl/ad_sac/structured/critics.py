"""Critics of the structured track: what the closed forms say, and what a network over sets says besides."""

import numpy as np
import torch
from torch import Tensor, nn

from skyedge.problem import Scenario
from skyedge.rl.environment.masks import assign_in_turn
from skyedge.rl.environment.observation import StructuredObserver
from skyedge.rl.environment.observation_layout import Layout
from skyedge.rl.networks.set_encoder import existing
from skyedge.rl.networks.track_networks import Widths, network


def choice_costs(layout: Layout, after: Tensor, penalty: float) -> Tensor:
    """Return what choices cost by the closed forms, (B, K, M+N+1), in observations after the moves."""
    cost = (layout.part(after, "cost") + 1) * (penalty / 2)
    return torch.cat([cost, penalty * layout.part(after, "active")], dim=-1)


class ChoiceCritic(nn.Module):
    """Q_d of each device's choices: less what the closed form says they cost, and what the network says besides."""

    def __init__(self, scenario: Scenario, width: int) -> None:
        super().__init__()
        self.network = network(scenario, "structured", Widths(choice=1), Widths(device=1), width)
        self.layout, self.penalty = StructuredObserver(scenario).layout, scenario.unserved_penalty

    def forward(self, after: Tensor, level: Tensor) -> Tensor:
        """Return Q (B, K, M+N+1) of observations after the moves and power levels (B, K)."""
        cost = choice_costs(self.layout, after, self.penalty)
        result: Tensor = self.network(after, level).choice - cost
        return result


class PerDevice(nn.Module):
    """A number per device, (B, K), by the structured track's network over all that is observed."""

    def __init__(self, scenario: Scenario, width: int) -> None:
        super().__init__()
        self.network = network(scenario, "structured", Widths(device=1), width=width)
        self.layout = StructuredObserver(scenario).layout

    def forward(self, observation: Tensor) -> Tensor:
        """Return numbers (B, K) of observations (B, size)."""
        said: Tensor = self.network(observation).device[..., 0]
        return said * existing(self.layout, observation)[..., 0]


class DeviceCritic(nn.Module):
    """Values of each device: less what it costs if devices choose in turn, and what the network says besides.

    Parameters
    ----------
    scenario : Scenario
    later : nn.Module
        Which says that, (B, K).
    """

    def __init__(self, scenario: Scenario, later: nn.Module) -> None:
        super().__init__()
        self.later, self.observer = later, StructuredObserver(scenario)
        self.penalty = scenario.unserved_penalty

    def forward(self, observation: Tensor) -> Tensor:
        """Return values (B, K)."""
        said: Tensor = self.later(observation)
        return said - torch.as_tensor(self.cost(observation.numpy()))

    def cost(self, observation: np.ndarray) -> np.ndarray:
        """Return what devices cost, (B, K), if they choose in turn the cheapest server that is not full."""
        capacity = self.observer.world.server_capacity
        cost = choice_costs(self.observer.layout, torch.as_tensor(observation), self.penalty).numpy()
        choice, _ = assign_in_turn(-cost, self.observer.allowed(observation), capacity)
        chosen: np.ndarray = np.take_along_axis(cost, choice[..., None], axis=-1)[..., 0]
        return chosen


def shortfall(said: Tensor, goal: Tensor, apart: bool) -> Tensor:
    """Return squared errors of values (B, K): each device's own, or that of their sum, shared by all, (B, 1)."""
    error = said - goal
    return error.square() if apart else error.sum(1, keepdim=True).square() / error.shape[1]
