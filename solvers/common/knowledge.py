"""What online solvers are told: the truth or, to see how robust they are, channels and forecasts with errors."""

import hashlib
from dataclasses import replace
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from skyedge.problem import Instance
from skyedge.problem.common import Strict

TRUTH = ("uav_fading", "sat_gain", "arrival_rate")  # what errors are made of: each instance has its own


class Knowledge(Strict):
    """How far what online solvers are told is from the truth, on which every decision is scored.

    The errors of an instance follow from its true data. They are the same for all solvers, and a greater
    ``channel_error_db`` scales the same draws.
    """

    channel_error_db: Annotated[float, Field(ge=0, le=60, allow_inf_nan=False)] = 0.0  # standard deviation
    forecast: Literal["exact", "flat", "shuffled"] = "exact"  # flat: the mean; shuffled: other devices' rates
    forecast_factor: Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)] = 1.0  # of all arrival rates

    @property
    def exact(self) -> bool:
        """Whether solvers are told the truth."""
        return self == Knowledge()

    def of(self, instance: Instance) -> Instance:
        """Return an instance as online solvers are told it is; itself if they are told the truth."""
        if self.exact:
            return instance
        return replace(
            instance,
            uav_fading=self._with_error(instance.uav_fading, _stream(instance, "UAV channels")),
            sat_gain=self._with_error(instance.sat_gain, _stream(instance, "satellite channels")),
            arrival_rate=self.forecast_factor * self._forecast(instance),
        )

    def _with_error(self, gain: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return gains with log-normal errors, each link and slot with its own."""
        return gain * 10 ** (self.channel_error_db * rng.standard_normal(gain.shape) / 10)

    def _forecast(self, instance: Instance) -> np.ndarray:
        """Return arrival rates (T + 60, K)."""
        rate = instance.arrival_rate
        if self.forecast == "flat":
            return np.full_like(rate, rate.mean())
        if self.forecast == "shuffled":
            return rate[:, _stream(instance, "devices").permutation(instance.devices)]
        return rate


def _stream(instance: Instance, name: str) -> np.random.Generator:
    """Return the generator of one kind of error of an instance."""
    digest = hashlib.sha256(name.encode())
    for field in TRUTH:
        digest.update(np.ascontiguousarray(getattr(instance, field)).tobytes())
    return np.random.default_rng(np.frombuffer(digest.digest(), np.uint32))
