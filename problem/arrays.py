"""What every array of an instance must look like: axes, type and range, in one table."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from skyedge.problem.common import InputError
from skyedge.problem.physics.rotor import Rotor

AREA_TOLERANCE_M = 1e-6
FORECAST_SLOTS = 60  # arrival rates are public this many slots beyond the horizon
MOST_VALUES = 10**8  # in all arrays of an instance: 0.8 GB


LARGEST = 1e150  # of what an instance holds: the squares of such numbers, and products of two, are finite


class Field(NamedTuple):
    """Axes (letters T, F, K, M, N or a digit), type, and the closed or open range of an array.

    An array of an ``option`` of the model may be left out: it then is ``off`` everywhere, and so is the option.
    """

    axes: str
    kind: type = float
    low: float = -LARGEST
    high: float = LARGEST
    above_low: bool = False  # strictly above ``low``
    option: str = ""
    off: float = 0.0


def _positive(axes: str) -> Field:
    return Field(axes, float, 0.0, above_low=True)


def _nonnegative(axes: str, kind: type = float) -> Field:
    return Field(axes, kind, 0)


def _share(axes: str) -> Field:
    return Field(axes, float, 0.0, 1.0)


CONSTANT_SHAPES = {
    "max_power_w": _nonnegative("K"),
    "uav_altitude_m": _positive("M"),
    "uav_radius_m": _nonnegative("M"),
    "uav_speed_mps": _nonnegative("M"),
    "uav_bandwidth_hz": _positive("M"),
    "uav_flops": _positive("M"),
    "uav_flop_per_word": _nonnegative("M"),
    "uav_compute_w": _nonnegative("M"),
    "uav_transmit_w": _positive("M"),
    "uav_accuracy": _share("M"),
    "uav_capacity": _nonnegative("M", int),
    "sat_bandwidth_hz": _positive("N"),
    "sat_flops": _positive("N"),
    "sat_flop_per_word": _nonnegative("N"),
    "sat_compute_w": _nonnegative("N"),
    "sat_transmit_w": _positive("N"),
    "sat_accuracy": _share("N"),
    "sat_capacity": _nonnegative("N", int),
    "sat_is_cloud": Field("N", bool, option="cloud"),
    "area_m": _positive("2"),
    "slot_s": _positive(""),
    "reference_gain": _positive(""),
    "path_loss_exponent": _nonnegative(""),
    "noise_psd": _positive(""),
    "bits_per_word": _nonnegative(""),
    "isl_rate_bps": _positive(""),
    "isl_power_w": _nonnegative(""),
    "latency_weight": _nonnegative(""),
    "energy_weight": _nonnegative(""),
    "device_energy_weight": _nonnegative(""),
    "unserved_penalty": _nonnegative(""),
    "shared_bandwidth": Field("", bool, option="shared_bandwidth"),
    "interference": Field("", bool, option="interference"),
    "uav_battery_j": Field("M", low=0, option="battery"),
    **{name: Field("", low=0, option="battery", off=value) for name, value in Rotor().constants().items()},
}

SLOT_SHAPES = {
    "device_xy": Field("TK2"),
    "active": Field("TK", bool),
    "input_bits": _nonnegative("TK"),
    "output_words": _nonnegative("TK"),
    "max_latency_s": _nonnegative("TK"),
    "min_accuracy": _share("TK"),
    "uav_fading": _nonnegative("TKM"),
    "sat_gain": _nonnegative("TKN"),
    "sat_window_s": _nonnegative("TKN"),
    "sat_access": Field("TKN", int, -1),
    "isl_hops": Field("TNN", int, -1),
    "isl_delay_s": _nonnegative("TNN"),
    "device_walk_m": Field("TK", float, 0.0, option="device_motion"),
}

INSTANCE_SHAPES = CONSTANT_SHAPES | SLOT_SHAPES | {"uav_start_xy": Field("M2"), "arrival_rate": _nonnegative("FK")}


def in_use(name: str, value: Any) -> bool:
    """Whether an array says something: not if it belongs to an option that is off."""
    field = INSTANCE_SHAPES[name]
    return not field.option or bool(np.any(np.asarray(value) != field.off))


_NUMPY_KINDS = {float: "fiu", int: "iu", bool: "b"}
_NUMPY_TYPES = {float: np.float64, int: np.int64, bool: np.bool_}


def check_arrays(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arrays of an instance in their canonical types, read-only, or name the first that is wrong.

    Parameters
    ----------
    given : mapping
        A value for every name of ``INSTANCE_SHAPES``; None stands for an option that is off.

    Raises
    ------
    InputError
        Naming the array, the offending entry and what it should be.
    """
    slots, devices = _lengths(given, "active", 2)
    sizes = {"T": slots, "F": slots + FORECAST_SLOTS, "K": devices, "2": 2}
    sizes["M"], sizes["N"] = _lengths(given, "uav_flops", 1)[0], _lengths(given, "sat_flops", 1)[0]
    if not (slots and devices and sizes["M"] + sizes["N"]):
        raise InputError("an instance needs at least one slot, one device and one server")
    refuse_oversize(slots, devices, sizes["M"], sizes["N"])
    checked = {name: _canonical(name, given[name], field, sizes) for name, field in INSTANCE_SHAPES.items()}
    _check_together(checked)
    return checked


def refuse_oversize(slots: int, devices: int, uavs: int, satellites: int) -> None:
    """Refuse a world whose arrays would not fit into memory.

    Raises
    ------
    InputError
        If they have more than ``MOST_VALUES`` entries.
    """
    sizes = {"T": slots, "F": slots + FORECAST_SLOTS, "K": devices, "M": uavs, "N": satellites, "2": 2}
    values = sum(math.prod(sizes[axis] for axis in field.axes) for field in INSTANCE_SHAPES.values())
    if values > MOST_VALUES:
        raise InputError(
            f"slots x devices x servers give {values:.1e} numbers, over {MOST_VALUES:.0e}: make the world smaller"
        )


def _lengths(given: Mapping[str, Any], name: str, dimensions: int) -> tuple[int, ...]:
    shape = np.shape(given[name])
    if len(shape) != dimensions:
        raise InputError(f"{name} has shape {shape}: it needs {dimensions} axes")
    return shape


def _canonical(name: str, value: Any, field: Field, sizes: Mapping[str, int]) -> Any:
    expected = tuple(sizes[axis] for axis in field.axes)
    array = np.asarray(np.full(expected, field.off, field.kind) if value is None and field.option else value)
    if array.dtype.kind not in _NUMPY_KINDS[field.kind]:
        raise InputError(f"{name} has type {array.dtype}: it must be {field.kind.__name__}")
    if array.shape != expected:
        raise InputError(f"{name} has shape {array.shape}: it must be {expected}")
    array = np.array(array, dtype=_NUMPY_TYPES[field.kind], order="C")
    wrong = ~np.isfinite(array) | (array < field.low) | (array > field.high)
    if field.above_low:
        wrong |= array == field.low
    refuse_first(wrong, name, array, _range_text(field))
    array.flags.writeable = False
    return array if field.axes else array.item()


def refuse_first(wrong: np.ndarray, name: str, values: np.ndarray, rule: str) -> None:
    """Raise an :class:`InputError` that names the first entry of ``values`` where ``wrong`` holds."""
    if not wrong.any():
        return
    where = np.unravel_index(int(np.argmax(wrong)), wrong.shape)
    place = f"{name}[{', '.join(map(str, where))}]" if where else name
    raise InputError(f"{place} is {values[where]}: it must be {rule}")


def _range_text(field: Field) -> str:
    if field.low == -LARGEST:
        return f"a finite number of at most {LARGEST:g}"
    if field.high < LARGEST:
        return f"between {field.low:g} and {field.high:g}"
    return f"finite and {'above' if field.above_low else 'at least'} {field.low:g}, at most {LARGEST:g}"


def _check_together(arrays: Mapping[str, Any]) -> None:
    """Check what involves several arrays at once."""
    active = arrays["active"]
    for name in ("input_bits", "output_words", "max_latency_s"):
        refuse_first(active & (arrays[name] == 0), name, arrays[name], "above 0 where the device is active")
    start, area = arrays["uav_start_xy"], arrays["area_m"]
    outside = (start < -AREA_TOLERANCE_M) | (start > area + AREA_TOLERANCE_M)
    refuse_first(outside, "uav_start_xy", start, f"inside the area of {area[0]:g} m x {area[1]:g} m")
    access, hops = arrays["sat_access"], arrays["isl_hops"]
    satellites = access.shape[-1]
    refuse_first(access >= satellites, "sat_access", access, f"below the number of satellites, {satellites}")
    for name in ("isl_hops", "isl_delay_s"):
        itself = np.einsum("tnn->tn", arrays[name])
        refuse_first(itself != 0, f"{name} diagonal", itself, "0: a satellite reaches itself without a hop")
    slot = np.arange(len(access))[:, None, None]
    reached = hops[slot, access, np.arange(satellites)] if satellites else access
    refuse_first(
        (access >= 0) & (reached < 0),
        "sat_access",
        access,
        "-1 where isl_hops has no route from it to the satellite",
    )
    cloud, window = arrays["sat_is_cloud"], arrays["sat_window_s"]
    refuse_first(cloud & (np.arange(satellites) < satellites - 1), "sat_is_cloud", cloud, "false but for the last")
    refuse_first(cloud & (window > 0), "sat_window_s", window, "0 for the cloud, which no device sees")
