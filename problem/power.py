"""The closed-form best transmit power of one task (Section 8 of the formulation)."""

import numpy as np
from scipy.special import lambertw

MAX_EXPONENT = 700.0  # e^700 is still finite in float64
SERIES_BELOW = 1e-4  # where 1 + W0 is computed from its series, free of cancellation


def log_growth(ratio: np.ndarray) -> np.ndarray:
    """Return v = 1 + W0((a − 1)/e), the solution of e^v (v − 1) + 1 = a, for a ≥ 0.

    Near a = 0, the branch point of W0, the argument cancels; there a power series in sqrt(2a) is used.
    """
    root = np.sqrt(2 * np.minimum(ratio, SERIES_BELOW))
    coefficients = (0.0, 1.0, -1 / 3, 11 / 72, -43 / 540, 769 / 17280, -221 / 8505)
    series = np.polynomial.polynomial.polyval(root, coefficients)
    exact = 1 + lambertw((np.maximum(ratio, SERIES_BELOW) - 1) / np.e).real
    return np.where(ratio < SERIES_BELOW, series, exact)


def unconstrained_power(snr_per_watt: np.ndarray, latency_weight: float, energy_weight: float) -> np.ndarray:
    """Power [W] at which (ω1 + ω2ρ p) / log2(1 + γp) is least; infinite where energy has no weight.

    Parameters
    ----------
    snr_per_watt : array
        γ [1/W].
    latency_weight, energy_weight : float
        ω1 and ω2ρ.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratio = snr_per_watt * latency_weight / energy_weight
        power = np.expm1(log_growth(ratio)) / snr_per_watt
    return np.where(np.isfinite(power), power, np.inf)


def least_power(
    input_bits: np.ndarray, bandwidth_hz: np.ndarray, snr_per_watt: np.ndarray, max_uplink_s: np.ndarray
) -> np.ndarray:
    """Power [W] that uploads in exactly θ_max, p_lo = (2^(D/(Bθ)) − 1)/γ; infinite where θ_max ≤ 0.

    Parameters
    ----------
    input_bits, bandwidth_hz, snr_per_watt : array
        D, B and γ.
    max_uplink_s : array
        θ_max: what the latency limit and the window leave for the uplink.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        exponent = np.log(2) * input_bits / (bandwidth_hz * max_uplink_s)
        power = np.expm1(np.minimum(exponent, MAX_EXPONENT)) / snr_per_watt
    return np.where((max_uplink_s > 0) & (exponent < MAX_EXPONENT) & (snr_per_watt > 0), power, np.inf)


def best_power(
    input_bits: np.ndarray,
    bandwidth_hz: np.ndarray,
    snr_per_watt: np.ndarray,
    max_uplink_s: np.ndarray,
    max_power_w: np.ndarray,
    latency_weight: float,
    energy_weight: float,
) -> np.ndarray:
    """Power [W] of least cost within [p_lo, p^max]; p^max where even that is too slow.

    The cost falls and then rises in p, so the unconstrained optimum is clipped to what the limits leave.
    """
    lowest = least_power(input_bits, bandwidth_hz, snr_per_watt, max_uplink_s)
    snr_per_watt, max_power_w = (np.broadcast_to(value, lowest.shape) for value in (snr_per_watt, max_power_w))
    best = max_power_w.copy()
    # Most links want more than p^max, surely so if v²e^v/2 >= e^v (v - 1) + 1 is below the ratio at v = ln(1 + γp^max).
    # Lambert's function, the dear part, is for the others.
    growth = np.log1p(snr_per_watt * max_power_w)
    doubtful = energy_weight * np.exp(growth) * growth**2 / 2 > snr_per_watt * latency_weight
    best[doubtful] = unconstrained_power(snr_per_watt[doubtful], latency_weight, energy_weight)
    return np.clip(best, np.minimum(lowest, max_power_w), max_power_w)
