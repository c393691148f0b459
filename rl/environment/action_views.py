"""Views of the action: how algorithms of different kinds say where to fly, who serves whom, and how loudly.

Every view decodes every action of its space, and any other finite one of its shape, into a valid slot decision.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

import numpy as np
from gymnasium import spaces

from skyedge.problem import Slots, World, best_assignment, server_costs
from skyedge.problem.decision import NOT_OFFLOADED
from skyedge.rl.environment.masks import allowed_choices, assign_in_turn, moved

LEAST_POWER_SHARE = 0.005  # of full power, wherever a server is chosen


def power_share(level: np.ndarray) -> np.ndarray:
    """Return the share of full power of levels from −1 to 1: evenly from 0.5 % to 1."""
    share = (np.clip(np.asarray(level, dtype=float), -1.0, 1.0) + 1) / 2
    return LEAST_POWER_SHARE + (1 - LEAST_POWER_SHARE) * share


def power_level(share: np.ndarray) -> np.ndarray:
    """Return the levels whose :func:`power_share` is given."""
    level: np.ndarray = 2 * (np.asarray(share) - LEAST_POWER_SHARE) / (1 - LEAST_POWER_SHARE) - 1
    return level


def transmit_power(share: np.ndarray, server: np.ndarray, world: World) -> np.ndarray:
    """Return powers (…, K) [W] of shares of full power; 0 without a server."""
    return np.where(server >= 0, share * world.max_power_w, 0.0)


class SlotDecisions(NamedTuple):
    """Servers (B, K), powers (B, K) [W] and UAV positions (B, M, 2) [m] of B slots."""

    server: np.ndarray
    power: np.ndarray
    uav_xy: np.ndarray


class View(ABC):
    """An action space and its decoder.

    Parameters
    ----------
    world : World
    masked : bool
        Whether scores of servers that cannot serve a device, or are full, count as the worst (structured track).

    Attributes
    ----------
    space : gymnasium.Space
        Of one environment's action.
    """

    space: spaces.Space

    def __init__(self, world: World, masked: bool) -> None:
        self.world, self.masked = world, masked
        self.space = self._space(world.devices, world.uavs, world.servers)

    @abstractmethod
    def _space(self, devices: int, uavs: int, servers: int) -> spaces.Space: ...

    @abstractmethod
    def decode(self, action: Any, slot: Slots, uav_xy: np.ndarray) -> SlotDecisions:
        """Decode B actions in B slots, with the UAVs at (B, M, 2) before they move."""

    def _decision(self, slot: Slots, uav_xy: np.ndarray, choice: np.ndarray, share: np.ndarray) -> SlotDecisions:
        """Return the decision of choices (M+N: not offloaded) and shares of full power; idle devices get none."""
        server = np.where(slot.active & (choice < self.world.servers), choice, NOT_OFFLOADED)
        return SlotDecisions(server, transmit_power(share, server, self.world), uav_xy)

    def _choose(self, scores: np.ndarray, slot: Slots, uav_xy: np.ndarray) -> np.ndarray:
        """Return the choice of the best score (B, K, M+N+1), in turn and among what is allowed where masked."""
        if not self.masked:
            return np.argmax(scores, axis=-1)
        allowed = allowed_choices(server_costs(slot, uav_xy).feasible)
        return assign_in_turn(scores, allowed, self.world.server_capacity)[0]


class HybridView(View):
    """A dictionary: ``moves`` (M, 2) in the unit disc, ``server`` (K,) of M+N+1 choices, ``power`` (K,) in [−1, 1].

    It is never masked: its policies mask by themselves, with
    :meth:`~skyedge.rl.environment.observation.StructuredObserver.after_moves`.
    """

    def _space(self, devices: int, uavs: int, servers: int) -> spaces.Space:
        return spaces.Dict(
            {
                "moves": spaces.Box(-1.0, 1.0, (uavs, 2)),
                "server": spaces.MultiDiscrete([servers + 1] * devices),
                "power": spaces.Box(-1.0, 1.0, (devices,)),
            }
        )

    def decode(self, action: Any, slot: Slots, uav_xy: np.ndarray) -> SlotDecisions:
        """Take the parts as they are; a sequence of B dictionaries does too."""
        if not isinstance(action, Mapping):
            action = {name: np.stack([one[name] for one in action]) for name in ("moves", "server", "power")}
        there = moved(uav_xy, action["moves"], self.world)
        return self._decision(slot, there, np.asarray(action["server"], np.int64), power_share(action["power"]))


class PackedView(HybridView):
    """The hybrid action as one vector, for buffers that hold nothing else: moves (M, 2), servers (K,), power (K,)."""

    def _space(self, devices: int, uavs: int, servers: int) -> spaces.Space:
        low = np.concatenate([np.full(2 * uavs, -1.0), np.zeros(devices), np.full(devices, -1.0)])
        high = np.concatenate([np.ones(2 * uavs), np.full(devices, float(servers)), np.ones(devices)])
        return spaces.Box(low.astype(np.float32), high.astype(np.float32))

    def decode(self, action: Any, slot: Slots, uav_xy: np.ndarray) -> SlotDecisions:
        """Round servers to the nearest number."""
        uavs, devices = self.world.uavs, self.world.devices
        moves, server, power = np.split(np.asarray(action), [2 * uavs, 2 * uavs + devices], axis=-1)
        server = np.rint(np.clip(server, 0, self.world.servers))
        parts = {"moves": moves.reshape(uav_xy.shape), "server": server, "power": power}
        return super().decode(parts, slot, uav_xy)


class BoxView(View):
    """A vector in [−1, 1]: moves (M, 2), a score per device and choice (K, M+N+1), power levels (K,)."""

    def _space(self, devices: int, uavs: int, servers: int) -> spaces.Space:
        return spaces.Box(-1.0, 1.0, (2 * uavs + devices * (servers + 1) + devices,))

    def decode(self, action: Any, slot: Slots, uav_xy: np.ndarray) -> SlotDecisions:
        """Give each device the choice it scores best."""
        devices, uavs, choices = self.world.devices, self.world.uavs, self.world.servers + 1
        moves, scores, level = np.split(np.asarray(action), [2 * uavs, 2 * uavs + devices * choices], axis=-1)
        there = moved(uav_xy, moves.reshape(uav_xy.shape), self.world)
        choice = self._choose(scores.reshape(len(uav_xy), devices, choices), slot, there)
        return self._decision(slot, there, choice, power_share(level))


class MultiDiscreteView(View):
    """Numbers: a compass move per UAV, then a choice per device, then a power level per device.

    Masked, a choice that is not allowed gives way to the next one that is, in the order of numbers and around.
    """

    directions: ClassVar[int] = 8  # of the compass; move 0 is to stay
    lengths: ClassVar[tuple[float, ...]] = (0.5, 1.0)  # of a move, in units of the reach
    shares: ClassVar[tuple[float, ...]] = (1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0)  # of full power

    def _space(self, devices: int, uavs: int, servers: int) -> spaces.Space:
        moves = 1 + self.directions * len(self.lengths)
        return spaces.MultiDiscrete([moves] * uavs + [servers + 1] * devices + [len(self.shares)] * devices)

    @classmethod
    def compass(cls) -> np.ndarray:
        """Return the moves by number, shape (17, 2)."""
        angle = 2 * np.pi * np.arange(cls.directions) / cls.directions
        circle = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
        return np.concatenate([np.zeros((1, 2)), *(length * circle for length in cls.lengths)])

    def decode(self, action: Any, slot: Slots, uav_xy: np.ndarray) -> SlotDecisions:
        """Look up moves and levels."""
        uavs = self.world.uavs
        move, choice, level = np.split(np.asarray(action), [uavs, uavs + self.world.devices], axis=-1)
        there = moved(uav_xy, self.compass()[move], self.world)
        if self.masked:
            choice = self._choose(self._preference(choice), slot, there)
        return self._decision(slot, there, choice, np.asarray(self.shares)[level])

    def _preference(self, choice: np.ndarray) -> np.ndarray:
        """Scores (B, K, M+N+1) by which a choice comes first, the next servers then, and no server last."""
        servers = self.world.servers
        after = (np.arange(servers) - choice[..., None]) % servers
        none = np.where(choice == servers, 1, -servers)
        return np.concatenate([-after, none[..., None]], axis=-1)


class MovesView(View):
    """Moves (M, 2) alone: servers and powers are then the exact ones at the new positions (model-based track)."""

    def _space(self, devices: int, uavs: int, servers: int) -> spaces.Space:
        return spaces.Box(-1.0, 1.0, (uavs, 2))

    def decode(self, action: Any, slot: Slots, uav_xy: np.ndarray) -> SlotDecisions:
        """Move, then assign exactly."""
        there = moved(uav_xy, np.asarray(action), self.world)
        costs = server_costs(slot, there)
        possible = np.where(costs.feasible, costs.cost, np.inf)
        server = best_assignment(possible, self.world.server_capacity, self.world.unserved_penalty)
        chosen = np.take_along_axis(costs.power, np.maximum(server, 0)[..., None], axis=-1)[..., 0]
        return SlotDecisions(server, np.where(server >= 0, chosen, 0.0), there)


VIEWS: dict[str, type[View]] = {
    "hybrid": HybridView,
    "packed": PackedView,
    "box": BoxView,
    "multi-discrete": MultiDiscreteView,
    "moves": MovesView,
}
