"""rolling: the best moves of each slot, counting what places are worth for the demand expected in the slots ahead."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import Field

from skyedge.problem import Instance, Scenario
from skyedge.solvers import (
    CONTENTION,
    Observation,
    OnlineSolver,
    SlotDecision,
    SolverConfig,
    register,
    served_best,
    settled,
)
from skyedge.solvers.adp import Adp
from skyedge.solvers.learned import SHIPPED
from skyedge.solvers.machinery.lookahead.futures import (
    Futures,
    Requests,
    Savings,
    drawn_requests,
    pooled,
    sample_futures,
    savings,
    seen_requests,
)
from skyedge.solvers.machinery.lookahead.savings import unclaimed
from skyedge.solvers.machinery.lookahead.value_to_go import Outlook, lattice_around, look_ahead
from skyedge.solvers.machinery.placement.lattice import Lattice
from skyedge.solvers.machinery.placement.move_search import SlotMoves

POOL = 256  # requests that futures draw from
BINS = 16  # of squared distance, in the tables of savings
PASSES = 2  # over the UAVs, each planned while the others keep their paths
EMPTY_STARTS = 2  # descents that place the UAVs one by one


class RollingConfig(SolverConfig):
    """Options of rolling."""

    slots_ahead: int = Field(20, ge=0, description="slots ahead that a move is judged by; 0: the present slot alone")
    futures: int = Field(8, ge=1, description="sampled futures of the demand")
    discount: float = Field(0.95, gt=0, le=1, description="what a saving is worth one slot before it is made")
    terminal: Literal["none", "adp"] = Field(
        "none", description="what places are worth beyond the slots ahead: none: nothing; adp: as adp has learned"
    )
    training_seed: int = Field(0, ge=0, description="which of adp's shipped policies: the seed it was trained with")
    policy: str = Field(SHIPPED, description=f"folder of adp's policy; {SHIPPED!r}: the one for the scenario")


@register
class Rolling(OnlineSolver):
    """Each slot's exact cost less the value of places, by dynamic programming over sampled futures."""

    name = "rolling"
    options = frozenset({"device_motion", "battery"}) | CONTENTION
    packages = ("numpy", "scipy", "numba")
    Config = RollingConfig

    def __init__(self, config: Any = None) -> None:
        super().__init__(config)
        self._adp = None
        if self.config.terminal == "adp":
            self._adp = Adp(Adp.Config.model_validate(self.config.model_dump(include={"training_seed", "policy"})))
            self.track = self._adp.track

    def check(self, instance: Instance) -> None:
        """Refuse an instance for whose scenario there is no learned value, if one is asked for."""
        if self._adp is not None:
            self._adp.check(instance)

    def files(self, scenario: Scenario) -> tuple[Path, ...]:
        """The files of the learned value."""
        return () if self._adp is None else self._adp.files(scenario)

    def training(self, scenario: Scenario) -> Mapping[str, float]:
        """What the record of the learned value says."""
        return {} if self._adp is None else self._adp.training(scenario)

    def training_seeds(self, scenario: Scenario) -> list[int]:
        """Return the seeds of the shipped values."""
        return [] if self._adp is None else self._adp.training_seeds(scenario)

    def start(self, seed: int) -> None:
        """Forget the last episode."""
        self._rng = np.random.default_rng(seed)
        self._requests: Requests | None = None
        self._device_xy: np.ndarray | None = None  # of the slot before
        self._path: np.ndarray | None = None  # (1 + H, M, 2), planned for the slot before and those ahead of it

    def act(self, observation: Observation) -> SlotDecision:
        """Move, then assign exactly at the new positions."""
        slot = observation.slot
        self._requests = requests = self._known_requests(observation)
        futures = self._futures(observation, len(requests.device))
        uav_xy = self._move(observation, futures, savings(slot, requests, BINS))
        return settled(slot, served_best(slot, uav_xy))

    def _known_requests(self, observation: Observation) -> Requests:
        """Return the pool: drawn once from the scenario or, without one, what has been seen."""
        if observation.scenario is None:
            return pooled(self._requests, seen_requests(observation.slot), POOL)
        return self._requests or drawn_requests(observation.scenario, observation.slot.devices, POOL, self._rng)

    def _futures(self, observation: Observation, requests: int) -> Futures:
        """Sample the slots ahead; none before a request is known."""
        slot, first = observation.slot, observation.t + 1
        end = min(observation.horizon, first + self.config.slots_ahead) if requests else first
        rate, samples = observation.arrival_rate[first:end], self.config.futures
        futures = sample_futures(slot, self._device_xy, rate, observation.scenario, requests, samples, self._rng)
        self._device_xy = slot.device_xy
        return futures

    def _move(self, observation: Observation, futures: Futures, saved: Savings) -> np.ndarray:
        """Plan paths and this slot's moves in turn; return the places of this slot, array (M, 2) [m]."""
        slot = observation.slot
        moves = SlotMoves(slot, observation.uav_xy)
        path = self._last_plan(observation.uav_xy, len(futures.active))
        stay, absent = np.zeros(slot.uavs, int), np.full(slot.uavs, -1)
        starts = [stay, moves.nearest(path[0]), *EMPTY_STARTS * [absent]]
        to_go = np.zeros(moves.places.shape[:2])
        outlooks: dict[int, Outlook] = {}
        for _ in range(PASSES):
            for uav in np.flatnonzero((slot.reach_m > 0) & (slot.uav_capacity > 0)).tolist():
                outlooks[uav] = self._outlook(observation, uav, path, futures, saved)
                path[1:, uav] = outlooks[uav].path(path[0, uav])
                to_go[uav] = outlooks[uav].at(moves.places[uav])
            path[0] = moves.best(to_go, starts, self._rng)
            for uav, outlook in outlooks.items():
                path[1:, uav] = outlook.path(path[0, uav])
        self._path = path
        return path[0].copy()

    def _last_plan(self, uav_xy: np.ndarray, slots: int) -> np.ndarray:
        """Return the paths (1 + H, M, 2) that were planned a slot ago; the first plan is to stay."""
        path = uav_xy[None] if self._path is None else self._path
        return path[np.minimum(np.arange(1, slots + 2), len(path) - 1)]

    def _outlook(
        self, observation: Observation, uav: int, path: np.ndarray, futures: Futures, saved: Savings
    ) -> Outlook:
        """Value the places of one UAV while the others fly along their paths."""
        slot, here = observation.slot, observation.uav_xy[uav]
        reach = min(float(slot.reach_m[uav]), math.hypot(*slot.area_m))
        left = unclaimed(futures, saved, uav, path[1:])
        lattice = lattice_around(here, reach, slot.uav_radius_m[uav], slot.area_m, 1 + len(left))
        final = self._final(observation, uav, path, lattice)
        return look_ahead(futures, left, saved, uav, lattice, here, reach, self.config.discount, final)

    def _final(self, observation: Observation, uav: int, path: np.ndarray, lattice: Lattice) -> np.ndarray | None:
        """Return the learned values (C,) of points in the last slot ahead; devices count where they are now.

        Points out of reach until then are worth 0, but for those next to others, so that values can be interpolated.
        """
        last = observation.t + len(path) - 1
        if self._adp is None or last + 1 >= observation.horizon:
            return None
        points = lattice.points()[0]
        apart = points - observation.uav_xy[uav]
        farthest = len(path) * observation.slot.reach_m[uav] + 2 * lattice.spacing_m
        reached = np.vecdot(apart, apart) <= farthest**2
        final = np.zeros(len(points))
        final[reached] = self._adp.place_values(observation, uav, points[reached], path[-1], last)
        return final
