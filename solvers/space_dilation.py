"""Shor's r-algorithm: ascent on a concave function that has kinks, from one supergradient at a time.

N. Z. Shor, *Minimization Methods for Non-Differentiable Functions*, Springer 1985. At a kink the supergradient jumps;
the space is stretched along the jump, step after step, until what was a sharp ridge is round, and the next
supergradient points along it.
"""

import numpy as np

DILATION = 2.0  # of the space along a jump
SHORTER, LONGER = 0.95, 1.1  # steps, after a line search that ended at once, or that went on
PATIENCE = 2  # points of a line search before its steps grow


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
        self._space = np.eye(len(point))
        self._last: np.ndarray | None = None  # supergradient where the line search began
        self._direction = np.zeros(len(point))
        self._points = 0  # of this line search

    def advance(self, slope: np.ndarray) -> bool:
        """Move on, given the supergradient at the present point; False where it is a maximum."""
        if self._last is None or slope @ self._direction <= 0:
            self._turn(slope)
        elif self._points > PATIENCE:
            self.step *= LONGER
        self.point += self.step * self._direction
        self._points += 1
        return bool(self._direction.any())

    def _turn(self, slope: np.ndarray) -> None:
        """Begin a new line search, in the space stretched along the change of the supergradient."""
        if self._last is not None:
            jump = self._space.T @ (slope - self._last)
            jump /= max(float(np.linalg.norm(jump)), 1e-300)
            self._space += (1 / DILATION - 1) * np.outer(self._space @ jump, jump)
            self.step *= SHORTER if self._points == 1 else 1.0
        seen = self._space.T @ slope
        length = float(np.linalg.norm(seen))
        self._direction = self._space @ seen / length if length > 1e-12 else np.zeros(len(slope))
        self._last, self._points = slope, 0
