"""The arrays of a world and of its slots: one annotated table says what each must look like.

An annotation gives the axes, the type and the range of an array. Whoever adds a constant of the world enters it here
and, by the same name, as a field of the scenario; only what is no plain copy of such a field is computed in
:mod:`skyedge.problem.generation.generate`.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, NamedTuple, get_origin, get_type_hints

import numpy as np

from skyedge.problem.physics.rotor import Rotor

AREA_TOLERANCE_M = 1e-6
FORECAST_SLOTS = 60  # arrival rates are public this many slots beyond the horizon
LARGEST = 1e150  # of what an instance holds: the squares of such numbers, and products of two, are finite
OFF: Any = None  # default of an array of an option of the model, which an instance fills in
ROTOR = Rotor().constants()


class Field(NamedTuple):
    """Axes (letters T, F, K, M, N or a digit), type, and the closed or open range of an array.

    An array of an ``option`` of the model may be left out: it then is ``off`` everywhere, and so is the option.
    """

    axes: str = ""
    kind: type = float
    low: float = -LARGEST
    high: float = LARGEST
    above_low: bool = False  # strictly above ``low``
    option: str = ""
    off: float = 0.0

    def in_use(self, value: Any) -> bool:
        """Whether an array says something: not if it belongs to an option that is off."""
        return not self.option or bool(np.any(np.asarray(value) != self.off))


def _positive(axes: str = "") -> Field:
    return Field(axes, low=0.0, above_low=True)


def _nonnegative(axes: str = "", kind: type = float) -> Field:
    return Field(axes, kind, low=0)


def _share(axes: str) -> Field:
    return Field(axes, low=0.0, high=1.0)


def _rotor(name: str) -> Field:
    return Field(low=0, option="battery", off=ROTOR[name])


@dataclass(frozen=True, kw_only=True, eq=False)
class World:
    """What stays the same over all slots. Shapes: (K,) devices, (M,) UAVs, (N,) satellites, else scalars.

    A ground cloud, if there is one, is the last of the satellites.
    """

    max_power_w: Annotated[np.ndarray, _nonnegative("K")]
    uav_altitude_m: Annotated[np.ndarray, _positive("M")]
    uav_radius_m: Annotated[np.ndarray, _nonnegative("M")]
    uav_speed_mps: Annotated[np.ndarray, _nonnegative("M")]
    uav_bandwidth_hz: Annotated[np.ndarray, _positive("M")]
    uav_flops: Annotated[np.ndarray, _positive("M")]
    uav_flop_per_word: Annotated[np.ndarray, _nonnegative("M")]
    uav_compute_w: Annotated[np.ndarray, _nonnegative("M")]
    uav_transmit_w: Annotated[np.ndarray, _positive("M")]
    uav_accuracy: Annotated[np.ndarray, _share("M")]
    uav_capacity: Annotated[np.ndarray, _nonnegative("M", int)]
    sat_bandwidth_hz: Annotated[np.ndarray, _positive("N")]
    sat_flops: Annotated[np.ndarray, _positive("N")]
    sat_flop_per_word: Annotated[np.ndarray, _nonnegative("N")]
    sat_compute_w: Annotated[np.ndarray, _nonnegative("N")]
    sat_transmit_w: Annotated[np.ndarray, _positive("N")]
    sat_accuracy: Annotated[np.ndarray, _share("N")]
    sat_capacity: Annotated[np.ndarray, _nonnegative("N", int)]
    sat_is_cloud: Annotated[np.ndarray, Field("N", bool, option="cloud")] = OFF
    area_m: Annotated[np.ndarray, _positive("2")]
    slot_s: Annotated[float, _positive()]
    reference_gain: Annotated[float, _positive()]
    path_loss_exponent: Annotated[float, _nonnegative()]
    noise_psd: Annotated[float, _positive()]
    bits_per_word: Annotated[float, _nonnegative()]
    isl_rate_bps: Annotated[float, _positive()]
    isl_power_w: Annotated[float, _nonnegative()]
    latency_weight: Annotated[float, _nonnegative()]
    energy_weight: Annotated[float, _nonnegative()]
    device_energy_weight: Annotated[float, _nonnegative()]
    unserved_penalty: Annotated[float, _nonnegative()]
    shared_bandwidth: Annotated[bool, Field(kind=bool, option="shared_bandwidth")] = OFF
    interference: Annotated[bool, Field(kind=bool, option="interference")] = OFF
    uav_battery_j: Annotated[np.ndarray, Field("M", low=0, option="battery")] = OFF  # 0: not limited
    rotor_blade_w: Annotated[float, _rotor("rotor_blade_w")] = OFF
    rotor_induced_w: Annotated[float, _rotor("rotor_induced_w")] = OFF
    rotor_tip_mps: Annotated[float, _rotor("rotor_tip_mps")] = OFF
    rotor_hover_mps: Annotated[float, _rotor("rotor_hover_mps")] = OFF
    rotor_drag_kg_per_m: Annotated[float, _rotor("rotor_drag_kg_per_m")] = OFF

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
        own = ((field, getattr(self, name)) for name, field in INSTANCE_SHAPES.items() if hasattr(self, name))
        return frozenset(field.option for field, value in own if field.in_use(value)) - {""}

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
    """A batch of one-slot problems of one world; shared leading axes, possibly none, stand in the place of T."""

    device_xy: Annotated[np.ndarray, Field("TK2")]
    active: Annotated[np.ndarray, Field("TK", bool)]
    input_bits: Annotated[np.ndarray, _nonnegative("TK")]
    output_words: Annotated[np.ndarray, _nonnegative("TK")]
    max_latency_s: Annotated[np.ndarray, _nonnegative("TK")]
    min_accuracy: Annotated[np.ndarray, _share("TK")]
    uav_fading: Annotated[np.ndarray, _nonnegative("TKM")]  # |g|² of Eq. (7)
    sat_gain: Annotated[np.ndarray, _nonnegative("TKN")]  # G_kn of Section 5
    sat_window_s: Annotated[np.ndarray, _nonnegative("TKN")]  # W of Section 4
    sat_access: Annotated[np.ndarray, Field("TKN", int, -1)]  # −1: unreachable
    isl_hops: Annotated[np.ndarray, Field("TNN", int, -1)]  # [access, executor], −1: no route
    isl_delay_s: Annotated[np.ndarray, _nonnegative("TNN")]  # [access, executor]
    device_walk_m: Annotated[np.ndarray, Field("TK", low=0.0, option="device_motion")] = (
        OFF  # how far devices go in the slot
    )

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


def _fields_of(kind: type[World]) -> dict[str, Field]:
    """Return what the arrays of a class must look like, by their names."""
    hints = get_type_hints(kind, include_extras=True)
    return {name: hint.__metadata__[0] for name, hint in hints.items() if get_origin(hint) is Annotated}


CONSTANT_SHAPES = _fields_of(World)
SLOT_SHAPES = {name: field for name, field in _fields_of(Slots).items() if name not in CONSTANT_SHAPES}
INSTANCE_SHAPES = CONSTANT_SHAPES | SLOT_SHAPES | {"uav_start_xy": Field("M2"), "arrival_rate": _nonnegative("FK")}
