"""A code of a slot for every device, server, link and UAV that does not depend on their order or number."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from rl.observation import Observer

HEADS = 4  # of attention


class SlotCode(NamedTuple):
    """Codes (B, M, h) of UAVs, (B, K, h) of devices, (B, K, M+N, h/2) of links, (B, M+N, h/2) of servers, (B, h)."""

    uav: Tensor
    device: Tensor
    pair: Tensor
    server: Tensor
    context: Tensor


class SetEncoder(nn.Module):
    """Codes devices with one shared network, in the light of all active ones; UAVs attend over devices.

    Parameters
    ----------
    observer : Observer
        Of the structured track.
    uav, choice, device : int
        How many numbers are given besides the observation per UAV, per choice (0 or 1) and per device.
    width : int
        h.
    """

    radius: Tensor

    def __init__(self, observer: Observer, uav: int, choice: int, device: int, width: int) -> None:
        super().__init__()
        self.layout, self.uavs = observer.layout, observer.world.uavs
        radius = observer.world.uav_radius_m[:, None] / (observer.world.area_m / 2)
        self.register_buffer("radius", torch.tensor(radius, dtype=torch.float32), persistent=False)
        half = width // 2
        own = sum(self._width(name) for name in ("active", "request", "device_xy", "activity"))
        self.pair = nn.Linear(7 + choice, half)
        self.device = nn.Linear(own + device + choice + 2 * half, width)
        self.context = nn.Linear(2 * width + 1, width)
        self.device_in_context = nn.Linear(2 * width, width)
        self.uav = UavAttention(2 + uav, width)

    def _width(self, name: str) -> int:
        columns = self.layout.columns[name]
        return int(columns.stop - columns.start)

    def forward(self, observation: Tensor, uav: Tensor, choice: Tensor, device: Tensor) -> SlotCode:
        """Code observations (B, size) with given numbers (B, M, ·), (B, K, M+N+1) or (B, K, 0), and (B, K, ·)."""
        part = self.layout.part
        active = part(observation, "active")
        pair = self.pair(self._links(observation, choice)).relu()
        own = [active, part(observation, "request"), part(observation, "device_xy"), part(observation, "activity")]
        seen = torch.cat([*own, device, choice[..., -1:], pair.mean(2), pair.amax(2)], dim=-1)
        code = self.device(seen).relu()
        summary = torch.cat([_mean(code, active), (code * active).amax(1)], dim=-1)  # codes are at least 0
        context = self.context(torch.cat([summary, part(observation, "time")[:, 0]], dim=-1)).relu()
        around = context[:, None].expand_as(code)
        code = self.device_in_context(torch.cat([code, around], dim=-1)).relu()
        where = torch.cat([part(observation, "uav_xy"), uav], dim=-1)
        over = self.uav(where, code, pair[:, :, : self.uavs], context)
        return SlotCode(over, code, pair, _mean(pair, active[..., None]), context)

    def _links(self, observation: Tensor, choice: Tensor) -> Tensor:
        """Features (B, K, M+N, 7 or 8) of links: quality, cost, kind, window, and geometry in coverage radii."""
        part, uavs = self.layout.part, self.uavs
        snr, cost, window = part(observation, "snr"), part(observation, "cost"), part(observation, "window")
        offset = (part(observation, "uav_xy")[:, None] - part(observation, "device_xy")[:, :, None]) / self.radius
        geometry = torch.cat([offset, offset.norm(dim=-1, keepdim=True)], dim=-1)
        kind = torch.zeros_like(snr)
        kind[..., :uavs] = 1.0
        features = [
            torch.stack([snr, cost, kind, nn.functional.pad(window, (uavs, 0))], dim=-1),
            nn.functional.pad(geometry, (0, 0, 0, window.shape[-1])),
        ]
        if choice.shape[-1]:
            features.append(choice[..., :-1, None])
        return torch.cat(features, dim=-1)


class UavAttention(nn.Module):
    """Codes UAVs by attention over devices: each weighs all of them by their codes and by where they are from it."""

    def __init__(self, own: int, width: int) -> None:
        super().__init__()
        self.of_uav = nn.Linear(own, width)
        self.of_device = nn.Linear(width, width, bias=False)
        self.of_pair = nn.Linear(width // 2, width, bias=False)
        self.weight = nn.Linear(width, HEADS)
        self.code = nn.Linear(own + 3 * width, width)

    def forward(self, own: Tensor, device: Tensor, pair: Tensor, context: Tensor) -> Tensor:
        """Return codes (B, M, h) of UAVs (B, M, ·), with devices (B, K, h), links (B, K, M, h/2), context (B, h)."""
        seen = self.of_uav(own)[:, None] + self.of_device(device)[:, :, None] + self.of_pair(pair)
        seen = seen.relu()  # (B, K, M, h)
        weight = self.weight(seen).softmax(dim=1)
        attended = (weight[..., None] * seen.unflatten(-1, (HEADS, -1))).sum(1).flatten(-2)
        around = context[:, None].expand_as(attended)
        return self.code(torch.cat([own, attended, seen.mean(1), around], dim=-1)).relu()


def _mean(code: Tensor, active: Tensor) -> Tensor:
    """Mean over the active devices, dimension 1; 0 where there is none."""
    return (code * active).sum(1) / active.sum(1).clamp(min=1)
