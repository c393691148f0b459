"""Codes of a slot's devices and links, whose weights depend neither on their order nor on their number."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from skyedge.rl.environment.observation import Observer
from skyedge.rl.environment.observation_layout import Layout
from skyedge.rl.networks.pointer import Surveyor, Whereabouts


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
