"""Paths of all UAVs with the exact best assignment of every slot, kept up to date window by window."""

from typing import NamedTuple

import numpy as np
from numba import njit

from skyedge.problem import Instance, best_assignment, server_costs
from skyedge.solvers.machinery.placement.joint_paths import best_joint_paths, joint_values, together
from skyedge.solvers.machinery.placement.lattice import REACH_SLACK_M, Lattice, Offers, best_path, offers
from skyedge.solvers.machinery.placement.place_costs import slot_values
from skyedge.solvers.machinery.placement.reassignment import join, leave, total_cost


class Window(NamedTuple):
    """Slots from ``first`` up to, but not including, ``end``."""

    first: int
    end: int

    @property
    def slots(self) -> slice:
        """Its slots, as an index."""
        return slice(self.first, self.end)

    @property
    def length(self) -> int:
        """How many slots it has."""
        return self.end - self.first


class Snapshot(NamedTuple):
    """What a window held, to go back to."""

    window: Window
    arrays: tuple[np.ndarray, ...]


class Survey(NamedTuple):
    """Points (W, C, 2) of a lattice, and what a UAV could serve from them."""

    lattice: Lattice
    points: np.ndarray
    offered: Offers


class IncrementalPlan:
    """A plan in the making: positions, costs of all tasks on all servers, and the best assignment.

    A UAV may be absent from some slots for a while; there its column of costs is inf.

    Parameters
    ----------
    instance : Instance
    uav_xy : array (T, M, 2), optional
        Paths [m]; by default the UAVs stay where they start.

    Attributes
    ----------
    uav_xy : array (T, M, 2)
    cost : array (T, K, M+N+1)
        Of each task on each server, the last being "not served".
    server : int array (T, K)
        Best assignment; −1 for idle devices.
    slot_cost : array (T,)
        Its exact cost.
    """

    def __init__(self, instance: Instance, uav_xy: np.ndarray | None = None) -> None:
        self.instance = instance
        stay = np.tile(instance.uav_start_xy, (instance.slots_count, 1, 1))
        self.uav_xy = np.array(stay if uav_xy is None else uav_xy)
        cost = server_costs(instance, self.uav_xy).cost
        self.capacity = np.append(np.minimum(instance.server_capacity, instance.devices), instance.devices)
        server = best_assignment(cost, instance.server_capacity, instance.unserved_penalty)
        self.server = np.where(instance.active & (server < 0), instance.servers, server)
        unserved = np.full((*cost.shape[:2], 1), instance.unserved_penalty)
        self.cost = np.concatenate([cost, unserved], axis=2)
        self.slot_cost = np.empty(instance.slots_count)
        self.whole = Window(0, instance.slots_count)
        self._score(self.whole)

    @property
    def total(self) -> float:
        """Cost of the whole horizon."""
        return float(self.slot_cost.sum())

    def cost_of(self, window: Window) -> float:
        """Cost of a window."""
        return float(self.slot_cost[window.slots].sum())

    def save(self, window: Window) -> Snapshot:
        """Remember a window."""
        return Snapshot(window, tuple(array[window.slots].copy() for array in self._state()))

    def restore(self, snapshot: Snapshot) -> None:
        """Go back to what a window was."""
        for array, saved in zip(self._state(), snapshot.arrays, strict=True):
            array[snapshot.window.slots] = saved

    def remove(self, uav: int, window: Window) -> None:
        """Take a UAV out of a window."""
        _leave_slots(self.cost[window.slots], self.server[window.slots], self.capacity, uav)
        self._score(window)

    def survey(self, uav: int, window: Window, lattice: Lattice) -> Survey:
        """List what a UAV could serve in a window from the points of a lattice that it can reach and leave in time."""
        points = lattice.points()
        return Survey(
            lattice, points, offers(self.instance, uav, points, window.first, self._within(uav, window, points))
        )

    def fly(self, uav: int, window: Window, survey: Survey, bias: np.ndarray | None = None) -> bool:
        """Bring an absent UAV back into a window along its best path over a lattice; False if there is none.

        Parameters
        ----------
        uav : int
        window : Window
        survey : Survey
            Of that UAV in that window.
        bias : array (W, K), optional
            Added to what its tasks cost when the path is chosen.
        """
        slots, (lattice, points, offered) = window.slots, survey
        judged = offered.cost if bias is None else offered.cost + _spread(bias, offered.first, offered.device)
        places, reach = int(self.capacity[uav]), float(self.instance.reach_m[uav])
        values = _window_values(self.cost[slots], self.server[slots], uav, places, offered, judged)
        before_xy = self.before(uav, window)
        path = best_path(values, lattice.corner_xy, lattice.spacing_m, lattice.columns, before_xy, reach)
        if path[0] < 0:
            return False
        self._join(uav, window, points, offered, path)
        self._score(window)
        return True

    def fly_together(self, uavs: np.ndarray, window: Window, candidates: np.ndarray) -> bool:
        """Bring absent UAVs back into a window along their jointly best paths over candidates (W, U, P, 2) [m].

        False if there are no such paths.
        """
        slots, places = window.slots, self.capacity[uavs]
        own = [np.ascontiguousarray(candidates[:, u]) for u in range(len(uavs))]
        offered = [
            offers(self.instance, uav, points, window.first, self._within(uav, window, points))
            for uav, points in zip(uavs, own, strict=True)
        ]
        values = joint_values(self.cost[slots], self.server[slots], uavs, places, together(offered))
        start_xy = np.stack([self.before(uav, window) for uav in uavs])
        paths = best_joint_paths(values, candidates, start_xy, self.instance.reach_m[uavs])
        if paths[0, 0] < 0:
            return False
        for u, uav in enumerate(uavs):
            self._join(uav, window, own[u], offered[u], paths[:, u].copy())
        self._score(window)
        return True

    def _join(self, uav: int, window: Window, points: np.ndarray, offered: Offers, path: np.ndarray) -> None:
        self.uav_xy[window.slots, uav] = points[np.arange(len(path)), path]
        _join_slots(self.cost[window.slots], self.server[window.slots], uav, int(self.capacity[uav]), offered, path)

    def before(self, uav: int, window: Window) -> np.ndarray:
        """Return where a UAV is before a window [m]."""
        return self.uav_xy[window.first - 1, uav] if window.first else self.instance.uav_start_xy[uav]

    def _within(self, uav: int, window: Window, points: np.ndarray) -> np.ndarray:
        """Points (W, C) that the UAV can reach from where it was before the window and leave for where it is after."""
        reach, moves = self.instance.reach_m[uav], np.arange(1, window.length + 1)[:, None]
        near = _squared(points, self.before(uav, window)) <= (moves * reach + REACH_SLACK_M) ** 2
        if window.end < self.instance.slots_count:
            near &= _squared(points, self.uav_xy[window.end, uav]) <= (moves[::-1] * reach + REACH_SLACK_M) ** 2
        return near

    def _state(self) -> tuple[np.ndarray, ...]:
        return self.uav_xy, self.cost, self.server, self.slot_cost

    def _score(self, window: Window) -> None:
        slots = window.slots
        _score_slots(self.cost[slots], self.server[slots], self.slot_cost[slots])


def _squared(points: np.ndarray, place: np.ndarray) -> np.ndarray:
    apart = points - place
    return np.vecdot(apart, apart)


@njit(cache=True)
def _score_slots(cost: np.ndarray, server: np.ndarray, slot_cost: np.ndarray) -> None:
    for t in range(len(server)):
        slot_cost[t] = total_cost(cost[t], server[t])


@njit(cache=True)
def _leave_slots(cost: np.ndarray, server: np.ndarray, capacity: np.ndarray, uav: int) -> None:
    for t in range(len(server)):
        leave(cost[t], server[t], capacity, uav)


@njit(cache=True)
def _join_slots(cost: np.ndarray, server: np.ndarray, uav: int, places: int, offered: Offers, path: np.ndarray) -> None:
    for t in range(len(path)):
        place = t * offered.allowed.shape[1] + path[t]
        for i in range(offered.first[place], offered.first[place + 1]):
            cost[t, offered.device[i], uav] = offered.cost[i]
        join(cost[t], server[t], uav, places)


@njit(cache=True)
def _window_values(
    cost: np.ndarray, server: np.ndarray, uav: int, places: int, offered: Offers, judged: np.ndarray
) -> np.ndarray:
    """Change (W, C) of the slots' costs by an absent UAV at each point, inf where it may not be."""
    wide = offered.allowed.shape[1]
    values = np.empty(offered.allowed.shape)
    for t in range(len(values)):
        first = offered.first[t * wide : (t + 1) * wide + 1]
        values[t] = slot_values(cost[t], server[t], uav, places, first, offered.device, judged)
        for c in range(wide):
            if not offered.allowed[t, c]:
                values[t, c] = np.inf
    return values


@njit(cache=True)
def _spread(bias: np.ndarray, first: np.ndarray, device: np.ndarray) -> np.ndarray:
    """Bias of each offer."""
    spread, wide = np.empty(len(device)), (len(first) - 1) // len(bias)
    for t in range(len(bias)):
        for i in range(first[t * wide], first[(t + 1) * wide]):
            spread[i] = bias[t, device[i]]
    return spread
