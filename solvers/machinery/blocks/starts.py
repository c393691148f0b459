"""Paths to start a descent from."""

from collections.abc import Callable

import numpy as np

from skyedge.problem import Instance
from skyedge.solvers.common.base import Budget, get
from skyedge.solvers.common.flight import flown
from skyedge.solvers.kmeans import cluster_centres
from skyedge.solvers.machinery.blocks.path import PathBlock, lattice_values

PASSES = 2  # over the UAVs, when static positions are chosen


def hover(instance: Instance, block: PathBlock, budget: Budget, seed: int) -> np.ndarray:
    """Stay where the UAVs start."""
    return np.tile(instance.uav_start_xy, (instance.slots_count, 1, 1))


def flown_by(solver: str) -> Callable[[Instance, PathBlock, Budget, int], np.ndarray]:
    """Return the start that flies as another solver does."""

    def start(instance: Instance, block: PathBlock, budget: Budget, seed: int) -> np.ndarray:
        decision = get(solver)().solve(instance, budget, seed, lambda share: None).decision
        assert decision is not None
        return decision.uav_xy.copy()

    return start


def static(instance: Instance, block: PathBlock, budget: Budget, seed: int) -> np.ndarray:
    """Fly straight to the positions that would be best all day, found one UAV after the other."""
    centre = cluster_centres(instance.device_xy[instance.active], instance.uav_start_xy)
    target = np.tile(np.clip(centre, 0.0, instance.area_m), (instance.slots_count, 1, 1))
    for uav in PASSES * list(range(instance.uavs)):
        if block.movable(uav):
            lattice, offered = block.over_area(uav)
            total = lattice_values(instance, target, uav, offered, budget).sum(axis=0)
            target[:, uav] = lattice.points()[0, np.argmin(total)]
    return flown(target, instance.uav_start_xy, instance.reach_m, instance.area_m)


STARTS: dict[str, Callable[[Instance, PathBlock, Budget, int], np.ndarray]] = {
    "hover": hover,
    "kmeans": flown_by("kmeans"),
    "greedy-mobile": flown_by("greedy-mobile"),
    "static": static,
}
