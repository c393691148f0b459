"""Where routes leave the sky: a gateway on the ground, and the satellite through which it is reached soonest."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from skyedge.problem.constellations.passes import sine_of_elevation
from skyedge.problem.physics.equations import LIGHT_SPEED_MPS


class Gateway(NamedTuple):
    """Where the feeder link comes down, in an Earth-fixed frame, and what it takes from there to the data centre."""

    position_m: np.ndarray  # (3,)
    up: np.ndarray  # (3,), unit vector
    min_elevation: float  # [rad]
    delay_s: float

    def delay_from(self, satellite_m: np.ndarray) -> np.ndarray:
        """Propagation delay [s] from satellites at (…, N, 3) [m] to the data centre; inf from those out of view."""
        seen = sine_of_elevation(self.position_m, self.up, satellite_m) >= np.sin(self.min_elevation)
        slant_m = np.linalg.norm(satellite_m - self.position_m, axis=-1)
        return np.where(seen, slant_m / LIGHT_SPEED_MPS + self.delay_s, np.inf)

    def way_down(
        self, delay_s: np.ndarray, satellite_m: np.ndarray, hops_to: Callable[[np.ndarray], np.ndarray]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Routes from n satellites to the data centre, through the satellite that makes their delay least.

        Parameters
        ----------
        delay_s : array (…, n, N)
            From n satellites to all [s]; inf where there is no route.
        satellite_m : array (…, N, 3)
        hops_to : callable
            Hops from each of the n satellites to one for each, int (…, n).

        Returns
        -------
        hops : int array (…, n)
            The feeder link is one; −1 where there is no route.
        total_s : array (…, n)
            All the way; 0 where there is none.
        """
        total = delay_s + self.delay_from(satellite_m)[..., None, :]
        last = total.argmin(axis=-1)
        total_s = np.take_along_axis(total, last[..., None], axis=-1)[..., 0]
        reached = np.isfinite(total_s)
        return np.where(reached, hops_to(last) + 1, -1), np.where(reached, total_s, 0.0)
