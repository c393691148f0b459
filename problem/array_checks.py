"""What an instance refuses: arrays of a wrong type, shape or range, and arrays that contradict each other."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from skyedge.problem.arrays import AREA_TOLERANCE_M, FORECAST_SLOTS, INSTANCE_SHAPES, LARGEST, Field
from skyedge.problem.common import (
    InputError,
    refuse_if,
)

MOST_VALUES = 10**8  # in all arrays of an instance: 0.8 GB

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
    uavs, satellites = (_lengths(given, name, 1)[0] for name in ("uav_flops", "sat_flops"))
    refuse_if(
        not (slots and devices and uavs + satellites), "an instance needs at least one slot, one device and one server"
    )
    sizes = refuse_oversize(slots, devices, uavs, satellites)
    checked = {name: _canonical(name, given[name], field, sizes) for name, field in INSTANCE_SHAPES.items()}
    _check_together(checked)
    return checked


def refuse_oversize(slots: int, devices: int, uavs: int, satellites: int) -> dict[str, int]:
    """Return the lengths of the axes, by their letters, or refuse a world whose arrays would not fit into memory.

    Raises
    ------
    InputError
        If they have more than ``MOST_VALUES`` entries.
    """
    sizes = {"T": slots, "F": slots + FORECAST_SLOTS, "K": devices, "M": uavs, "N": satellites, "2": 2}
    values = sum(math.prod(sizes[axis] for axis in field.axes) for field in INSTANCE_SHAPES.values())
    refuse_if(
        values > MOST_VALUES,
        f"slots x devices x servers give {values:.1e} numbers, over {MOST_VALUES:.0e}: make the world smaller",
    )
    return sizes


def _lengths(given: Mapping[str, Any], name: str, dimensions: int) -> tuple[int, ...]:
    shape = np.shape(given[name])
    refuse_if(len(shape) != dimensions, f"{name} has shape {shape}: it needs {dimensions} axes")
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
