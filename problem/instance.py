"""An instance as data: T slots of random draws in one world, and the file that holds them.

An :class:`Instance` *is* a batch of T one-slot problems (:class:`Slots`) plus what ties them together, so whatever
works on a batch of slots works on a whole horizon.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np

from skyedge.problem.array_checks import check_arrays
from skyedge.problem.arrays import CONSTANT_SHAPES, FORECAST_SLOTS, INSTANCE_SHAPES, SLOT_SHAPES, Slots
from skyedge.problem.common import (
    located,
    read_archive,
    refuse_if,
    required,
    write_archive,
)
from skyedge.problem.ephemeris import Ephemeris
from skyedge.problem.scenario.scenario import Scenario

FORMAT = "skyedge-instance-1"
OVER_SLOTS = (*SLOT_SHAPES, "arrival_rate")  # arrays whose first axis counts slots


def stack(slots: Sequence[Slots]) -> Slots:
    """Stack one-slot problems of one world along a new leading axis.

    Parameters
    ----------
    slots : sequence of Slots
        B slots with equal leading axes.

    Raises
    ------
    InputError
        If they are not slots of the same world (other sizes or constants).
    """
    first = slots[0]
    for number, other in enumerate(slots[1:], start=1):
        for name in CONSTANT_SHAPES:
            refuse_if(
                not np.array_equal(getattr(other, name), getattr(first, name)),
                f"slots 0 and {number} differ in {name}: stack only slots of one scenario",
            )
    return first.with_slots({name: np.stack([getattr(slot, name) for slot in slots]) for name in SLOT_SHAPES})


@dataclass(frozen=True, kw_only=True, eq=False)
class Instance(Slots):
    """One horizon of T slots: everything random is drawn, so scoring a decision on it is deterministic.

    Arrays are float64 (integers int64, ``active`` bool), checked and read-only.

    Raises
    ------
    InputError
        If an array has a wrong shape or type, a NaN, or a value out of its range.
    """

    uav_start_xy: np.ndarray  # (M, 2)
    arrival_rate: np.ndarray  # (T + FORECAST_SLOTS, K)
    scenario: Scenario | None = None
    ephemeris: Ephemeris | None = None  # of a constellation's satellites

    def __post_init__(self) -> None:
        given = {name: getattr(self, name) for name in INSTANCE_SHAPES}
        for name, value in check_arrays(given).items():
            object.__setattr__(self, name, value)
        if self.ephemeris is not None:
            self.ephemeris.check(self.slots_count, self.satellites - self.clouds)

    @property
    def slots_count(self) -> int:
        """Number of slots T."""
        return len(self.active)

    def window(self, first: int, end: int, uav_start_xy: np.ndarray) -> "Instance":
        """Return some of the slots as an instance of their own, of no scenario.

        Parameters
        ----------
        first, end : int
            The first slot, and the one after the last.
        uav_start_xy : array (M, 2)
            Positions before slot ``first`` [m].
        """
        slots = {name: getattr(self, name)[first:end] for name in SLOT_SHAPES}
        rates = self.arrival_rate[first : end + FORECAST_SLOTS]
        return replace(self, **slots, uav_start_xy=uav_start_xy, arrival_rate=rates, scenario=None, ephemeris=None)

    @cached_property
    def id(self) -> str:
        """Content hash (SHA-256) of every array and of the scenario."""
        digest = hashlib.sha256(FORMAT.encode())
        for name, value in sorted(self.arrays().items()):
            digest.update(f"{name}{value.dtype.str}{value.shape}".encode())
            digest.update(np.ascontiguousarray(value).tobytes())
        digest.update(self._scenario_json().encode())
        return digest.hexdigest()

    def arrays(self) -> dict[str, np.ndarray]:
        """Return every array by its name, without those of options that are off."""
        everything = {name: np.asarray(getattr(self, name)) for name in INSTANCE_SHAPES}
        return {name: value for name, value in everything.items() if INSTANCE_SHAPES[name].in_use(value)}

    def _scenario_json(self) -> str:
        return "" if self.scenario is None else self.scenario.model_dump_json()

    def save(self, path: str | Path) -> None:
        """Write the instance to an ``.npz`` file, in one step: a reader never sees half of it."""
        sky = self.ephemeris.arrays() if self.ephemeris else {}
        write_archive(path, FORMAT, self.arrays() | sky | {"scenario": np.array(self._scenario_json())})

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read an instance that :meth:`save` wrote.

        Raises
        ------
        InputError
            If the file is missing, damaged, foreign, or holds values that an instance cannot have.
        """
        of_options = {name for name, field in INSTANCE_SHAPES.items() if field.option}
        of_sky = Ephemeris.names_in_files()
        names = {*INSTANCE_SHAPES, "scenario"} - of_options
        arrays: dict[str, Any] = read_archive(path, FORMAT, names, of_sky, *({name} for name in of_options))
        text = str(arrays.pop("scenario"))
        sky = {name: arrays.pop(name) for name in of_sky & set(arrays)}
        with located(path):
            scenario = Scenario.from_json(text) if text else None
            return cls(**arrays, scenario=scenario, ephemeris=Ephemeris.of(sky) if sky else None)


@dataclass(frozen=True, kw_only=True, eq=False)
class Horizons(Slots):
    """B horizons of one scenario. Leading axes (T, B): slot t of all of them is one block of memory.

    Its arrays become read-only, but are spared the checks of an :class:`Instance`.
    """

    uav_start_xy: np.ndarray  # (B, M, 2)
    arrival_rate: np.ndarray  # (T + FORECAST_SLOTS, B, K)
    scenario: Scenario

    def __post_init__(self) -> None:
        for value in vars(self).values():
            if isinstance(value, np.ndarray):
                value.flags.writeable = False

    def instance(self, number: int) -> Instance:
        """Return one of them as an instance."""
        arrays = {name: getattr(self, name)[:, number] for name in OVER_SLOTS}
        world = {name: getattr(self, name) for name in CONSTANT_SHAPES}
        return Instance(**world, **arrays, uav_start_xy=self.uav_start_xy[number], scenario=self.scenario)


def side_by_side(instances: Sequence[Instance]) -> Horizons:
    """Put instances of one scenario side by side.

    Raises
    ------
    InputError
        If one has no scenario, or another than the first.
    """
    wrong = "instance {} is not of the first one's scenario: give instances of one scenario"
    scenario = required(instances[0].scenario, wrong.format(0))
    for number, other in enumerate(instances):
        refuse_if(other.scenario != scenario, wrong.format(number))
    world: dict[str, Any] = {name: getattr(instances[0], name) for name in CONSTANT_SHAPES}
    arrays: dict[str, Any] = {
        name: np.stack([getattr(other, name) for other in instances], axis=1) for name in OVER_SLOTS
    }
    start = np.stack([other.uav_start_xy for other in instances])
    return Horizons(**world, **arrays, uav_start_xy=start, scenario=scenario)


assert set(INSTANCE_SHAPES) | {"scenario", "ephemeris"} == {field.name for field in fields(Instance)}
