"""The networks of all algorithms: a flat one and one over sets, which say the same kinds of things.

An algorithm asks :func:`network` for numbers per UAV, per device, per choice of a device, or for all together, and
the track decides what is between them and the observation.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from skyedge.problem import Scenario
from skyedge.rl.environment.observation import OBSERVERS, Observer
from skyedge.rl.networks.set_encoder import SetEncoder
from skyedge.rl.networks.set_heads import ChoiceHead, UavEncoder, UavHead, head


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
