"""What is said of UAVs and of devices' choices, from the codes of a slot."""

import torch
from torch import Tensor, nn

from rl.set_encoder import SlotCode, mean_of_active

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
    """Codes of UAVs by attention over devices: it weighs each by its code and by where it is from the UAV."""

    def __init__(self, own: int, width: int) -> None:
        super().__init__()
        self.of_uav = nn.Linear(own, width)
        self.of_device = nn.Linear(width, width, bias=False)
        self.of_pair = nn.Linear(width // 2, width, bias=False)
        self.weight = nn.Linear(width, ATTENTIONS)
        self.code = nn.Linear(own + 3 * width, width)

    def forward(self, own: Tensor, code: SlotCode) -> Tensor:
        """Return codes (B, M, h) of UAVs (B, M, own)."""
        pair = code.pair[:, :, : own.shape[1]]
        seen = self.of_uav(own)[:, None] + self.of_device(code.device)[:, :, None] + self.of_pair(pair)
        seen = seen.relu()  # (B, K, M, h)
        weight = self.weight(seen).softmax(dim=1)
        attended = (weight[..., None] * seen.unflatten(-1, (ATTENTIONS, -1))).sum(1).flatten(-2)
        around = code.context[:, None].expand_as(attended)
        coded: Tensor = self.code(torch.cat([own, attended, seen.mean(1), around], dim=-1)).relu()
        return coded


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
        asked = self.of_server(mean_of_active(code.pair, code.active[..., None]))  # (B, M+N, h/2)
        hidden = self.of_device(code.device)[:, :, None] + self.of_pair(code.pair) + asked[:, None]
        return torch.cat([self.server(hidden.relu())[..., 0], self.none(code.device)], dim=-1)
