"""Recorded gains of links, and what a slot makes of them."""

from collections.abc import Sequence
from typing import Annotated, Any, NamedTuple, Self

import numpy as np
from pydantic import Field, model_validator

from skyedge.problem.common import (
    Finite,
    InputError,
    NonNegative,
    Strict,
    refuse_if,
)


def slot_of(time_s: Any, slot_s: float) -> Any:
    """Return the number of the slot that each time falls into, as a float: it may be of any size.

    A time at a slot's start belongs to it, even if rounding puts it before.
    """
    return np.floor(time_s / slot_s * (1 + 1e-12))


class GainSample(NamedTuple):
    """The gain of one link at a time; device and server by their indices."""

    time_s: NonNegative
    device: Annotated[int, Field(ge=0)]
    server: Annotated[int, Field(ge=0)]
    gain_db: Finite


class Gains(Strict):
    """Gains of the links between devices and the servers of one kind."""

    name: str  # of the scenario's table
    servers: tuple[str, ...]  # their names
    samples: Annotated[tuple[GainSample, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _complete(self) -> Self:
        refuse_if(
            any(sample.server >= len(self.servers) for sample in self.samples),
            f"samples name a server beyond the {len(self.servers)} that there are",
        )
        return self

    def per_slot(self, needed: np.ndarray, slot_s: float, devices: Sequence[str], servers: Sequence[str]) -> np.ndarray:
        """Return linear gains, shape (T, K, servers): the mean power of the values in a slot.

        A slot without values keeps the gain of the slot before.

        Parameters
        ----------
        needed : bool array (T, K, servers)
            Which links need a gain; others have 0.
        slot_s : float
        devices, servers : sequence of str
            The names behind the axes.

        Raises
        ------
        InputError
            Naming the first link that needs a gain and has none yet.
        """
        total, count = np.zeros(needed.shape), np.zeros(needed.shape)
        time_s, device, server, gain_db = np.array(self.samples).T
        axis = {name: number for number, name in enumerate(servers)}
        column = np.array([axis.get(name, -1) for name in self.servers])[server.astype(int)]
        slot = slot_of(time_s, slot_s)
        held = (slot < len(needed)) & (column >= 0)
        at = slot[held].astype(int), device[held].astype(int), column[held]
        np.add.at(total, at, 10 ** (gain_db[held] / 10))
        np.add.at(count, at, 1)
        slots = np.arange(len(needed))[:, None, None]
        last = np.maximum.accumulate(np.where(count > 0, slots, -1), axis=0)
        missing = np.argwhere(needed & (last < 0))
        if len(missing):
            t, k, j = missing[0]
            raise InputError(
                f"{self.name}: no gain of device {devices[k]!r} and {servers[j]!r} is recorded before "
                f"{(t + 1) * slot_s:g} s, when slot {t} ends: add a row"
            )
        mean = total / np.maximum(count, 1)
        return np.where(needed, np.take_along_axis(mean, np.maximum(last, 0), axis=0), 0.0)
