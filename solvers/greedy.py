"""Greedy: hovering UAVs, each task on the best server that still has a place."""

import numpy as np

from skyedge.problem import ServerCosts, assigned_power, server_costs
from skyedge.solvers import CONTENTION, Observation, OnlineSolver, SlotDecision, register, settled


def cheapest_first(costs: ServerCosts, capacity: np.ndarray, unserved_penalty: float) -> tuple[np.ndarray, np.ndarray]:
    """Give out places in the order of cost: the cheapest pair of task and server first.

    Parameters
    ----------
    costs : ServerCosts
        Arrays (K, M+N).
    capacity : int array (M+N,)
    unserved_penalty : float
        Pairs that cost no less are not taken.

    Returns
    -------
    server : int array (K,)
        −1 for tasks that got no place.
    power : array (K,)
        Best power [W], 0 for those.
    """
    devices, servers = costs.cost.shape
    left, server = capacity.copy(), np.full(devices, -1)
    for pair in np.argsort(costs.cost, axis=None, kind="stable"):
        k, j = divmod(int(pair), servers)
        if not costs.cost[k, j] < unserved_penalty:
            break
        if server[k] < 0 and left[j] > 0:
            server[k], left[j] = j, left[j] - 1
    return server, assigned_power(costs, server)


@register
class Greedy(OnlineSolver):
    """UAVs hover; the cheapest pairs of task and server first, closed-form power."""

    name = "greedy"
    options = frozenset({"device_motion", "battery"}) | CONTENTION

    def act(self, observation: Observation) -> SlotDecision:
        """Assign at the UAVs' present positions."""
        slot, uav_xy = observation.slot, observation.uav_xy
        costs = server_costs(slot, uav_xy)
        server, power = cheapest_first(costs, slot.server_capacity, slot.unserved_penalty)
        return settled(slot, SlotDecision(server, power, uav_xy))
