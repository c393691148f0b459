"""A trace: where devices were, what they asked for, and the gains of their links, recorded instead of drawn."""

from typing import Annotated, Any, NamedTuple, Self

import numpy as np
from pydantic import Field, model_validator

from skyedge.problem.common import (
    NonNegative,
    Positive,
    Share,
    Strict,
    refuse_any,
    refuse_if,
    where_used,
)
from skyedge.problem.recorded.gains import Gains, slot_of


class Fix(NamedTuple):
    """Where a device was at a time."""

    time_s: NonNegative
    x_m: NonNegative
    y_m: NonNegative


class TracedRequest(NamedTuple):
    """What a device, given by its index, asked for at a time."""

    device: Annotated[int, Field(ge=0)]
    time_s: NonNegative
    input_bits: Positive
    output_words: Positive
    max_latency_s: Positive
    min_accuracy: Share


class Trace(Strict):
    """Recorded devices, and of their requests and links what is recorded too."""

    devices: Annotated[tuple[str, ...], Field(min_length=1)]
    fixes: tuple[Annotated[tuple[Fix, ...], Field(min_length=1)], ...]  # of each device, in order of time
    moving: bool  # whether fixes are a track; otherwise devices walk from the only one
    requests: Annotated[tuple[TracedRequest, ...], Field(min_length=1)] | None = None
    uav_fading: Gains | None = where_used()  # |g|² of Eq. (7)
    sat_gain: Gains | None = where_used()  # G of Section 5

    @model_validator(mode="after")
    def _complete(self) -> Self:
        count = len(self.devices)
        refuse_if(len(self.fixes) != count, f"fixes are of {len(self.fixes)} devices: there are {count}")
        samples = [sample for gains in (self.uav_fading, self.sat_gain) if gains for sample in gains.samples]
        for what, entries in (("requests", self.requests or ()), ("gains", samples)):
            beyond = any(entry.device >= count for entry in entries)
            refuse_if(beyond, f"{what} name a device beyond the {count} that there are")
        return self

    def check_fits(self, devices: int, area_m: tuple[float, float], horizon_s: float) -> None:
        """Raise an :class:`InputError` if a scenario of that size cannot hold the trace."""
        outside = (np.array([fix[1:] for fixes in self.fixes for fix in fixes]) > np.array(area_m)).any()
        first_s = min((request.time_s for request in self.requests or ()), default=0.0)
        late = self.requests is not None and first_s >= horizon_s
        refuse_any(
            (devices != len(self.devices), f"devices is {devices}: the trace has {len(self.devices)}"),
            (outside, "area_m leaves devices of the trace outside: make it larger"),
            (late, f"the trace's first request is at {first_s:g} s: the horizon ends at {horizon_s:g} s"),
        )

    def starts(self) -> np.ndarray:
        """Positions of the devices at first, shape (K, 2) [m]."""
        return np.array([fixes[0][1:] for fixes in self.fixes])

    def tracks(self, slots: int, slot_s: float) -> np.ndarray:
        """Positions at the start of each slot, shape (T, K, 2) [m]: straight from fix to fix, still beyond them."""
        time_s = slot_s * np.arange(slots)
        columns = [np.array(fixes).T for fixes in self.fixes]
        return np.stack(
            [np.stack([np.interp(time_s, when, x), np.interp(time_s, when, y)], axis=-1) for when, x, y in columns],
            axis=1,
        )

    def demand(self, slots: int, slot_s: float, forecast_slots: int) -> dict[str, np.ndarray]:
        """Arrays of the requests that fall into the horizon, as an instance holds them.

        Of several requests of a device in a slot the first counts. ``arrival_rate`` is each device's mean.
        """
        shape = (slots, len(self.devices))
        count = np.zeros(shape)
        names = ("input_bits", "output_words", "max_latency_s", "min_accuracy")
        arrays: dict[str, Any] = {name: np.zeros(shape) for name in names}
        for request in sorted(self.requests or (), key=lambda one: one.time_s):
            slot = slot_of(request.time_s, slot_s)
            if slot < slots:
                at = (int(slot), request.device)
                if not count[at]:
                    for name in names:
                        arrays[name][at] = getattr(request, name)
                count[at] += 1
        rate = np.tile(count.mean(axis=0), (slots + forecast_slots, 1))
        return arrays | {"active": count > 0, "arrival_rate": rate}
