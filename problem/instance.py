"""An instance as data: the world's constants, T slots of random draws, and the file that holds them.

An :class:`Instance` *is* a batch of T one-slot problems (:class:`Slots`) plus what ties them together, so whatever
works on a batch of slots works on a whole horizon.
"""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np

from skyedge.problem.arrays import CONSTANT_SHAPES, FORECAST_SLOTS, INSTANCE_SHAPES, SLOT_SHAPES, check_arrays, in_use
from skyedge.problem.common import InputError
from skyedge.problem.common.archive import read_archive, write_archive
from skyedge.problem.ephemeris import Ephemeris
from skyedge.problem.scenario.scenario import Scenario

FORMAT = "skyedge-instance-1"
OFF: Any = None  # default of an array of an option of the model, which an instance fills in


@dataclass(frozen=True, kw_only=True, eq=False)
class World:
    """What stays the same over all slots. Shapes: (K,) devices, (M,) UAVs, (N,) satellites, else scalars.

    A ground cloud, if there is one, is the last of the satellites.
    """

    max_power_w: np.ndarray
    uav_altitude_m: np.ndarray
    uav_radius_m: np.ndarray
    uav_speed_mps: np.ndarray
    uav_bandwidth_hz: np.ndarray
    uav_flops: np.ndarray
    uav_flop_per_word: np.ndarray
    uav_compute_w: np.ndarray
    uav_transmit_w: np.ndarray
    uav_accuracy: np.ndarray
    uav_capacity: np.ndarray
    sat_bandwidth_hz: np.ndarray
    sat_flops: np.ndarray
    sat_flop_per_word: np.ndarray
    sat_compute_w: np.ndarray
    sat_transmit_w: np.ndarray
    sat_accuracy: np.ndarray
    sat_capacity: np.ndarray
    area_m: np.ndarray
    slot_s: float
    reference_gain: float
    path_loss_exponent: float
    noise_psd: float
    bits_per_word: float
    isl_rate_bps: float
    isl_power_w: float
    latency_weight: float
    energy_weight: float
    device_energy_weight: float
    unserved_penalty: float
    sat_is_cloud: np.ndarray = OFF  # (N,)
    shared_bandwidth: bool = OFF
    interference: bool = OFF
    uav_battery_j: np.ndarray = OFF  # (M,), 0: not limited
    rotor_blade_w: float = OFF
    rotor_induced_w: float = OFF
    rotor_tip_mps: float = OFF
    rotor_hover_mps: float = OFF
    rotor_drag_kg_per_m: float = OFF

    @property
    def devices(self) -> int:
        """Number of devices K."""
        return len(self.max_power_w)

    @property
    def uavs(self) -> int:
        """Number of UAVs M."""
        return len(self.uav_flops)

    @property
    def satellites(self) -> int:
        """Number of satellites N, a cloud counted with them."""
        return len(self.sat_flops)

    @property
    def clouds(self) -> int:
        """How many of them are a cloud on the ground: 0 or 1."""
        return int(self.sat_is_cloud.sum())

    @property
    def servers(self) -> int:
        """Number of servers M + N: UAVs first, then satellites."""
        return self.uavs + self.satellites

    @property
    def reach_m(self) -> np.ndarray:
        """How far each UAV can move between two slots [m], shape (M,)."""
        return self.uav_speed_mps * self.slot_s

    @cached_property
    def options(self) -> frozenset[str]:
        """Options of the model that are on (see the formulation's Section 12)."""
        on = (name for name in INSTANCE_SHAPES if hasattr(self, name) and in_use(name, getattr(self, name)))
        return frozenset(INSTANCE_SHAPES[name].option for name in on) - {""}

    def per_server(self, name: str) -> np.ndarray:
        """Return ``uav_<name>`` and ``sat_<name>`` one after the other, shape (M+N,)."""
        return np.concatenate([getattr(self, f"uav_{name}"), getattr(self, f"sat_{name}")])

    @cached_property
    def server_capacity(self) -> np.ndarray:
        """Capacity κ of every server, shape (M+N,)."""
        return self.per_server("capacity")

    @cached_property
    def server_accuracy(self) -> np.ndarray:
        """Accuracy A of every server's model, shape (M+N,)."""
        return self.per_server("accuracy")


@dataclass(frozen=True, kw_only=True, eq=False)
class Slots(World):
    """A batch of one-slot problems of one world; ``…`` stands for the shared leading axes, possibly none."""

    device_xy: np.ndarray  # (…, K, 2)
    active: np.ndarray  # (…, K)
    input_bits: np.ndarray  # (…, K)
    output_words: np.ndarray  # (…, K)
    max_latency_s: np.ndarray  # (…, K)
    min_accuracy: np.ndarray  # (…, K)
    uav_fading: np.ndarray  # (…, K, M), |g|² of Eq. (7)
    sat_gain: np.ndarray  # (…, K, N), G_kn of Section 5
    sat_window_s: np.ndarray  # (…, K, N), W of Section 4
    sat_access: np.ndarray  # (…, K, N), −1: unreachable
    isl_hops: np.ndarray  # (…, N, N) [access, executor]
    isl_delay_s: np.ndarray  # (…, N, N) [access, executor]
    device_walk_m: np.ndarray = OFF  # (…, K), how far devices go in the slot

    @property
    def leading(self) -> tuple[int, ...]:
        """The leading axes that all per-slot arrays share."""
        return self.active.shape[:-1]

    def at(self, index: Any) -> "Slots":
        """Return the slots that ``index`` picks from the first leading axis."""
        return self.with_slots({name: getattr(self, name)[index] for name in SLOT_SHAPES})

    @property
    def flattened(self) -> "Slots":
        """These slots with their leading axes merged into one (added, if there is none)."""
        depth = len(self.leading)
        if depth == 1:
            return self
        arrays = {name: getattr(self, name) for name in SLOT_SHAPES}
        count = math.prod(self.leading)
        return self.with_slots({name: value.reshape(count, *value.shape[depth:]) for name, value in arrays.items()})

    def with_slots(self, arrays: dict[str, Any]) -> "Slots":
        """Return slots of the same world with other per-slot arrays."""
        return Slots(**arrays, **{name: getattr(self, name) for name in CONSTANT_SHAPES})


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
            if not np.array_equal(getattr(other, name), getattr(first, name)):
                raise InputError(f"slots 0 and {number} differ in {name}: stack only slots of one scenario")
    return first.with_slots({name: np.stack([getattr(one, name) for one in slots]) for name in SLOT_SHAPES})


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
        return {name: value for name, value in everything.items() if in_use(name, value)}

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
        try:
            scenario = Scenario.from_json(text) if text else None
            return cls(**arrays, scenario=scenario, ephemeris=Ephemeris.of(sky) if sky else None)
        except InputError as error:
            raise InputError(f"{path}: {error}") from None


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
        arrays = {name: getattr(self, name)[:, number] for name in (*SLOT_SHAPES, "arrival_rate")}
        world = {name: getattr(self, name) for name in CONSTANT_SHAPES}
        return Instance(**world, **arrays, uav_start_xy=self.uav_start_xy[number], scenario=self.scenario)


def side_by_side(instances: Sequence[Instance]) -> Horizons:
    """Put instances of one scenario side by side.

    Raises
    ------
    InputError
        If one has no scenario, or another than the first.
    """
    scenario = instances[0].scenario
    for number, other in enumerate(instances):
        if scenario is None or other.scenario != scenario:
            raise InputError(f"instance {number} is not of the first one's scenario: give instances of one scenario")
    assert scenario is not None
    arrays: dict[str, Any] = {name: getattr(instances[0], name) for name in CONSTANT_SHAPES}
    for name in (*SLOT_SHAPES, "arrival_rate"):
        arrays[name] = np.stack([getattr(one, name) for one in instances], axis=1)
    start = np.stack([one.uav_start_xy for one in instances])
    return Horizons(**arrays, uav_start_xy=start, scenario=scenario)


assert set(INSTANCE_SHAPES) | {"scenario", "ephemeris"} == {one.name for one in fields(Instance)}
