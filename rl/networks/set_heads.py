"""What is said of UAVs and of devices' choices, from the codes of a slot."""

import torch
from torch import Tensor, nn

from skyedge.rl.networks.pointer import Pointer, among
from skyedge.rl.networks.set_encoder import SlotCode, mean_of

ATTENTIONS = 4


def head(width: int, says: int) -> nn.Module:
    """Return a last layer, which says almost nothing at first, so that all choices begin alike."""
    if not says:
        return Silence()
    layer = nn.Linear(width, says)
    nn.init.orthogonal_(layer.weight, 0.01)
    nn.init.zeros_(layer.bias)
    return layer


class Silence(nn.Module):
    """A last layer that says nothing."""

    def forward(self, code: Tensor) -> Tensor:
        """Return no columns."""
        return code[..., :0]


class UavEncoder(nn.Module):
    """Codes of UAVs, and a way for each, by attention over devices, to their codes and to where they are."""

    def __init__(self, own: int, width: int) -> None:
        super().__init__()
        self.of_uav = nn.Linear(own, width)
        self.of_device = nn.Linear(width, width, bias=False)
        self.of_pair = nn.Linear(width // 2, width, bias=False)
        self.weight = nn.Linear(width, ATTENTIONS)
        self.pointer = Pointer(width)
        self.code = nn.Linear(own + 2 + 3 * width, width)

    def forward(self, own: Tensor, code: SlotCode) -> tuple[Tensor, Tensor]:
        """Return codes (B, M, h) of UAVs (B, M, own), and where the pointer points them, (B, M, 2)."""
        pair = code.pair[:, :, : own.shape[1]]
        seen = self.of_uav(own)[:, None] + self.of_device(code.device)[:, :, None] + self.of_pair(pair)
        seen = seen.relu()  # (B, K, M, h)
        exists = code.exists[..., None]
        weight = among(self.weight(seen), exists)
        attended = (weight[..., None] * seen.unflatten(-1, (ATTENTIONS, -1))).sum(1).flatten(-2)
        around = code.context[:, None].expand_as(attended)
        way = self.pointer(seen, code.where, exists)
        return self.code(torch.cat([own, way, attended, mean_of(seen, exists), around], dim=-1)).relu(), way


class UavHead(nn.Module):
    """Numbers per UAV; if the first two displace it, before squashing by tanh, they begin as the pointer's."""

    def __init__(self, width: int, says: int, displaces: bool) -> None:
        super().__init__()
        self.displaces, self.head = displaces, head(width, says)

    def forward(self, code: Tensor, way: Tensor) -> Tensor:
        """Return numbers (B, M, ·)."""
        said: Tensor = self.head(code)
        if not self.displaces:
            return said
        return torch.cat([said[..., :2] + way.atanh(), said[..., 2:]], dim=-1)


class ChoiceHead(nn.Module):
    """A number per device and server, from both and their link, and one per device for "not offloaded"."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.of_device = nn.Linear(width, width // 2)
        self.of_pair = nn.Linear(width // 2, width // 2, bias=False)
        self.of_server = nn.Linear(width // 2, width // 2, bias=False)
        self.server, self.none = head(width // 2, 1), head(width, 1)

    def forward(self, code: SlotCode) -> Tensor:
        """Return numbers (B, K, M+N+1)."""
        asked = self.of_server(mean_of(code.pair, code.active[..., None]))  # (B, M+N, h/2)
        hidden = self.of_device(code.device)[:, :, None] + self.of_pair(code.pair) + asked[:, None]
        return torch.cat([self.server(hidden.relu())[..., 0], self.none(code.device)], dim=-1)
