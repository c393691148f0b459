"""Best paths of several UAVs together, each over a few candidate places a slot: dynamic programming, exact."""

from collections.abc import Sequence

import numpy as np
from numba import njit

from skyedge.solvers.machinery.placement.lattice import REACH_SLACK_M, STAY, Offers
from skyedge.solvers.machinery.placement.place_costs import slot_values
from skyedge.solvers.machinery.placement.reassignment import join, total_cost


def together(offered: Sequence[Offers]) -> Offers:
    """Put the offers of U UAVs into one list; ``first`` (U, T·C + 1) and ``allowed`` (U, T, C) get a leading axis."""
    before = np.cumsum([0, *(len(one.device) for one in offered[:-1])])
    return Offers(
        np.stack([one.first + shift for one, shift in zip(offered, before, strict=True)]),
        np.concatenate([one.device for one in offered]),
        np.concatenate([one.cost for one in offered]),
        np.stack([one.allowed for one in offered]),
    )


@njit(cache=True)
def joint_values(
    cost: np.ndarray, server: np.ndarray, uavs: np.ndarray, places: np.ndarray, offered: Offers
) -> np.ndarray:
    """Cost of each slot for every combination of places of some absent UAVs.

    Parameters
    ----------
    cost : array (W, K, S)
    server : int array (W, K)
        Best assignments without these UAVs.
    uavs, places : int arrays (U,)
        The UAVs and their capacities.
    offered : Offers
        Of all of them :func:`together`.

    Returns
    -------
    array (W, P^U)
        The last UAV's place runs fastest; inf where one of the places may not be used.
    """
    uavs_count, slots, points = offered.allowed.shape
    last, states = uavs_count - 1, points ** (uavs_count - 1)
    values = np.full((slots, states, points), np.inf)
    for t in range(slots):
        first = offered.first[last, t * points : (t + 1) * points + 1]
        for state in range(states):
            costs, servers, rest, possible = cost[t].copy(), server[t].copy(), state, True
            for u in range(last - 1, -1, -1):
                point = rest % points
                rest //= points
                possible = possible and offered.allowed[u, t, point]
                if possible:
                    place = t * points + point
                    for i in range(offered.first[u, place], offered.first[u, place + 1]):
                        costs[offered.device[i], uavs[u]] = offered.cost[i]
                    join(costs, servers, uavs[u], places[u])
            if possible:
                value = slot_values(costs, servers, uavs[last], places[last], first, offered.device, offered.cost)
                base = total_cost(costs, servers)
                for point in range(points):
                    if offered.allowed[last, t, point]:
                        values[t, state, point] = base + value[point]
    return values.reshape(slots, states * points)


@njit(cache=True)
def best_joint_paths(
    values: np.ndarray, candidates: np.ndarray, start_xy: np.ndarray, reach_m: np.ndarray
) -> np.ndarray:
    """Paths of least total value; no move of a UAV is longer than its reach.

    Parameters
    ----------
    values : array (W, P^U)
        As :func:`joint_values` gives them.
    candidates : array (W, U, P, 2)
        Places [m].
    start_xy : array (U, 2)
        Positions before the first slot.
    reach_m : array (U,)

    Returns
    -------
    int array (W, U)
        Candidates; all −1 if there are no such paths.
    """
    slots, uavs, points, _ = candidates.shape
    total = values.copy()
    for t in range(slots):
        before = np.zeros(1) if t == 0 else total[t - 1]
        for u in range(uavs):
            before = _move_one(before, _price(candidates, t, u, start_xy, reach_m), uavs - 1 - u)
        total[t] += before
    paths = np.full((slots, uavs), -1)
    state = int(np.argmin(total[slots - 1]))
    if total[slots - 1, state] == np.inf:
        return paths
    for t in range(slots - 1, -1, -1):
        rest = state
        for u in range(uavs - 1, -1, -1):
            paths[t, u] = rest % points
            rest //= points
        if t:
            state = _predecessor(total[t - 1], candidates, t, paths[t], start_xy, reach_m)
    return paths


@njit(cache=True)
def _price(candidates: np.ndarray, t: int, u: int, start_xy: np.ndarray, reach_m: np.ndarray) -> np.ndarray:
    """Return the price of moves of UAV u [from, to], inf if they are too far; there is one place to start from."""
    points = candidates.shape[2]
    price = np.empty((points if t else 1, points))
    limit = (reach_m[u] + REACH_SLACK_M) ** 2
    for i in range(len(price)):
        here = candidates[t - 1, u, i] if t else start_xy[u]
        for j in range(points):
            moved_sq = (candidates[t, u, j, 0] - here[0]) ** 2 + (candidates[t, u, j, 1] - here[1]) ** 2
            price[i, j] = STAY * moved_sq / limit if moved_sq <= limit else np.inf
    return price


@njit(cache=True)
def _move_one(before: np.ndarray, price: np.ndarray, later: int) -> np.ndarray:
    """Move one UAV: the axis that has ``later`` axes not yet moved behind it becomes that of its new place."""
    origins, points = price.shape
    inner = origins**later
    outer = len(before) // (inner * origins)
    after = np.full((outer, points, inner), np.inf)
    for o in range(outer):
        for i in range(origins):
            row = before[(o * origins + i) * inner : (o * origins + i + 1) * inner]
            for j in range(points):
                if price[i, j] < np.inf:
                    for s in range(inner):
                        after[o, j, s] = min(after[o, j, s], row[s] + price[i, j])
    return after.reshape(outer * points * inner)


@njit(cache=True)
def _predecessor(
    total: np.ndarray, candidates: np.ndarray, t: int, path: np.ndarray, start_xy: np.ndarray, reach_m: np.ndarray
) -> int:
    """Return the best state of slot t − 1 to come from."""
    _, uavs, points, _ = candidates.shape
    price = np.zeros(1)
    for u in range(uavs):
        column = _price(candidates, t, u, start_xy, reach_m)[:, path[u]]
        wider = np.empty(len(price) * points)
        for a in range(len(price)):
            for p in range(points):
                wider[a * points + p] = price[a] + column[p]
        price = wider
    return int(np.argmin(total + price))
