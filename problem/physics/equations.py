"""Eqs. (6)-(28), each written once, for any array namespace.

Every function is arithmetic on its arguments plus ``xp.log1p``; ``xp`` is ``numpy``, ``torch`` or
``PyomoArrays`` of the exact model and every argument may be a number, an array or an expression of it.
A UAV is the case of no inter-satellite hop (``hops = 0``, ``delay_s = 0``).

SI units: m, s, W, J, Hz, bit, FLOP; gains are linear power ratios.
"""

import math
from typing import Any, NamedTuple

LIGHT_SPEED_MPS = 299_792_458.0

Array = Any


class Request(NamedTuple):
    """What a task asks for: input bits D, output words L, and bits per output word μ."""

    input_bits: Array
    output_words: Array
    bits_per_word: Array


class Link(NamedTuple):
    """The way from a device to the server that executes its task, and that server.

    ``gain`` is that of the radio link (to the UAV, or to the access satellite a), ``noise_psd`` that at the UAV or
    satellite and ``downlink_noise_psd`` that at the device, ``transmit_w`` the power of the downlink's transmitter,
    ``hops`` and ``delay_s`` those of the inter-satellite route from a to the executor.
    """

    gain: Array
    bandwidth_hz: Array
    noise_psd: Array
    downlink_noise_psd: Array
    transmit_w: Array
    flop_per_word: Array
    flops: Array
    compute_w: Array
    hops: Array
    delay_s: Array
    isl_rate_bps: Array
    isl_power_w: Array


def uav_gain(
    fading: Array,
    squared_distance: Array,
    altitude_m: Array,
    reference_gain: Array,
    path_loss_exponent: Array,
) -> Array:
    """Power gain |h|² of a UAV link, Eq. (6), from |g|² (Eq. 7) and the squared horizontal distance [m²]."""
    return reference_gain * fading * (squared_distance + altitude_m**2) ** (-path_loss_exponent / 2)


def mean_squared_distance(squared_distance: Array, walk_m: Array) -> Array:
    """Mean squared distance over a slot [m²] (Section 12), from that to the middle of a way and its length [m]."""
    return squared_distance + walk_m**2 / 12


def linear(decibel: float) -> float:
    """Ratio of powers that a number of decibels stands for."""
    return float(10 ** (decibel / 10))


def free_space_gain(distance_m: Array, carrier_hz: Array) -> Array:
    """Free-space power gain (λ/4πd)² of a satellite link (Section 5 of the formulation)."""
    return (LIGHT_SPEED_MPS / (4 * math.pi * carrier_hz * distance_m)) ** 2


def snr_per_watt(gain: Array, bandwidth_hz: Array, noise_psd: Array) -> Array:
    """Signal-to-noise ratio per watt of transmit power, γ [1/W]."""
    return gain / (bandwidth_hz * noise_psd)


def rate(xp: Any, power_w: Array, gain: Array, bandwidth_hz: Array, noise_psd: Array) -> Array:
    """Rate of a link [bit/s], Eqs. (8)-(11): B log2(1 + p γ)."""
    return bandwidth_hz * xp.log1p(power_w * snr_per_watt(gain, bandwidth_hz, noise_psd)) / math.log(2)


def transmission_time(bits: Array, rate_bps: Array) -> Array:
    """Time on the air [s]: Eqs. (12), (16) and the radio terms of (20), (25)."""
    return bits / rate_bps


def inference_time(output_words: Array, flop_per_word: Array, flops: Array) -> Array:
    """Inference time [s], Eqs. (14) and (23)."""
    return output_words * flop_per_word / flops


def isl_busy_time(bits: Array, hops: Array, isl_rate_bps: Array) -> Array:
    """Time that inter-satellite links transmit [s]: one transmission per hop, Eqs. (20), (22), (25), (26)."""
    return hops * bits / isl_rate_bps


def on_shared_air(link: Link, split: Array, uplink_w: Array, downlink_w: Array) -> Link:
    """Return the link of a task that has one part of a band, under interference: Eqs. (S1), (I3).

    Parameters
    ----------
    link : Link
        With the whole band, and noise alone.
    split : array
        Into how many equal parts the band is split.
    uplink_w, downlink_w : array
        Interference over the whole band, at the UAV or satellite and at the device [W].
    """
    return Link(
        gain=link.gain,
        bandwidth_hz=link.bandwidth_hz / split,
        noise_psd=link.noise_psd + uplink_w / link.bandwidth_hz,
        downlink_noise_psd=link.downlink_noise_psd + downlink_w / link.bandwidth_hz,
        transmit_w=link.transmit_w,
        flop_per_word=link.flop_per_word,
        flops=link.flops,
        compute_w=link.compute_w,
        hops=link.hops,
        delay_s=link.delay_s,
        isl_rate_bps=link.isl_rate_bps,
        isl_power_w=link.isl_power_w,
    )


def uplink_time(xp: Any, request: Request, link: Link, power_w: Array) -> Array:
    """Uplink time D/R [s], Eq. (12) and the radio term of Eq. (20)."""
    uplink_rate = rate(xp, power_w, link.gain, link.bandwidth_hz, link.noise_psd)
    return transmission_time(request.input_bits, uplink_rate)


def downlink_time(xp: Any, request: Request, link: Link) -> Array:
    """Downlink time μL/R [s], Eq. (16) and the radio term of Eq. (25)."""
    downlink_rate = rate(xp, link.transmit_w, link.gain, link.bandwidth_hz, link.downlink_noise_psd)
    return transmission_time(request.output_words * request.bits_per_word, downlink_rate)


class Fixed(NamedTuple):
    """Latency [s] and energy [J] of a task that its device's power does not change."""

    time_s: Array
    energy_j: Array


def fixed_part(xp: Any, request: Request, link: Link) -> Fixed:
    """All but the uplink: inference, downlink, and both ways over inter-satellite links.

    Latency (14) + (16) or (23) + (25) and the ISL terms of (20); energy (15) + (17) or (24) + (26) and the ISL
    term of (22).
    """
    compute_s = inference_time(request.output_words, link.flop_per_word, link.flops)
    radio_s = downlink_time(xp, request, link)
    bits = request.input_bits + request.output_words * request.bits_per_word
    isl_s = isl_busy_time(bits, link.hops, link.isl_rate_bps)
    return Fixed(
        compute_s + radio_s + isl_s + 2 * link.delay_s,
        link.compute_w * compute_s + link.transmit_w * radio_s + link.isl_power_w * isl_s,
    )


def latency(uplink_time_s: Array, fixed_time_s: Array) -> Array:
    """Latency of a task [s], Eqs. (18), (27), (29)."""
    return uplink_time_s + fixed_time_s


def energy(power_w: Array, uplink_time_s: Array, fixed_energy_j: Array, device_weight: Array = 1.0) -> Array:
    """Energy of a task [J], Eqs. (13), (19), (22), (28), (30), the device's share weighted by ρ."""
    return device_weight * power_w * uplink_time_s + fixed_energy_j


def propulsion_power(
    speed_mps: Array, blade_w: Array, induced_w: Array, tip_mps: Array, hover_mps: Array, drag_kg_per_m: Array
) -> Array:
    """Propulsion power of a rotary-wing UAV [W] at a speed, Eq. (B1): blade profile, induced, parasite."""
    ratio = speed_mps**2 / (2 * hover_mps**2)
    inflow = ((1 + ratio**2) ** 0.5 + ratio) ** -0.5  # = (sqrt(1 + ratio²) − ratio)^½, without cancellation
    return blade_w * (1 + 3 * speed_mps**2 / tip_mps**2) + induced_w * inflow + drag_kg_per_m * speed_mps**3


def task_cost(latency_weight: Array, energy_weight: Array, latency_s: Array, weighted_energy_j: Array) -> Array:
    """The served term of the objective, ω1 T + ω2 E, Eq. (31)."""
    return latency_weight * latency_s + energy_weight * weighted_energy_j
