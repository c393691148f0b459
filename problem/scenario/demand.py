"""Special demand: zones that take turns, a sea lane, payloads with a long tail."""

from typing import Annotated

import numpy as np
from pydantic import Field

from skyedge.problem.common import NonNegative, Positive, Share, Strict


class Hotspot(Strict):
    """Demand that moves between zones: opposite zones are hot together, and the two pairs take turns.

    Zones stand on the diagonals around the area's centre; device k lives in zone k mod 4.
    """

    offset_m: NonNegative = 130.0  # of a zone's centre from the area's, per axis
    jitter_m: NonNegative = 30.0  # the centre is drawn within ± this, per axis
    spread_m: NonNegative = 60.0  # standard deviation of a device's start around its zone, per axis
    period_slots: Annotated[int, Field(ge=1, le=10**9)] = 10  # how long a pair stays hot
    quiet_factor: Share = 0.15  # arrival rate outside hot zones, as a share of the device's own


class Lane(Strict):
    """Vessels on a lane along the area's middle: even ones sail east, odd ones west, each at a speed of its own.

    The mean of the speeds is the scenario's ``device_speed_mps``. Courses end inside the area where it is long enough.
    """

    separation_m: NonNegative  # between the middles of the two directions
    spread_m: NonNegative  # standard deviation of a vessel's place across its direction
    speed_spread_mps: NonNegative  # standard deviation of the speeds

    def drawn(
        self,
        rng: np.random.Generator,
        shape: tuple[int, ...],
        area_m: np.ndarray,
        speed_mps: float,
        duration_s: float,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Draw starts [m] and velocities [m/s], each of shape (…, K, 2).

        Parameters
        ----------
        rng : numpy.random.Generator
        shape : tuple of int
            (…, K)
        area_m : array (2,)
        speed_mps : float
            Mean of the speeds.
        duration_s : float
            From the first slot to the last.
        """
        eastbound = np.broadcast_to(np.arange(shape[-1]) % 2 == 0, shape)
        speed = np.maximum(speed_mps + self.speed_spread_mps * rng.standard_normal(shape), 0)
        sailed = rng.random(shape) * np.maximum(area_m[0] - speed * duration_s, 0)
        across = self.spread_m * rng.standard_normal(shape) - np.where(eastbound, 0.5, -0.5) * self.separation_m
        x_m, y_m = np.where(eastbound, sailed, area_m[0] - sailed), np.clip(area_m[1] / 2 + across, 0, area_m[1])
        velocity = np.stack([np.where(eastbound, speed, -speed), np.zeros(shape)], axis=-1)
        return np.stack([x_m, y_m], axis=-1), velocity


class LogNormal(Strict):
    """A log-normal distribution of input sizes."""

    mean_bits: Positive
    sigma: NonNegative  # standard deviation of the logarithm

    def drawn(self, rng: np.random.Generator, shape: int | tuple[int, ...]) -> np.ndarray:
        """Draw sizes [bit]."""
        return rng.lognormal(np.log(self.mean_bits) - self.sigma**2 / 2, self.sigma, shape)
