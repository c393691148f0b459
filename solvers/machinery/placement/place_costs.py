"""What one UAV is worth at each of many places in a slot, by the exact assignment."""

import numpy as np
from numba import njit

from skyedge.problem import Slots, best_assignment
from skyedge.solvers.machinery.placement.lattice import Offers
from skyedge.solvers.machinery.placement.reassignment import TIE, changes, relief, take_one_more


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

    Serving task k at cost c instead of its server changes the cost by c − cost[k, server k] + r, r the relief of a
    place that comes free there. No set of tasks gains more than the sum of its tasks' gains, for every further one
    finds less relief; so the κ best tasks of a point are the best set where their chains do not share a task. Else
    the UAV's places are filled one by one.

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
    cost = cost.copy()
    cost[:, uav] = np.inf
    change, task = changes(cost, server)
    least, giver = relief(change)
    places = min(places, len(server))
    values = np.zeros(len(first) - 1)
    gain, chosen, now = np.zeros(places), np.full(places, -1), server.copy()
    touched = np.full(len(server), -1)  # the last point whose chains need the task
    for c in range(len(values)):
        count = 0
        for i in range(first[c], first[c + 1]):
            k = device[i]
            change_k = offer_cost[i] - cost[k, server[k]] + least[server[k]]
            if change_k < -TIE:
                count = _keep(gain, chosen, count, change_k, k)
        if _apart(chosen[:count], server, giver, task, touched, c):
            values[c] = gain[:count].sum()
        else:
            now[:] = server
            values[c] = _one_by_one(cost, now, uav, places, device[first[c] : first[c + 1]], offer_cost[first[c] :])
    return values


@njit(cache=True)
def _keep(gain: np.ndarray, chosen: np.ndarray, count: int, change: float, k: int) -> int:
    """Insert a task among the best, in rising order of change; returns how many there are."""
    if count < len(gain):
        i = count
        count += 1
    elif len(gain) and change < gain[-1]:
        i = len(gain) - 1
    else:
        return count
    while i > 0 and gain[i - 1] > change:
        gain[i], chosen[i] = gain[i - 1], chosen[i - 1]
        i -= 1
    gain[i], chosen[i] = change, k
    return count


@njit(cache=True)
def _apart(
    chosen: np.ndarray, server: np.ndarray, giver: np.ndarray, task: np.ndarray, touched: np.ndarray, mark: int
) -> bool:
    """Whether the chains that fill the places of the chosen tasks share no task with each other, nor a chosen one."""
    for k in chosen:
        touched[k] = mark
    for k in chosen:
        i = server[k]
        while giver[i] >= 0:
            moved = task[i, giver[i]]
            if touched[moved] == mark:
                return False
            touched[moved] = mark
            i = giver[i]
    return True


@njit(cache=True)
def _one_by_one(
    cost: np.ndarray, server: np.ndarray, uav: int, places: int, device: np.ndarray, offer_cost: np.ndarray
) -> float:
    """Return the change of cost by a UAV at one point, its places filled one after the other (exact: gains fall)."""
    for i in range(len(device)):
        cost[device[i], uav] = offer_cost[i]
    value = 0.0
    for _ in range(min(places, len(device))):
        gain = take_one_more(cost, server, uav)
        if gain == 0.0:
            break
        value += gain
    cost[device, uav] = np.inf
    return value
