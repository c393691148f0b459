"""What one UAV is worth at each of many places in a slot, by the exact assignment."""

import numpy as np
from numba import njit

from problem import Slots, best_assignment
from solvers.lattice import Offers

TIE = 1e-12


def least_costs(slots: Slots, t: int, cost: np.ndarray, uav: int, offered: Offers) -> np.ndarray:
    """Least cost of a slot when one UAV stands at each of its points and the others where they are.

    Parameters
    ----------
    slots : Slots
        With one leading axis.
    t : int
        The slot.
    cost : array (K, M+N)
        Of each task on each server in this slot; the UAV's own column is not read.
    uav : int
    offered : Offers
        What it could serve from its C points.

    Returns
    -------
    array (C,)
    """
    unserved = np.full((len(cost), 1), slots.unserved_penalty)
    cost = np.concatenate([cost, unserved], axis=1)
    cost[:, uav] = np.inf
    server = best_assignment(cost[:, :-1], slots.server_capacity, slots.unserved_penalty)
    server = np.where(slots.active[t] & (server < 0), slots.servers, server)  # −1 is left for idle devices
    busy = np.flatnonzero(server >= 0)
    without = cost[busy, server[busy]].sum()
    points, places = offered.allowed.shape[1], int(slots.uav_capacity[uav])
    first = offered.first[t * points : (t + 1) * points + 1]
    return without + slot_values(cost, server, uav, places, first, offered.device, offered.cost)


@njit(cache=True)
def slot_values(
    cost: np.ndarray,
    server: np.ndarray,
    uav: int,
    places: int,
    first: np.ndarray,
    device: np.ndarray,
    offer_cost: np.ndarray,
) -> np.ndarray:
    """Change of a slot's least cost when one UAV stands at each point, against its not being there.

    The assignment without the UAV is optimal; its places are added one by one, each by the cheapest chain of tasks
    that change their server (successive shortest paths: exact, for the gains of a server's places never grow).

    Parameters
    ----------
    cost : array (K, J + 1)
        Of each task on each server, the last column being "not served".
    server : int array (K,)
        Best assignment without the UAV; −1 for idle devices.
    uav : int
    places : int
        κ of the UAV.
    first, device, offer_cost : arrays
        Its offers; ``first`` (C + 1,) is that of this slot.

    Returns
    -------
    array (C,)
        At most 0.
    """
    tasks = np.flatnonzero(server >= 0)
    values = np.zeros(len(first) - 1)
    now = server.copy()
    column = cost[:, uav].copy()
    for c in range(len(values)):
        if first[c] == first[c + 1]:
            continue
        cost[:, uav] = np.inf
        for i in range(first[c], first[c + 1]):
            cost[device[i], uav] = offer_cost[i]
        now[:] = server
        for _ in range(min(places, first[c + 1] - first[c])):
            gain = _take_one_more(cost, now, tasks, uav)
            if gain >= -TIE:
                break
            values[c] += gain
    cost[:, uav] = column
    return values


@njit(cache=True)
def _take_one_more(cost: np.ndarray, server: np.ndarray, tasks: np.ndarray, uav: int) -> float:
    """Fill one more place of the UAV by the cheapest chain of changes, in place; returns their cost (0: none)."""
    change, task = _changes(cost, server, tasks)
    least, taker = _chains(change, uav)
    end = np.argmin(least)
    if least[end] >= -TIE:
        return 0.0
    i = end
    while i != uav:
        server[task[taker[i], i]] = taker[i]
        i = taker[i]
    return least[end]


@njit(cache=True)
def _changes(cost: np.ndarray, server: np.ndarray, tasks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the least cost of server j taking over a task of i, and that task: arrays [j, i]."""
    nodes = cost.shape[1]
    change = np.full((nodes, nodes), np.inf)
    task = np.full((nodes, nodes), -1)
    for k in tasks:
        i = server[k]
        for j in range(nodes):
            step = cost[k, j] - cost[k, i]
            if step < change[j, i]:
                change[j, i], task[j, i] = step, k
    return change, task


@njit(cache=True)
def _chains(change: np.ndarray, uav: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the least cost of chains from the UAV that leave a place free at each server, and who took from it.

    Bellman and Ford's method: changes may be negative, cycles are not, for the assignment is optimal.
    """
    nodes = len(change)
    least = np.full(nodes, np.inf)
    taker = np.full(nodes, -1)
    least[uav] = 0.0
    changed = True
    while changed:
        changed = False
        for j in range(nodes):
            for i in range(nodes):
                if i != uav and least[j] + change[j, i] < least[i] - TIE:
                    least[i], taker[i] = least[j] + change[j, i], j
                    changed = True
    return least, taker
