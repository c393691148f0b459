"""Codes of a slot's devices and links, and where they point UAVs.

Weights depend neither on the order of devices nor on their number.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from skyedge.rl.environment.observation import Layout, Observer

FULL_SPEED = 0.95  # the longest way that a pointer asks for: before squashing by tanh it must stay finite


class Whereabouts(NamedTuple):
    """Where devices are, as UAVs see them: offsets (B, K, M, 2) in units of the reach, and what attracts (B, K, M, 3).

    The latter are whether the UAV could serve the device from straight above, its distance, and that of the nearest
    other UAV, both in coverage radii.
    """

    offset: Tensor
    attraction: Tensor


class Surveyor(nn.Module):
    """Measures distances between UAVs and devices in observations of the structured track."""

    radius: Tensor
    reach: Tensor

    def __init__(self, observer: Observer) -> None:
        super().__init__()
        self.layout, half = observer.layout, observer.world.area_m / 2
        radius, reach = observer.world.uav_radius_m, observer.world.reach_m.clip(min=1.0)  # those who cannot move
        self.register_buffer("radius", torch.tensor(radius[:, None] / half, dtype=torch.float32), persistent=False)
        self.register_buffer("reach", torch.tensor(reach[:, None] / half, dtype=torch.float32), persistent=False)

    def forward(self, observation: Tensor) -> tuple[Tensor, Whereabouts]:
        """Return the geometry of links (B, K, M, 4): offset, distance, that of others, in radii; and whereabouts."""
        offset = self.offset(observation)
        distances = self.distances(offset)
        serves = (self.layout.part(observation, "cost_below") < 1).float()
        attraction = torch.cat([serves[..., None], distances], dim=-1)
        return torch.cat([-offset / self.radius, distances], dim=-1), Whereabouts(offset / self.reach, attraction)

    def offset(self, observation: Tensor) -> Tensor:
        """Return the ways from UAVs to devices, (B, K, M, 2), in half lengths of the area."""
        part = self.layout.part
        result: Tensor = part(observation, "device_xy")[:, :, None] - part(observation, "uav_xy")[:, None]
        return result

    def distances(self, offset: Tensor) -> Tensor:
        """Return the lengths of ways, and the least length to another UAV, in radii: (B, K, M, 2)."""
        distance = (offset / self.radius).norm(dim=-1)
        return torch.stack([distance, distance_of_others(distance)], dim=-1)


class Pointer(nn.Module):
    """Points each UAV to a weighted middle of devices.

    It begins with those devices that the UAV could serve, and more with the nearer ones, and with those from which
    other UAVs are farther: a soft step of k-means. From there the weights are learned.
    """

    first = (8.0, -1.5, 2.0)  # weights of what attracts, see Whereabouts

    def __init__(self, width: int) -> None:
        super().__init__()
        self.of_attraction, self.of_code = nn.Linear(len(self.first), 1, bias=False), nn.Linear(width, 1, bias=False)
        with torch.no_grad():
            self.of_attraction.weight[:] = torch.tensor(self.first)
        nn.init.orthogonal_(self.of_code.weight, 0.01)

    def forward(self, code: Tensor, where: Whereabouts, exists: Tensor) -> Tensor:
        """Return ways (B, M, 2) in units of the reach, of codes (B, K, M, h) of who sees whom, if (B, K, 1, 1)."""
        weight = among(self.of_code(code) + self.of_attraction(where.attraction), exists)
        way = (weight * where.offset).sum(1)
        return FULL_SPEED * way / way.norm(dim=-1, keepdim=True).clamp(min=1.0)


def distance_of_others(distance: Tensor) -> Tensor:
    """Return, of distances (B, K, M), that of the nearest other UAV, at most 2, so that UAVs can share the work."""
    nearest = nn.functional.pad(distance, (0, 1), value=2.0).topk(2, dim=-1, largest=False).values
    return torch.where(distance == nearest[..., :1], nearest[..., 1:], nearest[..., :1]).clamp(max=2.0)


def among(logits: Tensor, exists: Tensor) -> Tensor:
    """Return softmax weights over the devices that exist, dimension 1; even ones where none does."""
    return logits.masked_fill(exists == 0, -1e9).softmax(dim=1)


class SlotCode(NamedTuple):
    """Codes (B, K, h) of devices, (B, K, M+N, h/2) of links and (B, h) of all; and where they are.

    Who is active and who exists are (B, K, 1).
    """

    device: Tensor
    pair: Tensor
    context: Tensor
    active: Tensor
    exists: Tensor
    where: Whereabouts


class SetEncoder(nn.Module):
    """Codes devices with one shared network, in the light of all active ones.

    Parameters
    ----------
    observer : Observer
        Of the structured track.
    choice, device : int
        How many numbers are given besides the observation per choice (0 or 1) and per device.
    width : int
        h.
    """

    def __init__(self, observer: Observer, choice: int, device: int, width: int) -> None:
        super().__init__()
        self.layout, self.uavs = observer.layout, observer.world.uavs
        self.surveyor = Surveyor(observer)
        half = width // 2
        own = sum(self._width(name) for name in ("active", "request", "device_xy", "activity"))
        self.pair = nn.Linear(9 + choice, half)
        self.device = nn.Linear(own + device + choice + 2 * half, width)
        self.context = nn.Linear(2 * width + 1, width)
        self.device_in_context = nn.Linear(2 * width, width)

    def _width(self, name: str) -> int:
        columns = self.layout.columns[name]
        return int(columns.stop - columns.start)

    def forward(self, observation: Tensor, choice: Tensor, device: Tensor) -> SlotCode:
        """Code observations (B, size) with given numbers (B, K, M+N+1) or (B, K, 0), and (B, K, ·)."""
        part = self.layout.part
        active = part(observation, "active")
        geometry, where = self.surveyor(observation)
        pair = self.pair(self._links(observation, geometry, choice)).relu()
        own = [active, part(observation, "request"), part(observation, "device_xy"), part(observation, "activity")]
        seen = torch.cat([*own, device, choice[..., -1:], pair.mean(2), pair.amax(2)], dim=-1)
        code = self.device(seen).relu()
        summary = torch.cat([mean_of(code, active), (code * active).amax(1)], dim=-1)  # codes are at least 0
        context = self.context(torch.cat([summary, part(observation, "time")[:, 0]], dim=-1)).relu()
        around = context[:, None].expand_as(code)
        code = self.device_in_context(torch.cat([code, around], dim=-1)).relu()
        return SlotCode(code, pair, context, active, existing(self.layout, observation), where)

    def _links(self, observation: Tensor, geometry: Tensor, choice: Tensor) -> Tensor:
        """Features (B, K, M+N, 9 or 10) of links: quality, cost, kind, window, cost from straight above, geometry."""
        part, uavs = self.layout.part, self.uavs
        snr, cost, window = part(observation, "snr"), part(observation, "cost"), part(observation, "window")
        kind = torch.zeros_like(snr)
        kind[..., :uavs] = 1.0
        of_uavs = torch.cat([part(observation, "cost_below")[..., None], geometry], dim=-1)
        features = [
            torch.stack([snr, cost, kind, nn.functional.pad(window, (uavs, 0))], dim=-1),
            nn.functional.pad(of_uavs, (0, 0, 0, window.shape[-1])),
        ]
        if choice.shape[-1]:
            features.append(choice[..., :-1, None])
        return torch.cat(features, dim=-1)


def mean_of(code: Tensor, counts: Tensor) -> Tensor:
    """Mean over the devices that count, dimension 1; 0 where there is none."""
    return (code * counts).sum(1) / counts.sum(1).clamp(min=1)


def existing(layout: Layout, observation: Tensor) -> Tensor:
    """Return which devices exist (B, K, 1): a device that asks for nothing, now or later, is none."""
    asks = layout.part(observation, "activity").sum(-1, keepdim=True) + layout.part(observation, "active")
    return (asks > 0).float()
