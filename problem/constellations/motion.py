"""A fleet: all satellites of a constellation, whatever moves them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from skyedge.problem.constellations.frames import Earth

KNOT_S = 10.0  # cubic splines over knots this far apart follow a low orbit to a millimetre


@dataclass(frozen=True)
class SatelliteFleet:
    """N satellites over an Earth.

    Attributes
    ----------
    names : tuple of str
    earth : Earth
        On which devices stand.
    links : int array (L, 2)
        Pairs of satellites with a laser link to each other, while the line of sight is clear.
    positions : callable
        Earth-fixed positions [m], shape (T, n, 3), at times (T,) [s] of the satellites with the indices (n,).
    """

    names: tuple[str, ...]
    earth: Earth
    links: np.ndarray
    positions: Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Track:
    """Positions of some satellites as cubic splines, quick to ask for at any time of any one of them."""

    start_s: float
    coefficients: np.ndarray  # (4, knots - 1, n, 3)

    @classmethod
    def of(cls, fleet: SatelliteFleet, satellites: np.ndarray, start_s: float, end_s: float) -> "Track":
        """Follow satellites (indices (n,)) from ``start_s`` to ``end_s`` or a little later."""
        from scipy.interpolate import CubicSpline

        knots = start_s + KNOT_S * np.arange(np.ceil((end_s - start_s) / KNOT_S) + 1)
        return cls(start_s, CubicSpline(knots, fleet.positions(knots, satellites)).c)

    def at(self, time_s: np.ndarray, satellite: np.ndarray) -> np.ndarray:
        """Positions [m], shape (…, 3), of ``satellite``, counted within the track, at ``time_s`` (broadcast)."""
        knot = np.clip((time_s - self.start_s) // KNOT_S, 0, self.coefficients.shape[1] - 1).astype(int)
        after = (time_s - self.start_s - KNOT_S * knot)[..., None]
        cubic, square, linear, constant = (part[knot, satellite] for part in self.coefficients)
        return ((cubic * after + square) * after + linear) * after + constant
