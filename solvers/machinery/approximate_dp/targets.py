"""What places should have been valued at: returns of one UAV from every point of a lattice, over whole episodes.

Nothing random depends on where UAVs are. So an episode that was played tells what a UAV would have saved anywhere, by
any path, the others flying as they did: every place of every slot is a sample, not only those that it was at.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from skyedge.problem import Scenario, Slots, World, server_costs, world_of
from skyedge.rl.environment.process import Flight
from skyedge.rl.networks.place_value import LOOK_AHEAD, PlaceValues, chances, others_of
from skyedge.solvers.machinery.placement.lattice import REACH_SLACK_M, Lattice, area_lattice, offers
from skyedge.solvers.machinery.placement.place_costs import least_costs

SPACINGS_A_RADIUS = 5
SPACINGS_A_MOVE = 1.5  # so that the eight neighbours of a point are within reach
MOST_POINTS = 2500


class Lesson(NamedTuple):
    """States and what places were worth in them, of one UAV in each of B episodes."""

    uav: np.ndarray  # (B,)
    device_xy: np.ndarray  # (T−1, B, K, 2) [m]
    chance: np.ndarray  # (T−1, B, K, H), see skyedge.rl.networks.place_value.chances
    others_xy: np.ndarray  # (T−1, B, M−1, 2) [m]
    target: np.ndarray  # (T−1, B, C), cost saved after the slot by who is at a point of the lattice in it


class Teacher:
    """Makes lessons of episodes.

    Parameters
    ----------
    scenario : Scenario
    discount, trace : float
        γ and λ of :func:`returns`.

    Attributes
    ----------
    points : array (C, 2)
        The lattice [m].
    """

    def __init__(self, scenario: Scenario, discount: float, trace: float) -> None:
        self.scenario, self.world = scenario, world_of(scenario)
        self.discount, self.trace = discount, trace
        self.lattice = _lattice(self.world)
        self.points = self.lattice.points()[0]

    def blank(self, rounds: int, episodes: int) -> Lesson:
        """Return room for lessons: arrays with a leading axis ``rounds``."""
        devices, others = self.world.devices, self.world.uavs - 1
        slots = (rounds, self.scenario.slots - 1, episodes)
        return Lesson(
            np.zeros((rounds, episodes), np.int64),
            np.zeros((*slots, devices, 2), np.float32),
            np.zeros((*slots, devices, len(LOOK_AHEAD)), np.float32),
            np.zeros((*slots, others, 2), np.float32),
            np.zeros((*slots, len(self.points)), np.float32),
        )

    def lesson(self, flight: Flight, uav: np.ndarray, values: PlaceValues) -> Lesson:
        """Return what an episode of each of B UAVs (B,) teaches, given the values learned so far."""
        horizons, last = flight.horizons, self.scenario.slots - 1
        device_xy = horizons.device_xy
        chance = np.stack([chances(horizons.arrival_rate, t, last + 1) for t in range(last + 1)])
        others_xy = np.stack([others_of(flight.uav_xy[:, b], m) for b, m in enumerate(uav)], axis=1)
        points = np.broadcast_to(self.points, (len(uav), *self.points.shape))
        savings = np.stack([self._savings(horizons.at(t), flight.uav_xy[t], uav) for t in range(last + 1)])
        worth = np.stack(
            [values.at(uav, points, device_xy[t], chance[t], others_xy[t]) for t in range(last + 1)],
        )
        reach_m = self.world.reach_m[uav]
        target = np.stack(
            [
                returns(savings[:, b], worth[:, b], self.lattice, float(reach_m[b]), self.discount, self.trace)
                for b in range(len(uav))
            ],
            axis=1,
        )
        return Lesson(uav, device_xy[:last], chance[:last], others_xy[:last], target[:last])

    def _savings(self, slots: Slots, uav_xy: np.ndarray, uav: np.ndarray) -> np.ndarray:
        """Return what one UAV saves at each point, in each of B slots: array (B, C)."""
        cost = server_costs(slots, uav_xy).cost
        return np.stack([savings_at(slots.at(b), cost[b], int(m), self.points) for b, m in enumerate(uav)])


def _lattice(world: World) -> Lattice:
    """Cover the area with points between which UAVs can move in one slot."""
    spacings = np.maximum(world.reach_m / SPACINGS_A_MOVE, world.uav_radius_m / SPACINGS_A_RADIUS)
    least_m = math.sqrt(float(np.prod(world.area_m)) / MOST_POINTS)
    spacing_m = float(np.clip(spacings.min(), least_m, world.area_m.min()))
    return area_lattice(world.area_m, world.area_m / 2, spacing_m, 1)


def savings_at(slot: Slots, cost: np.ndarray, uav: int, points: np.ndarray) -> np.ndarray:
    """Return what one UAV saves in a slot at each point, the others staying where they are: array (C,).

    Parameters
    ----------
    slot : Slots
        Without leading axis.
    cost : array (K, M+N)
        Best costs with the UAVs where they are.
    uav : int
    points : array (C, 2)
        [m].
    """
    slots = slot.flattened
    nowhere = np.full((1, 2), np.inf)
    least = least_costs(slots, 0, cost, uav, offers(slots, uav, np.concatenate([points, nowhere])[None]))
    return least[-1] - least[:-1]


def returns(
    savings: np.ndarray, values: np.ndarray, lattice: Lattice, reach_m: float, discount: float, trace: float
) -> np.ndarray:
    """Return the TD(λ) targets of all points and slots, of one who flies greedily.

    From point q after slot t the UAV goes to the point q' within reach where ``savings[t+1] + values[t+1]`` is
    largest; the target is γ (savings[t+1, q'] + (1 − λ) values[t+1, q'] + λ target[t+1, q']), after the last slot 0.

    Parameters
    ----------
    savings : array (T, C)
        Of the UAV in slot t at point c.
    values : array (T, C)
        As learned so far, of being at point c in slot t, for the slots after it.
    lattice : Lattice
    reach_m : float
    discount, trace : float
        γ and λ.

    Returns
    -------
    array (T, C)
    """
    steps = int((reach_m + REACH_SLACK_M) / lattice.spacing_m)
    across = np.arange(-steps, steps + 1)
    moves = np.stack(np.meshgrid(across, across, indexing="ij"), axis=-1).reshape(-1, 2)
    moves = moves[np.linalg.norm(moves, axis=1) * lattice.spacing_m <= reach_m + REACH_SLACK_M]
    moves = moves[np.argsort(np.linalg.norm(moves, axis=1), kind="stable")]
    return _returns(savings, values, moves, lattice.rows, lattice.columns, discount, trace)


@njit(cache=True)
def _returns(
    savings: np.ndarray,
    values: np.ndarray,
    moves: np.ndarray,
    rows: int,
    columns: int,
    discount: float,
    trace: float,
) -> np.ndarray:
    target = np.zeros(savings.shape)
    for t in range(len(savings) - 2, -1, -1):
        after = savings[t + 1] + values[t + 1]
        kept = savings[t + 1] + (1 - trace) * values[t + 1] + trace * target[t + 1]
        for i in range(rows):
            for j in range(columns):
                best = i * columns + j
                for a, b in moves:
                    if 0 <= i + a < rows and 0 <= j + b < columns:
                        there = (i + a) * columns + j + b
                        if after[there] > after[best]:
                            best = there
                target[t, i * columns + j] = discount * kept[best]
    return target
