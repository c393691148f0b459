"""The networks of all algorithms: a flat one and one over sets, which say the same kinds of things.

An algorithm asks :func:`network` for numbers per UAV, per device, per choice of a device, or for all together, and
the track decides what is between them and the observation.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from skyedge.problem import Scenario
from skyedge.rl.environment.observation import OBSERVERS, Observer
from skyedge.rl.networks.set_encoder import Pointer, SetEncoder, SlotCode, among, mean_of

ATTENTIONS = 4


class Widths(NamedTuple):
    """How many numbers there are per UAV, per choice of a device, per device, and for all together."""

    uav: int = 0
    choice: int = 0  # 0 or 1
    device: int = 0
    joint: int = 0
    displaces: bool = False  # whether UAVs' first two numbers displace them, before squashing by tanh


NOTHING = Widths()
MOVES = Widths(uav=2, displaces=True)
BOX_ACTION = MOVES._replace(choice=1, device=1)  # moves, scores and power levels, as the box view takes them


class Tables(NamedTuple):
    """Numbers by whom they are of: (B, M, ·), (B, K, M+N+1) or (B, K, 0), (B, K, ·) and (B, ·)."""

    uav: Tensor
    choice: Tensor
    device: Tensor
    joint: Tensor

    def flat(self) -> Tensor:
        """Return one row (B, ·) each, in the order of the action views."""
        return torch.cat([part.flatten(1) for part in self], dim=1)


class Flat(nn.Module):
    """Lays tables out in one row."""

    def forward(self, tables: Tables) -> Tensor:
        """Return rows (B, ·)."""
        return tables.flat()


class Sizes(NamedTuple):
    """K, M and the number of choices M+N+1."""

    devices: int
    uavs: int
    choices: int

    @classmethod
    def of(cls, observer: Observer) -> "Sizes":
        """Return the sizes of an observer's world."""
        world = observer.world
        return cls(world.devices, world.uavs, world.servers + 1)

    def tables(self, flat: Tensor, widths: Widths) -> Tables:
        """Take rows (B, ·) apart, as :meth:`Tables.flat` put them together."""
        shapes = [
            (self.uavs, widths.uav),
            (self.devices, self.choices * widths.choice),
            (self.devices, widths.device),
            (1, widths.joint),
        ]
        parts = flat.split([rows * width for rows, width in shapes], dim=1)
        uav, choice, device, joint = (part.unflatten(1, shape) for part, shape in zip(parts, shapes, strict=True))
        return Tables(uav, choice, device, joint[:, 0])


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


class FlatNetwork(nn.Module):
    """Two hidden layers over the whole observation (plain track)."""

    def __init__(self, observer: Observer, says: Widths, given: Widths, width: int) -> None:
        super().__init__()
        self.sizes, self.says = Sizes.of(observer), says
        self.trunk = nn.Sequential(
            nn.Linear(observer.layout.size + _count(self.sizes, given), width),
            nn.ReLU(),
            nn.Linear(width, width),
            nn.ReLU(),
        )
        self.head = head(width, _count(self.sizes, says))

    def forward(self, observation: Tensor, given: Tensor | None = None) -> Tables:
        """Return what is said of observations (B, size) and of what else is given, flat."""
        seen = observation if given is None else torch.cat([observation, given], dim=1)
        return self.sizes.tables(self.head(self.trunk(seen)), self.says)


class SetNetwork(nn.Module):
    """Heads on :class:`~skyedge.rl.networks.set_encoder.SetEncoder` (structured track), for every K, M and N."""

    def __init__(self, observer: Observer, says: Widths, given: Widths, width: int) -> None:
        super().__init__()
        self.sizes, self.given, self.layout = Sizes.of(observer), given, observer.layout
        self.encoder = SetEncoder(observer, given.choice, given.device, width)
        self.uav_encoder = UavEncoder(2 + given.uav, width) if says.uav or says.joint else None
        self.uav_head = UavHead(width, says.uav, says.displaces)
        self.choice_head = ChoiceHead(width) if says.choice else None
        self.device_head = head(width, says.device)
        self.joint_head = head(2 * width, says.joint)

    def forward(self, observation: Tensor, given: Tensor | None = None) -> Tables:
        """Return what is said of observations (B, size) and of what else is given, flat."""
        more = self.sizes.tables(observation[:, :0] if given is None else given, self.given)
        code = self.encoder(observation, more.choice, more.device)
        uav = way = torch.cat([self.layout.part(observation, "uav_xy"), more.uav], dim=-1)
        if self.uav_encoder:
            uav, way = self.uav_encoder(uav, code)
        return Tables(
            uav=self.uav_head(uav, way),
            choice=self.choice_head(code) if self.choice_head else code.device[..., :0],
            device=self.device_head(code.device),
            joint=self.joint_head(torch.cat([code.context, uav.mean(1)], dim=-1)),
        )


NETWORKS: dict[str, type[FlatNetwork] | type[SetNetwork]] = {"plain": FlatNetwork, "structured": SetNetwork}


def network(
    scenario: Scenario, track: str, says: Widths, given: Widths = NOTHING, width: int = 64
) -> FlatNetwork | SetNetwork:
    """Return a new network of a track.

    Parameters
    ----------
    scenario : Scenario
        Whose observations it reads.
    track : str
        ``plain`` or ``structured``.
    says, given : Widths
        What it says, and what it is given besides the observation.
    width : int
        Units of a hidden layer.
    """
    return NETWORKS[track](OBSERVERS[track](scenario), says, given, width)


def _count(sizes: Sizes, widths: Widths) -> int:
    devices, uavs, choices = sizes
    return uavs * widths.uav + devices * (choices * widths.choice + widths.device) + widths.joint
