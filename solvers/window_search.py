"""Large-neighbourhood search over windows of slots: vary the paths of some UAVs, and join the best of all variants."""

from collections.abc import Callable, Iterable

import numpy as np

from problem import Instance
from solvers.fleet import Fleet, Survey, Window
from solvers.lattice import Lattice, window_lattice

TIE = 1e-9
FINE_M = (6.0, 3.0, 1.5, 0.7)
HALFWIDTH = 2
MOST_POINTS = 1200  # of a lattice
SPACINGS_A_MOVE = 3
NOISE = (0.0, 0.2, 0.4)
TOGETHER = 3  # UAVs


class WindowSearch:
    """Improves the paths of a fleet, window by window.

    Parameters
    ----------
    fleet : Fleet
    rng : numpy.random.Generator
    expired : callable
        Says that the time is up.
    variants : int
    """

    def __init__(
        self, fleet: Fleet, rng: np.random.Generator, expired: Callable[[], bool], variants: int, **o
    ) -> None:
        self.fleet, self.rng, self.expired, self.variants = fleet, rng, expired, variants
        self.instance = fleet.instance
        movable = (self.instance.reach_m > 0) & (self.instance.uav_capacity > 0)
        self.movable = np.flatnonzero(movable)
        self.o = dict(sp=3.0, noise=NOISE, pall=0.5, passes=1, fine=FINE_M, wmin=16, wmax=40, P=12); self.o.update(o)

    def cost(self, window: Window) -> float:
        return float(self.fleet.slot_cost[window.slots].sum())

    def lattice(self, uav: int, window: Window) -> Lattice:
        """Cover what a UAV can reach in a window, at a random shift."""
        world = self.instance
        low, high, radius = np.zeros(2), world.area_m, world.reach_m[uav] * window.length
        pins = [self.fleet.before(uav, window)]
        if window.end < world.slots_count:
            pins.append(self.fleet.uav_xy[window.end, uav])
        for pin in pins:
            low, high = np.maximum(low, pin - radius), np.minimum(high, pin + radius)
        size = high - low
        spacing_m = max(world.reach_m[uav] / self.o['sp'], float(np.sqrt(size.prod() / MOST_POINTS)))
        corner = low + self.rng.random(2) * np.minimum(spacing_m, size)
        rows, columns = ((high - corner) // spacing_m).astype(int) + 1
        return Lattice(np.tile(corner, (window.length, 1)), spacing_m, int(rows), int(columns))

    def improve(self, uav: int, window: Window, survey: Survey) -> bool:
        """Fly a UAV's best path over a lattice if that is cheaper."""
        before, snapshot = self.cost(window), self.fleet.save(window)
        self.fleet.remove(uav, window)
        if self.fleet.fly(uav, window, survey) and self.cost(window) < before - TIE:
            return True
        self.fleet.restore(snapshot)
        return False

    def refine(self, window: Window) -> None:
        """Improve positions over ever finer lattices around them."""
        for spacing_m in self.o['fine']:
            for uav in self.movable:
                around = window_lattice(self.fleet.uav_xy[window.slots, uav], spacing_m, HALFWIDTH)
                self.improve(uav, window, self.fleet.survey(uav, window, around))

    def vary(self, uavs: np.ndarray, window: Window, surveys: dict[int, Survey], noise: float) -> bool:
        """Remove UAVs from a window and bring them back one after the other."""
        for uav in uavs:
            self.fleet.remove(uav, window)
        for uav in uavs:
            bias = self.rng.normal(0.0, noise, (window.length, self.instance.devices)) if noise else None
            if not self.fleet.fly(uav, window, surveys[uav], bias):
                return False
        for _ in range(self.o['passes']):
            for uav in uavs: self.improve(uav, window, surveys[uav])
        return True

    def search(self, window: Window, uavs: np.ndarray) -> float:
        """Join the best of present and varied paths in a window; returns what is gained."""
        fleet, before = self.fleet, self.cost(window)
        snapshot, surveys = fleet.save(window), {uav: fleet.survey(uav, window, self.lattice(uav, window)) for uav in uavs}
        kick = getattr(self,'kick',False)
        found = [] if kick else [fleet.uav_xy[window.slots, uavs]]
        for _ in range(self.o['P'] - 1):
            some = self.rng.permutation(uavs)
            if self.rng.random()>self.o['pall']: some = some[: self.rng.integers(1, len(uavs) + 1)]
            if self.vary(some, window, surveys, float(self.rng.choice(self.o['noise']))):
                found.append(fleet.uav_xy[window.slots, uavs])
            fleet.restore(snapshot)
        for uav in uavs:
            fleet.remove(uav, window)
        if not found or not (fleet.fly_together(uavs, window, np.stack(found, axis=2)) and (kick or self.cost(window) < before - TIE)):
            fleet.restore(snapshot)
        self.refine(window)
        return before - self.cost(window)

    def construct(self):
        """build from nothing"""
        whole = Window(0, self.instance.slots_count)
        self.fleet = best= Fleet(self.instance)
        surveys = {uav: self.fleet.survey(uav, whole, self.lattice(uav, whole)) for uav in self.movable}
        found = []
        for k in range(self.o['P']):
            self.fleet = Fleet(self.instance)
            self.vary(self.rng.permutation(self.movable), whole, surveys, 0. if k<6 else .2)
            found.append(self.fleet)
        found.sort(key=lambda f: f.total)
        self.fleet = f = found[0]
        paths = np.stack([f.uav_xy for f in found], axis=2)
        us=self.movable[:3]; sn=f.save(whole); b=f.total
        for u in us: f.remove(u,whole)
        f.fly_together(us, whole, paths[:, us])
        if f.total>b: f.restore(sn)
        self.refine(whole)
        
    def random_window(self):
        n = int(self.rng.integers(self.o['wmin'], self.o['wmax'] + 1)); T=self.instance.slots_count
        a = int(self.rng.integers(-n // 2, T - n // 2))
        return Window(max(0, a), min(T, a + n))
