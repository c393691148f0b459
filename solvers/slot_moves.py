"""Where UAVs fly in one slot: coordinate descent over candidate places, each valued by the exact assignment."""

from collections.abc import Sequence

import numpy as np

from problem import Slots, server_costs
from problem.links import flatten
from solvers.lattice import offers
from solvers.positions import step_towards
from solvers.slot_values import least_costs

STEPS = 6  # from a UAV's place to the rim of what it reaches
RIM_POINTS = 16
TIE = 1e-9


def _unit_disc() -> np.ndarray:
    """Displacements (C, 2) in the unit disc, nearest first: a square lattice, and points on the rim."""
    steps = np.arange(-STEPS, STEPS + 1) / STEPS
    inside = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
    angle = 2 * np.pi * np.arange(RIM_POINTS) / RIM_POINTS
    points = np.concatenate([inside, np.stack([np.cos(angle), np.sin(angle)], axis=-1)])
    points = points[np.linalg.norm(points, axis=1) <= 1 + TIE]
    return points[np.argsort(np.linalg.norm(points, axis=1), kind="stable")]


class SlotMoves:
    """Candidate places of every UAV in one slot, and what it could serve from them.

    Parameters
    ----------
    slot : Slots
        Without leading axis.
    uav_xy : array (M, 2)
        Positions before the move [m]; they are the first candidates.

    Attributes
    ----------
    places : array (M, C, 2)
        The candidates [m], nearest first.
    """

    def __init__(self, slot: Slots, uav_xy: np.ndarray) -> None:
        self.slots = flatten(slot)
        here = uav_xy[None]
        target = here + slot.reach_m[:, None] * _unit_disc()[:, None]
        places = step_towards(np.broadcast_to(here, target.shape), target, slot.reach_m, slot.area_m)
        self.places = np.ascontiguousarray(places.swapaxes(0, 1))
        self.offered = [offers(self.slots, uav, own[None]) for uav, own in enumerate(self.places)]
        self.satellites_only = server_costs(slot, np.full(uav_xy.shape, np.inf)).cost

    def nearest(self, uav_xy: np.ndarray) -> np.ndarray:
        """Candidates (M,) that are nearest to places (M, 2) [m]."""
        return np.argmin(np.linalg.norm(self.places - uav_xy[:, None], axis=-1), axis=1)

    def best(self, to_go: np.ndarray, starts: Sequence[np.ndarray], rng: np.random.Generator) -> np.ndarray:
        """Descend from several starts; return the best places found, array (M, 2) [m].

        Parameters
        ----------
        to_go : array (M, C)
            Savings to go from each candidate, which the cost of the slot is reduced by.
        starts : sequence of int arrays (M,)
            Candidates to start from; −1 for a UAV that is not there until its turn comes.
        rng : numpy.random.Generator
            Draws the order of the UAVs' turns.
        """
        uavs = len(self.places)
        ends = [self._descend(to_go, start, rng.permutation(uavs)) for start in starts]
        _, chosen = min(ends, key=lambda end: end[0])
        return self.places[np.arange(uavs), chosen]

    def _descend(self, to_go: np.ndarray, start: np.ndarray, order: np.ndarray) -> tuple[float, np.ndarray]:
        """Move one UAV after the other to its best candidate, until none gains."""
        chosen, cost = start.copy(), self.satellites_only.copy()
        for uav in np.flatnonzero(chosen >= 0).tolist():
            cost[:, uav] = self._column(uav, chosen[uav])
        worth, total = np.zeros(len(chosen)), np.inf
        while True:
            before = total
            for uav in order.tolist():
                least = least_costs(self.slots, 0, cost, uav, self.offered[uav])
                chosen[uav] = best = int(np.argmin(least - to_go[uav]))
                cost[:, uav] = self._column(uav, best)
                worth[uav] = to_go[uav, best]
                total = least[best] - worth.sum()
            if not total < before - TIE:
                return total, chosen

    def _column(self, uav: int, candidate: int) -> np.ndarray:
        """Costs (K,) of all tasks on a UAV at a candidate."""
        offered = self.offered[uav]
        listed = slice(offered.first[candidate], offered.first[candidate + 1])
        column = np.full(self.slots.devices, np.inf)
        column[offered.device[listed]] = offered.cost[listed]
        return column
