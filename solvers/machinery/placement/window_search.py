"""Large-neighbourhood search: vary the paths of some UAVs in a window of slots, and join the best of all variants."""

from collections import deque
from collections.abc import Callable

import numpy as np

from skyedge.solvers.machinery.placement.incremental_plan import IncrementalPlan, Survey, Window
from skyedge.solvers.machinery.placement.lattice import Lattice, window_lattice

GAIN = 1e-9  # least that counts
SPACINGS_A_MOVE, LEAST_SPACINGS_A_MOVE = 3.0, 1.5
POINTS, MOST_POINTS = 1500, 15000  # of a lattice, wanted, and when more are needed for a UAV to move at all
FINER_M = (6.0, 3.0, 1.5, 0.7)  # spacings of the lattices around present positions, and
HALFWIDTH = 2  # their points on either side
NOISE = (0.0, 0.2, 0.4)  # standard deviations of what the cost of a task is misjudged by when paths are varied
GUIDES, GUIDED = 20, 3  # how many guides are kept, and how many variants follow one of them
GUIDE_M = 5.0  # spacing of the lattice around a guide
TOGETHER = 3  # how many UAVs are varied, and joined, at a time


class WindowSearch:
    """Moves that improve, or vary, the paths of a plan.

    Parameters
    ----------
    plan : IncrementalPlan
    variants : int
        How many variants of the paths are joined.
    rng : numpy.random.Generator
    expired : callable
        Says that the time is up.

    Attributes
    ----------
    guides : deque of arrays (T, M, 2)
        Flyable paths from elsewhere [m], which some variants follow.
    """

    def __init__(
        self, plan: IncrementalPlan, variants: int, rng: np.random.Generator, expired: Callable[[], bool]
    ) -> None:
        self.plan, self.variants, self.rng, self.expired = plan, variants, rng, expired
        self.guides: deque[np.ndarray] = deque(maxlen=GUIDES)
        self.world = plan.instance
        self.movable = np.flatnonzero((self.world.reach_m > 0) & (self.world.uav_capacity > 0))

    def search(self, window: Window, uavs: np.ndarray, present: bool = True) -> None:
        """Replace the paths of UAVs in a window by the best join of their variants and their present paths.

        That is never dearer; without the present paths it may be, but it is something else.
        """
        plan, before, snapshot = self.plan, self.plan.cost_of(window), self.plan.save(window)
        surveys = {uav: plan.survey(uav, window, self._lattice(uav, window)) for uav in uavs.tolist()}
        found = [plan.uav_xy[window.slots, uavs]] if present else []
        for number in range(self.variants):
            if self.expired():
                break
            if self.guides and number < GUIDED:
                self._follow(self.guides[self.rng.integers(len(self.guides))], uavs, window)
            else:
                self._vary(self._some_of(uavs), window, surveys, self.rng.choice(NOISE))
            found.append(plan.uav_xy[window.slots, uavs])
            plan.restore(snapshot)
        if not found:
            return
        self._join(window, uavs, np.stack(found, axis=2))
        if present and plan.cost_of(window) > before - GAIN:
            plan.restore(snapshot)
        self.refine(window)

    def build(self) -> None:
        """Build all paths from nothing, in as many variants, and put together the best parts."""
        plan, whole = self.plan, self.plan.whole
        surveys = {uav: plan.survey(uav, whole, self._lattice(uav, whole)) for uav in self.movable.tolist()}
        start = best = plan.save(whole)
        least, found = plan.total, [plan.uav_xy.copy()]
        while len(found) < self.variants and not self.expired():
            self._vary(self.rng.permutation(self.movable), whole, surveys, self.rng.choice(NOISE))
            found.append(plan.uav_xy.copy())
            if plan.total < least:
                best, least = plan.save(whole), plan.total
            plan.restore(start)
        plan.restore(best)
        for first in range(0, len(self.movable), TOGETHER):
            uavs = self.movable[first : first + TOGETHER]
            if not self.expired():
                self._join(whole, uavs, np.stack(found, axis=2)[:, uavs])
        self.refine(whole)

    def _join(self, window: Window, uavs: np.ndarray, candidates: np.ndarray) -> None:
        """Fly the best of what candidates (W, U, P, 2) can be joined to; the present paths if there is nothing."""
        snapshot = self.plan.save(window)
        for uav in uavs.tolist():
            self.plan.remove(uav, window)
        if not self.plan.fly_together(uavs, window, np.ascontiguousarray(candidates)):
            self.plan.restore(snapshot)

    def refine(self, window: Window) -> None:
        """Improve positions over ever finer lattices around them."""
        for spacing_m in FINER_M:
            for uav in self.movable.tolist():
                if self.expired():
                    return
                around = window_lattice(self.plan.uav_xy[window.slots, uav], spacing_m, HALFWIDTH)
                self._improve(uav, window, self.plan.survey(uav, window, around))

    def window(self, shortest: int, longest: int) -> Window:
        """Draw a window; at the ends of the horizon it may be half as long."""
        slots, length = self.world.slots_count, int(self.rng.integers(shortest, longest + 1))
        first = int(self.rng.integers(-(length // 2), slots - length // 2))
        return Window(max(0, first), min(slots, first + length))

    def neighbours(self, window: Window) -> np.ndarray:
        """Draw UAVs that are near to each other in the middle of a window, in rising order."""
        place = self.plan.uav_xy[(window.first + window.end) // 2, self.movable]
        one = self.rng.integers(len(place))
        distance = np.linalg.norm(place - place[one], axis=-1) * self.rng.uniform(0.5, 1.5, len(place))
        return np.sort(self.movable[np.argsort(distance)[:TOGETHER]])

    def _some_of(self, uavs: np.ndarray) -> np.ndarray:
        """Draw all (half of the time) or some of the UAVs, in random order."""
        order = self.rng.permutation(uavs)
        return order if self.rng.random() < 0.5 else order[: self.rng.integers(1, len(uavs) + 1)]

    def _vary(self, uavs: np.ndarray, window: Window, surveys: dict[int, Survey], noise: float) -> None:
        """Remove UAVs from a window and bring them back one after the other; nothing is done if one cannot return."""
        snapshot = self.plan.save(window)
        for uav in uavs.tolist():
            self.plan.remove(uav, window)
        for uav in uavs.tolist():
            bias = self.rng.normal(0.0, noise, (window.length, self.world.devices)) if noise else None
            if self.expired() or not self.plan.fly(uav, window, surveys[uav], bias):
                self.plan.restore(snapshot)
                return
        for uav in uavs.tolist():
            self._improve(uav, window, surveys[uav])

    def _follow(self, guide: np.ndarray, uavs: np.ndarray, window: Window) -> None:
        """Let UAVs fly near to a guide's paths in a window."""
        surveys = {
            uav: self.plan.survey(uav, window, window_lattice(guide[window.slots, uav], GUIDE_M, HALFWIDTH))
            for uav in uavs.tolist()
        }
        self._vary(self.rng.permutation(uavs), window, surveys, 0.0)

    def _improve(self, uav: int, window: Window, survey: Survey) -> None:
        """Fly a UAV's best path over a lattice if that is cheaper."""
        before, snapshot = self.plan.cost_of(window), self.plan.save(window)
        self.plan.remove(uav, window)
        if not self.plan.fly(uav, window, survey) or self.plan.cost_of(window) > before - GAIN:
            self.plan.restore(snapshot)

    def _lattice(self, uav: int, window: Window) -> Lattice:
        """Cover, at a random shift, what a UAV can reach in a window and leave in time."""
        reach, low, high = self.world.reach_m[uav], np.zeros(2), self.world.area_m
        pins = [self.plan.before(uav, window)]
        if window.end < self.world.slots_count:
            pins.append(self.plan.uav_xy[window.end, uav])
        for pin in pins:
            low, high = np.maximum(low, pin - reach * window.length), np.minimum(high, pin + reach * window.length)
        size = high - low
        wide, least = np.sqrt(size.prod() / (POINTS, MOST_POINTS))
        spacing_m = float(max(min(max(reach / SPACINGS_A_MOVE, wide), reach / LEAST_SPACINGS_A_MOVE), least))
        corner = low + self.rng.random(2) * np.minimum(spacing_m, size)
        rows, columns = ((high - corner) // spacing_m).astype(int) + 1
        return Lattice(np.tile(corner, (window.length, 1)), spacing_m, int(rows), int(columns))
