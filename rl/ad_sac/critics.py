"""Critics of the structured track: what the closed forms say, and what a network over sets says besides."""

import numpy as np
import torch
from torch import Tensor, nn

from problem import Scenario
from rl.masks import assign_in_turn
from rl.networks import Widths, network
from rl.observation import StructuredObserver


class ChoiceCritic(nn.Module):
    """Q_d of each device's choices: less what the closed form says they cost, and what the network says besides."""

    def __init__(self, scenario: Scenario, width: int) -> None:
        super().__init__()
        self.network = network(scenario, "structured", Widths(choice=1), Widths(device=1), width)
        self.layout, self.penalty = StructuredObserver(scenario).layout, scenario.unserved_penalty

    def forward(self, after: Tensor, level: Tensor) -> Tensor:
        """Return Q (B, K, M+N+1) of observations after the moves and power levels (B, K)."""
        layout = self.layout
        cost = (layout.part(after, "cost") + 1) * (self.penalty / 2)
        none = self.penalty * layout.part(after, "active")
        result: Tensor = self.network(after, level).choice - torch.cat([cost, none], dim=-1)
        return result


class PerDevice(nn.Module):
    """A number per device, (B, K), by the structured track's network over all that is observed."""

    def __init__(self, scenario: Scenario, width: int) -> None:
        super().__init__()
        self.network = network(scenario, "structured", Widths(device=1), width=width)

    def forward(self, observation: Tensor) -> Tensor:
        """Return numbers (B, K) of observations (B, size)."""
        said: Tensor = self.network(observation).device[..., 0]
        return said


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
        layout, capacity = self.observer.layout, self.observer.world.server_capacity
        active = layout.part(observation, "active")
        cost = (layout.part(observation, "cost") + 1) * (self.penalty / 2)
        cost = np.concatenate([cost, self.penalty * active], axis=-1)
        choice, _ = assign_in_turn(-cost, self.observer.allowed(observation), capacity)
        chosen: np.ndarray = np.take_along_axis(cost, choice[..., None], axis=-1)[..., 0]
        return chosen
