"""How a time grows with a size: measurements, a power law through them, and a row of a table."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from scipy import stats

CONFIDENCE = 0.95
LEAST_SIZES = 3  # that a law is fitted to


class Law(NamedTuple):
    """An exponent with its interval."""

    exponent: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.exponent:.2f} ({self.low:.2f} to {self.high:.2f})"


@dataclass
class Growth:
    """Times against a size.

    Attributes
    ----------
    name : str
        Of what was measured.
    sizes : tuple of int
        That were asked for.
    measured : list of (int, float)
        A size and a time of each measurement that came to its end.
    filled : int, optional
        The size at which the time budget was used up: no larger one was tried.
    """

    name: str
    sizes: tuple[int, ...]
    measured: list[tuple[int, float]] = field(default_factory=list)
    filled: int | None = None

    def add(self, size: int, time: float) -> None:
        """Note a measurement."""
        self.measured.append((size, time))

    def median(self, size: int) -> float:
        """The median time of a size; NaN if there is none, or one of its measurements used up the budget."""
        times = [time for one, time in self.measured if one == size]
        return float(np.median(times)) if times and size != self.filled else np.nan

    def law(self, last: int | None = None) -> Law | None:
        """The power law through all sizes that came to their end, or through the last few of them.

        Its exponent is Theil and Sen's, the median slope of all pairs in logarithms: a stray time hardly moves it.
        """
        sizes = sorted({size for size, _ in self.measured if size != self.filled})[-(last or len(self.sizes)) :]
        points = [(size, time) for size, time in self.measured if size in sizes]
        if len(sizes) < LEAST_SIZES:
            return None
        size, time = np.log(points).T
        fit = stats.theilslopes(time, size, CONFIDENCE)
        return Law(float(fit.slope), float(fit.low_slope), float(fit.high_slope))

    def row(self) -> tuple[str, ...]:
        """Name, time at each size, exponent over all sizes, and over the last three."""
        laws = (str(self.law(last) or "–") for last in (None, LEAST_SIZES))
        return (self.name, *map(self._cell, self.sizes), *laws)

    def _cell(self, size: int) -> str:
        return "fills its budget" if size == self.filled else number(self.median(size))


def number(value: float) -> str:
    """A number with three digits that count; a dash for what is not there."""
    if np.isnan(value):
        return "–"
    return f"{value:,.0f}" if value >= 100 else f"{value:#.3g}".rstrip(".")
