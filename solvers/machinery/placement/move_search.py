"""Where UAVs fly in one slot: coordinate descent over candidate places, each valued by the exact assignment."""

from collections.abc import Sequence

import numpy as np

from skyedge.problem import Slots, best_assignment, server_costs
from skyedge.solvers.common.flight import step_towards
from skyedge.solvers.machinery.placement.lattice import Offers, offers
from skyedge.solvers.machinery.placement.place_costs import slot_values
from skyedge.solvers.machinery.placement.reassignment import join, leave, total_cost

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
        slots = slot.flattened
        here = uav_xy[None]
        target = here + slot.reach_m[:, None] * _unit_disc()[:, None]
        places = step_towards(np.broadcast_to(here, target.shape), target, slot.reach_m, slot.area_m)
        self.places = np.ascontiguousarray(places.swapaxes(0, 1))
        self._offered = [offers(slots, uav, own[None]) for uav, own in enumerate(self.places)]
        without = server_costs(slot, np.full(uav_xy.shape, np.inf)).cost
        server = best_assignment(without, slot.server_capacity, slot.unserved_penalty)
        self._server = np.where(slot.active & (server < 0), slot.servers, server)
        self._cost = np.pad(without, ((0, 0), (0, 1)), constant_values=slot.unserved_penalty)
        self._capacity = np.append(np.minimum(slot.server_capacity, slot.devices), slot.devices)

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
        chosen, cost, server = start.copy(), self._cost.copy(), self._server.copy()
        for uav in np.flatnonzero(chosen >= 0).tolist():
            self._place(cost, server, uav, chosen[uav])
        total = np.inf
        while True:
            before = total
            for uav in order.tolist():
                leave(cost, server, self._capacity, uav)
                offered, places = self._offered[uav], int(self._capacity[uav])
                change = slot_values(cost, server, uav, places, offered.first, offered.device, offered.cost)
                chosen[uav] = int(np.argmin(change - to_go[uav]))
                self._place(cost, server, uav, chosen[uav])
            total = total_cost(cost, server) - np.take_along_axis(to_go, chosen[:, None], axis=1).sum()
            if not total < before - TIE:
                return total, chosen

    def _place(self, cost: np.ndarray, server: np.ndarray, uav: int, candidate: int) -> None:
        """Let an absent UAV join the slot at a candidate, in place."""
        offered: Offers = self._offered[uav]
        listed = slice(offered.first[candidate], offered.first[candidate + 1])
        cost[offered.device[listed], uav] = offered.cost[listed]
        join(cost, server, uav, int(self._capacity[uav]))
