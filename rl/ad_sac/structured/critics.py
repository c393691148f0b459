"""Critics of the structured track: what the closed forms say, and what a network over sets says besides."""

import numpy as np
import torch
from torch import Tensor, nn

from skyedge.problem import Scenario
from skyedge.rl.environment.masks import assign_in_turn
from skyedge.rl.environment.observation import Layout, StructuredObserver
from skyedge.rl.networks.distance_rings import NEAR, NEAR_SOFTNESS, RINGS, SOFTNESS, Rings
from skyedge.rl.networks.set_encoder import Surveyor, existing
from skyedge.rl.networks.track_networks import Widths, head, network

OF_UAV = 2  # numbers that tell unlike UAVs apart


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


class ScoreCritic(nn.Module):
    """Q of each device: less what the choices cost to which scores lead, and what the network says of the scores."""

    def __init__(self, scenario: Scenario, width: int) -> None:
        super().__init__()
        self.network = network(scenario, "structured", Widths(device=1), Widths(choice=1, device=1), width)
        self.observer, self.penalty = StructuredObserver(scenario), scenario.unserved_penalty

    def forward(self, after: Tensor, allowed: Tensor, table: Tensor) -> Tensor:
        """Return Q (B, K) of observations after the moves and of scores and levels (B, K, choices + 1)."""
        scores = table[..., :-1].detach().numpy()
        choice, _ = assign_in_turn(scores, allowed.numpy(), self.observer.world.server_capacity)
        cost = choice_costs(self.observer.layout, after, self.penalty).gather(-1, torch.as_tensor(choice)[..., None])
        given = torch.cat([table[..., :-1].flatten(1), table[..., -1]], dim=1)
        result: Tensor = self.network(after, given).device[..., 0] - cost[..., 0]
        return result


class PerDevice(nn.Module):
    """A number per device, (B, K), by the structured track's network over all that is observed."""

    def __init__(self, scenario: Scenario, width: int) -> None:
        super().__init__()
        self.network = network(scenario, "structured", Widths(device=1), width=width)
        self.layout = StructuredObserver(scenario).layout

    def forward(self, observation: Tensor) -> Tensor:
        """Return numbers (B, K) of observations (B, size)."""
        number: Tensor = self.network(observation).device[..., 0]
        return number * existing(self.layout, observation)[..., 0]


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
        network: Tensor = self.later(observation)
        return network - torch.as_tensor(self.cost(observation.numpy()))

    def cost(self, observation: np.ndarray) -> np.ndarray:
        """Return what devices cost, (B, K), if they choose in turn the cheapest server that is not full."""
        capacity = self.observer.world.server_capacity
        cost = choice_costs(self.observer.layout, torch.as_tensor(observation), self.penalty).numpy()
        choice, _ = assign_in_turn(-cost, self.observer.allowed(observation), capacity)
        chosen: np.ndarray = np.take_along_axis(cost, choice[..., None], axis=-1)[..., 0]
        return chosen


class FutureCostNetwork(nn.Module):
    """What later slots cost each device, (B, K): from distances and chances of requests; weights fit every K and M.

    Requests of other slots are drawn anew, so what comes later depends on places alone: what the network does not see
    cannot make it prefer a place by mistake.

    Devices and UAVs exchange what they know of each other twice: a UAV learns how much is asked of it, and a device
    how much its UAVs have to do.
    """

    of_uav: Tensor

    def __init__(self, scenario: Scenario, width: int) -> None:
        super().__init__()
        observer, half = StructuredObserver(scenario), width // 2
        world = observer.world
        self.layout, self.surveyor = observer.layout, Surveyor(observer)
        self.rings, self.near = Rings(RINGS, SOFTNESS), Rings(NEAR, NEAR_SOFTNESS)
        columns = self.layout.columns["activity"]
        known = columns.stop - columns.start + 1  # of a device: chances of requests, and the time
        self.link = nn.Linear(len(RINGS) + len(NEAR) + OF_UAV, half)
        self.of_device, self.of_load = nn.Linear(known, half, bias=False), nn.Linear(half, half, bias=False)
        self.link_under_load = nn.Linear(half, half)
        self.device = nn.Linear(2 * half + known, width)
        self.says = head(width, 1)
        accuracy = torch.as_tensor(world.uav_accuracy, dtype=torch.float32)
        of_uav = torch.stack([torch.as_tensor(world.uav_capacity / 4, dtype=torch.float32), accuracy], dim=-1)
        self.register_buffer("of_uav", of_uav, persistent=False)

    def forward(self, observation: Tensor) -> Tensor:
        """Return numbers (B, K) of observations (B, size)."""
        part = self.layout.part
        activity = part(observation, "activity")
        time = part(observation, "time").expand(-1, activity.shape[1], -1)
        known = torch.cat([activity, time], dim=-1)
        distances = self.surveyor.distances(self.surveyor.offset(observation))
        own = self.of_uav.expand(*distances.shape[:3], -1)
        far = torch.cat([self.rings(distances[..., 0]), self.near(distances[..., 1]), own], dim=-1)
        link = (self.link(far) + self.of_device(known)[:, :, None]).relu()  # (B, K, M, h/2)
        load = (link * activity[..., :1, None]).sum(1, keepdim=True) / 4
        link = (self.link_under_load(link) + self.of_load(load)).relu()
        device = self.device(torch.cat([link.amax(2), link.mean(2), known], dim=-1)).relu()
        number: Tensor = self.says(device)[..., 0]
        return number * existing(self.layout, observation)[..., 0]


def shortfall(value: Tensor, goal: Tensor, apart: bool) -> Tensor:
    """Return squared errors of values (B, K): each device's own, or that of their sum, shared by all, (B, 1)."""
    error = value - goal
    return error.square() if apart else error.sum(1, keepdim=True).square() / error.shape[1]
