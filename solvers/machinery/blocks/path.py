"""The path block: one UAV's whole path re-optimised over a lattice, exactly, while the others keep theirs.

The value of a point in a slot is the slot's least cost when the UAV stands there, by the exact assignment; so a path
may leave the tasks that it serves today for others, which the trajectory block, whose servers are fixed, cannot.
"""

import numpy as np

from skyedge.problem import Instance, server_costs
from skyedge.solvers.common.base import Budget
from skyedge.solvers.machinery.blocks.compiled_problem import BlockFailedError
from skyedge.solvers.machinery.placement.lattice import (
    Lattice,
    Offers,
    area_lattice,
    best_path,
    finest_spacing_m,
    offers,
    window_lattice,
)
from skyedge.solvers.machinery.placement.place_costs import least_costs

MOST_POINTS = 4000  # of the lattice over the area, and
MOST_OFFERS = 2e7  # of what all UAVs could serve from there: a world beyond gets a wider spacing
HALFWIDTH = 3  # points on either side of the path in a finer lattice
FINER = (0.4, 0.1)  # spacings of the finer lattices, as shares of the first


class PathBlock:
    """Better paths for single UAVs, by dynamic programming.

    Parameters
    ----------
    instance : Instance
    spacing_m : float
        Of the lattice over the whole area; wider where that would be more than time or memory allow.
    """

    def __init__(self, instance: Instance, spacing_m: float) -> None:
        self.instance = instance
        finest_m = finest_spacing_m(instance, instance.active.size, MOST_POINTS, MOST_OFFERS)
        self.spacing_m = max(spacing_m, finest_m)
        self._over_area: dict[int, tuple[Lattice, Offers]] = {}

    def movable(self, uav: int) -> bool:
        """Whether where a UAV is matters and can be chosen."""
        return bool(self.instance.reach_m[uav] > 0 and self.instance.uav_capacity[uav] > 0)

    def over_area(self, uav: int) -> tuple[Lattice, Offers]:
        """Lattice over the whole area and what the UAV can serve from it, listed once."""
        if uav not in self._over_area:
            world = self.instance
            lattice = area_lattice(world.area_m, world.uav_start_xy[uav], self.spacing_m, world.slots_count)
            self._over_area[uav] = lattice, offers(world, uav, lattice.points())
        return self._over_area[uav]

    def solve(self, uav_xy: np.ndarray, uav: int, cost: float, budget: Budget) -> np.ndarray:
        """Find a better path of one UAV, over the area's lattice and then over finer ones around the best.

        Parameters
        ----------
        uav_xy : array (T, M, 2)
            Present paths [m].
        uav : int
        cost : float
            What they cost with the best servers and powers.
        budget : Budget

        Returns
        -------
        array (T, 2)
            The present path if there is no better one.

        Raises
        ------
        BlockFailedError
            If the time is up.
        """
        best = uav_xy[:, uav]
        if not self.movable(uav):
            return best
        lattice, offered = self.over_area(uav)
        for finer in (*FINER, None):
            values = lattice_values(self.instance, uav_xy, uav, offered, budget)
            path, total = self._best_over(lattice, values, uav)
            best, cost = (path, total) if total < cost else (best, cost)
            if finer is not None:
                lattice = window_lattice(best, finer * self.spacing_m, HALFWIDTH)
                offered = offers(self.instance, uav, lattice.points())
        return best

    def _best_over(self, lattice: Lattice, values: np.ndarray, uav: int) -> tuple[np.ndarray, float]:
        start, reach = self.instance.uav_start_xy[uav].copy(), float(self.instance.reach_m[uav])
        point = best_path(values, lattice.corner_xy, lattice.spacing_m, lattice.columns, start, reach)
        slot = np.arange(len(point))
        return lattice.points()[slot, point], float(values[slot, point].sum())


def lattice_values(instance: Instance, uav_xy: np.ndarray, uav: int, offered: Offers, budget: Budget) -> np.ndarray:
    """Least cost (T, C) of each slot when one UAV stands at each point and the others where they are.

    It is inf outside the area.

    Raises
    ------
    BlockFailedError
        If the time is up.
    """
    cost = server_costs(instance, uav_xy).cost
    values = np.empty(offered.allowed.shape)
    for t in range(len(values)):
        if budget.expired:
            raise BlockFailedError("out of time")
        values[t] = least_costs(instance, t, cost[t], uav, offered)
    return np.where(offered.allowed, values, np.inf)
