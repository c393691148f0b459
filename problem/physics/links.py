"""From an instance's arrays to the physics of single tasks: gathers, no formulas.

Slots have exactly one leading axis here (see ``Slots.flattened``). Indices are arrays that
broadcast or, in compiled loops, numbers.
"""

from typing import Any

import numpy as np

from skyedge.problem.physics.equations import Array, Link, Request, mean_squared_distance, uav_gain

TOLERANCE = 1e-9  # relative, on C2-C5 and on powers


def request_of(slots: Any, t: Array, k: Array) -> Request:
    """Return the requests of tasks (t, k)."""
    return Request(slots.input_bits[t, k], slots.output_words[t, k], slots.bits_per_word)


def uav_link(slots: Any, t: Array, k: Array, m: Array, squared_distance: Array) -> Link:
    """Return the links of tasks (t, k) to UAVs m at squared horizontal distances [m²]."""
    return Link(
        gain=uav_gain(
            slots.uav_fading[t, k, m],
            mean_squared_distance(squared_distance, slots.device_walk_m[t, k]),
            slots.uav_altitude_m[m],
            slots.reference_gain,
            slots.path_loss_exponent,
        ),
        bandwidth_hz=slots.uav_bandwidth_hz[m],
        noise_psd=slots.noise_psd,
        downlink_noise_psd=slots.noise_psd,
        transmit_w=slots.uav_transmit_w[m],
        flop_per_word=slots.uav_flop_per_word[m],
        flops=slots.uav_flops[m],
        compute_w=slots.uav_compute_w[m],
        hops=0,
        delay_s=0.0,
        isl_rate_bps=slots.isl_rate_bps,
        isl_power_w=slots.isl_power_w,
    )


def satellite_link(slots: Any, t: Array, k: Array, n: Array, access: Array) -> Link:
    """Return the links of tasks (t, k) executed on satellites n through reachable ``access`` satellites."""
    return Link(
        gain=slots.sat_gain[t, k, access],
        bandwidth_hz=slots.sat_bandwidth_hz[access],
        noise_psd=slots.noise_psd,
        downlink_noise_psd=slots.noise_psd,
        transmit_w=slots.sat_transmit_w[access],
        flop_per_word=slots.sat_flop_per_word[n],
        flops=slots.sat_flops[n],
        compute_w=slots.sat_compute_w[n],
        hops=slots.isl_hops[t, access, n],
        delay_s=slots.isl_delay_s[t, access, n],
        isl_rate_bps=slots.isl_rate_bps,
        isl_power_w=slots.isl_power_w,
    )


def squared_distance(slots: Any, t: Array, k: Array, m: Array, uav_xy: Array) -> Array:
    """Squared horizontal distance [m²] of device (t, k) to UAV m, which are at positions (M, 2)."""
    dx = slots.device_xy[t, k, 0] - uav_xy[m, 0]
    dy = slots.device_xy[t, k, 1] - uav_xy[m, 1]
    return dx * dx + dy * dy


def squared_distances(device_xy: Array, uav_xy: Array) -> Array:
    """Squared horizontal distances [m²], shape (…, K, M), of devices (…, K, 2) to UAVs (…, M, 2)."""
    dx = device_xy[..., :, None, 0] - uav_xy[..., None, :, 0]
    dy = device_xy[..., :, None, 1] - uav_xy[..., None, :, 1]
    return dx * dx + dy * dy  # three times as fast as a dot product along so short an axis


def covered(squared_distance: Array, radius_m: Array, walk_m: Array) -> Array:
    """Whether a UAV covers all of a device's way through the slot, given its middle and length (C3, in tolerance)."""
    return np.sqrt(squared_distance) + walk_m / 2 <= radius_m * (1 + TOLERANCE)


def accurate(accuracy: Array, min_accuracy: Array) -> Array:
    """Whether a model is accurate enough (C2, within tolerance)."""
    return accuracy >= min_accuracy * (1 - TOLERANCE)


def in_time(latency_s: Array, limit_s: Array) -> Array:
    """Whether a latency keeps a limit (C4 and C5, within tolerance)."""
    return latency_s <= limit_s * (1 + TOLERANCE)
