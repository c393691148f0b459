"""Where routes leave the sky: a gateway on the ground, and the satellite through which it is reached soonest."""

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


def way_down(delay_s: np.ndarray, feeder_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Choose the satellite through which routes leave the sky: that of least delay.

    Parameters
    ----------
    delay_s : array (…, n, N)
        From n satellites to all [s]; inf where there is no route.
    feeder_s : array (…, N)
        From each on to the data centre, see :meth:`Gateway.delay_from`.

    Returns
    -------
    satellite : int array (…, n)
    total_s : array (…, n)
        All the way; inf where there is none.
    """
    total = delay_s + feeder_s[..., None, :]
    satellite = total.argmin(axis=-1)
    return satellite, np.take_along_axis(total, satellite[..., None], axis=-1)[..., 0]
