"""Exact assignment of one slot kept up to date: chains of tasks that change their server.

Everywhere here ``cost`` (K, S) is that of each task on each of S servers, the last of which stands for "not served"
and has room for all; ``server`` (K,) is the server of each task, −1 for devices without one; and the assignment is
optimal for the tasks that have a server. A change along the cheapest chain keeps it so (successive shortest paths).
"""

import numpy as np
from numba import njit

TIE = 1e-12


@njit(cache=True)
def changes(cost: np.ndarray, server: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the least cost of server j taking over a task of server i, and that task: arrays [j, i]."""
    servers = cost.shape[1]
    change = np.full((servers, servers), np.inf)
    task = np.full((servers, servers), -1)
    for k in range(len(server)):
        i = server[k]
        if i < 0:
            continue
        for j in range(servers):
            step = cost[k, j] - cost[k, i]
            if step < change[j, i]:
                change[j, i], task[j, i] = step, k
    return change, task


@njit(cache=True)
def take_one_more(cost: np.ndarray, server: np.ndarray, uav: int) -> float:
    """Fill one more place of a UAV by the cheapest chain of changes, in place; returns their cost (0: none)."""
    change, task = changes(cost, server)
    least, taker = _chains_from(change, uav)
    end = np.argmin(least)
    if least[end] >= -TIE:
        return 0.0
    i = end
    while i != uav:
        server[task[taker[i], i]] = taker[i]
        i = taker[i]
    return least[end]


@njit(cache=True)
def _chains_from(change: np.ndarray, uav: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the least cost of chains from the UAV that leave a place free at each server, and who took from it.

    Bellman and Ford's method: changes may be negative, cycles are not, for the assignment is optimal.
    """
    servers = len(change)
    least = np.full(servers, np.inf)
    taker = np.full(servers, -1)
    least[uav] = 0.0
    changed = True
    while changed:
        changed = False
        for j in range(servers):
            for i in range(servers):
                if i != uav and least[j] + change[j, i] < least[i] - TIE:
                    least[i], taker[i] = least[j] + change[j, i], j
                    changed = True
    return least, taker


@njit(cache=True)
def relief(change: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what a place that comes free at each server changes (at most 0), and from whom it takes a task (−1: none).

    The server that gives a task has a place free in turn, and so on.
    """
    least = np.zeros(len(change))
    return least, _prolong_chains(change, least)


@njit(cache=True)
def _prolong_chains(change: np.ndarray, least: np.ndarray) -> np.ndarray:
    """Let chains go on from server a to b where ``change[a, b] + least[b]`` is less, until none is the better for it.

    ``least`` (S,) is what a chain costs from each server, as it ends there at first; it is lowered in place. Returns
    where each goes on (−1: it ends).
    """
    servers = len(change)
    onward, changed = np.full(servers, -1), True
    while changed:
        changed = False
        for a in range(servers):
            for b in range(servers):
                if b != a and change[a, b] + least[b] < least[a] - TIE:
                    least[a], onward[a] = change[a, b] + least[b], b
                    changed = True
    return onward


@njit(cache=True)
def admit(cost: np.ndarray, server: np.ndarray, capacity: np.ndarray, k: int) -> None:
    """Give a server to task k, which has none, at least total cost, in place."""
    change, task = changes(cost, server)
    load = np.zeros(len(capacity), np.int64)
    for i in server:
        if i >= 0:
            load[i] += 1
    room = np.where(load < capacity, 0.0, np.inf)
    nearer = _prolong_chains(change.T, room)
    i = int(np.argmin(cost[k] + room))
    while nearer[i] >= 0:
        moved = task[nearer[i], i]
        server[k] = i
        k, i = moved, nearer[i]
    server[k] = i


@njit(cache=True)
def leave(cost: np.ndarray, server: np.ndarray, capacity: np.ndarray, uav: int) -> None:
    """Take a UAV out of the slot, in place: its column is inf, and its tasks go where they are cheapest."""
    cost[:, uav] = np.inf
    homeless = np.flatnonzero(server == uav)
    server[homeless] = -1
    for k in homeless:
        admit(cost, server, capacity, int(k))


@njit(cache=True)
def join(cost: np.ndarray, server: np.ndarray, uav: int, places: int) -> None:
    """Let a UAV whose column of costs is new, and who has no tasks yet, take its best tasks, in place."""
    for _ in range(places):
        if take_one_more(cost, server, uav) == 0.0:
            return


@njit(cache=True)
def total_cost(cost: np.ndarray, server: np.ndarray) -> float:
    """Return the cost of an assignment."""
    total = 0.0
    for k in range(len(server)):
        if server[k] >= 0:
            total += cost[k, server[k]]
    return total
