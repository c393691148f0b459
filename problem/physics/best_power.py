"""The closed-form best transmit power of one task (Section 8 of the formulation).

Plain functions of numbers: the compiled loops call them, and so can anyone.
"""

import math

MAX_EXPONENT = 700.0  # e^700 is still finite in float64
SERIES_BELOW = 1e-4  # where the root of Lambert's equation is computed from a series, free of cancellation
NEWTON_STEPS = 60  # a handful is enough; the loop ends when the root is reached


def log_growth(ratio: float) -> float:
    """Return the v ≥ 0 with e^v (v − 1) + 1 = a, which is 1 + W0((a − 1)/e), for a ≥ 0.

    Near a = 0, the branch point of W0, a power series in sqrt(2a); else Newton's method, which falls monotonically
    onto the root of this convex function from above.
    """
    if ratio < SERIES_BELOW:
        r = math.sqrt(2 * ratio)
        return r * (1 - r * (1 / 3 - r * (11 / 72 - r * (43 / 540 - r * (769 / 17280 - r * 221 / 8505)))))
    v = min(math.sqrt(2 * ratio), 1 + math.log1p(ratio))
    for _ in range(NEWTON_STEPS):
        growth = math.exp(v)
        step = (v - 1 + (1 - ratio) / growth) / v
        v -= step
        if step <= 1e-15 * v:
            break
    return v


def unconstrained_power(snr_per_watt: float, latency_weight: float, energy_weight: float) -> float:
    """Power [W] at which (ω1 + ω2ρ p) / log2(1 + γp) is least; infinite where energy has no weight.

    Parameters
    ----------
    snr_per_watt : float
        γ [1/W].
    latency_weight, energy_weight : float
        ω1 and ω2ρ.
    """
    if energy_weight == 0 or snr_per_watt == 0:
        return math.inf
    ratio = snr_per_watt * latency_weight / energy_weight
    return math.expm1(log_growth(ratio)) / snr_per_watt if ratio < math.inf else math.inf


def least_power(input_bits: float, bandwidth_hz: float, snr_per_watt: float, max_uplink_s: float) -> float:
    """Power [W] that uploads in exactly θ_max, p_lo = (2^(D/(Bθ)) − 1)/γ; infinite where θ_max ≤ 0.

    Parameters
    ----------
    input_bits, bandwidth_hz, snr_per_watt : float
        D, B and γ.
    max_uplink_s : float
        θ_max: what the latency limit and the window leave for the uplink.
    """
    if not (max_uplink_s > 0 and snr_per_watt > 0):
        return math.inf
    exponent = math.log(2) * input_bits / (bandwidth_hz * max_uplink_s)
    return math.expm1(exponent) / snr_per_watt if exponent < MAX_EXPONENT else math.inf


def best_power(
    input_bits: float,
    bandwidth_hz: float,
    snr_per_watt: float,
    max_uplink_s: float,
    max_power_w: float,
    latency_weight: float,
    energy_weight: float,
) -> float:
    """Power [W] of least cost within [p_lo, p^max]; p^max where even that is too slow.

    The cost falls and then rises in p, so the unconstrained optimum is clipped to what the limits leave.
    """
    # Most links want more than p^max: surely those whose ratio a is above v²e^v/2 >= e^v (v - 1) + 1 at p^max.
    growth = math.log1p(snr_per_watt * max_power_w)
    if energy_weight * (1 + snr_per_watt * max_power_w) * growth**2 / 2 <= snr_per_watt * latency_weight:
        return max_power_w
    lowest = least_power(input_bits, bandwidth_hz, snr_per_watt, max_uplink_s)
    best = unconstrained_power(snr_per_watt, latency_weight, energy_weight)
    return min(max(best, lowest), max_power_w)
