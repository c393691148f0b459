"""Shor's r-algorithm: ascent on a concave function that has kinks, from one supergradient at a time.

N. Z. Shor, *Minimization Methods for Non-Differentiable Functions*, Springer 1985. At a kink the supergradient jumps;
the space is stretched along the jump, step after step, until what was a sharp ridge is round, and the next
supergradient points along it.
"""

import numpy as np
from numba import njit

DILATION = 2.0  # of the space along a jump
SHORTER, LONGER = 0.95, 1.1  # steps, after a line search that ended at once, or that went on
PATIENCE = 2  # points of a line search before its steps grow
TINY = 1e-12  # length of a supergradient that is taken for 0


class SpaceDilation:
    """Where to look next. Ask for ``point``, tell the supergradient there by :meth:`advance`, and so on.

    Parameters
    ----------
    point : array (n,)
        Where to start.
    step : float
        Length of the first step; later ones adapt.
    """

    def __init__(self, point: np.ndarray, step: float) -> None:
        self.point, self.step = point.copy(), step
        self._jumps = np.empty((64, len(point)))  # unit vectors, the first ``_count``: a matrix would be n × n
        self._count = 0
        self._seen: np.ndarray | None = None  # supergradient where the line search began, in the stretched space
        self._direction = np.zeros(len(point))
        self._points = 0  # of this line search

    def advance(self, slope: np.ndarray) -> bool:
        """Move on, given the supergradient at the present point; False where it is a maximum."""
        if self._seen is None or slope @ self._direction <= 0:
            self._turn(slope)
        elif self._points > PATIENCE:
            self.step *= LONGER
        self.point += self.step * self._direction
        self._points += 1
        return bool(self._direction.any())

    def _turn(self, slope: np.ndarray) -> None:
        """Begin a new line search, in the space stretched along the change of the supergradient."""
        seen = slope.astype(float)
        stretch(self._jumps[: self._count], seen)
        if self._seen is not None:
            self._remember(seen - self._seen)
            stretch(self._jumps[self._count - 1 : self._count], seen)
            self.step *= SHORTER if self._points == 1 else 1.0
        length = float(np.linalg.norm(seen))
        self._direction = seen / length if length > TINY else np.zeros(len(seen))
        stretch(self._jumps[: self._count][::-1], self._direction)
        self._seen, self._points = seen, 0

    def _remember(self, jump: np.ndarray) -> None:
        if self._count == len(self._jumps):
            self._jumps = np.concatenate([self._jumps, np.empty_like(self._jumps)])
        self._jumps[self._count] = jump / max(float(np.linalg.norm(jump)), TINY)
        self._count += 1


@njit(cache=True)
def stretch(jumps: np.ndarray, vector: np.ndarray) -> None:
    """Shrink a vector along one unit vector after the other, in place."""
    for r in range(len(jumps)):
        along = 0.0
        for i in range(len(vector)):
            along += jumps[r, i] * vector[i]
        along *= 1 / DILATION - 1
        for i in range(len(vector)):
            vector[i] += along * jumps[r, i]
