"""The best power's parts, one by one: the root behind it, the free optimum, the least power, and the clipping."""

import math

import numpy as np
import pytest
from scipy.special import lambertw

from skyedge.problem.physics.best_power import best_power, least_power, log_growth, unconstrained_power

SERIES_ERROR = 2e-13  # the first term that the series near the branch point leaves out


@pytest.mark.parametrize("ratio", [1e-12, 1e-6, 0.99e-4, 1e-4, 1.01e-4, 1e-3, 0.3, 1.0, 2.0, 50.0, 1e6, 1e200])
def test_the_root_is_one_plus_the_lambert_function(ratio):
    expected = 1 + lambertw((ratio - 1) / math.e).real
    near_the_branch_point = ratio < 1e-2  # where scipy's own cancels
    assert log_growth(ratio) == pytest.approx(expected, rel=1e-13, abs=2e-8 if near_the_branch_point else 0.0)


@pytest.mark.parametrize("v", [0.0, 1e-6, 1e-4, 5e-3, 0.0140, 0.0142, 0.1, 1.0, 3.0, 300.0])
def test_the_root_solves_its_equation(v):
    # e^v (v - 1) + 1 = v²/2 + v³/3 + v⁴/8 + ..., of which nothing cancels
    ratio = sum((n - 1) * v**n / math.factorial(n) for n in range(2, 40)) if v < 3 else math.exp(v) * (v - 1) + 1
    assert log_growth(ratio) == pytest.approx(v, rel=SERIES_ERROR, abs=0.0)


def test_the_free_optimum_has_no_slope():
    snr_per_watt, latency_weight, energy_weight = 40.0, 0.5, 3.0

    def cost(power):
        return (latency_weight + energy_weight * power) / math.log2(1 + snr_per_watt * power)

    best = unconstrained_power(snr_per_watt, latency_weight, energy_weight)
    assert cost(best) < min(cost(best * (1 - 1e-3)), cost(best * (1 + 1e-3)))
    assert cost(best * (1 + 1e-5)) - cost(best * (1 - 1e-5)) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(("snr_per_watt", "energy_weight"), [(40.0, 0.0), (0.0, 3.0), (1e300, 1e-300)])
def test_the_free_optimum_is_infinite_where_energy_counts_for_nothing(snr_per_watt, energy_weight):
    assert unconstrained_power(snr_per_watt, 0.5, energy_weight) == math.inf


def test_the_least_power_uploads_in_time():
    # 6 Mbit over 1 MHz in 2 s are 3 bit/s/Hz, an SNR of 7
    assert least_power(6e6, 1e6, 14.0, 2.0) == pytest.approx(0.5, rel=1e-14)


@pytest.mark.parametrize(("snr_per_watt", "max_uplink_s"), [(14.0, 0.0), (14.0, -1.0), (0.0, 2.0)])
def test_no_power_is_enough_without_time_or_gain(snr_per_watt, max_uplink_s):
    assert least_power(6e6, 1e6, snr_per_watt, max_uplink_s) == math.inf


@pytest.mark.parametrize(("exponent", "finite"), [(699.9, True), (700.1, False)])
def test_powers_that_no_float_can_hold_are_infinite(exponent, finite):
    assert math.isfinite(least_power(exponent / math.log(2), 1.0, 1.0, 1.0)) == finite


# a task of 6 Mbit over 1 MHz at 14 /W, with ω1 = 1 and ω2ρ = 4: its free optimum lies at the root of ratio 14/4
FREE = math.expm1(1 + lambertw((14 / 4 - 1) / math.e).real) / 14


@pytest.mark.parametrize(
    ("max_uplink_s", "max_power_w", "expected"),
    [
        (1e9, 1.0, FREE),
        (1e9, FREE / 2, FREE / 2),
        (2.0, 1.0, 0.5),  # the least power is above the optimum
        (2.0, 0.4, 0.4),  # and above what the device has
        (0.0, 0.4, 0.4),
    ],
)
def test_the_best_power_is_the_free_optimum_within_its_limits(max_uplink_s, max_power_w, expected):
    assert best_power(6e6, 1e6, 14.0, max_uplink_s, max_power_w, 1.0, 4.0) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("factor", [0.5, 0.9, 0.99, 1.01, 1.1, 1.5, 3.0, 10.0])
def test_the_shortcut_to_full_power_takes_none_that_the_optimum_would_not(factor):
    """Full power is returned unasked where the optimum surely lies above it: around the optimum nothing may show."""
    full = factor * FREE
    assert best_power(6e6, 1e6, 14.0, 1e9, full, 1.0, 4.0) == pytest.approx(min(FREE, full), rel=1e-12)


def test_wherever_it_is_taken_the_shortcut_is_right():
    spread = 10 ** np.random.default_rng(0).uniform(-3, 3, (2000, 4))
    bounded = 0
    for snr_per_watt, max_power_w, latency_weight, energy_weight in spread.tolist():
        free = unconstrained_power(snr_per_watt, latency_weight, energy_weight)
        best = best_power(1.0, 1.0, snr_per_watt, math.inf, max_power_w, latency_weight, energy_weight)
        assert best == pytest.approx(min(free, max_power_w), rel=1e-12)
        bounded += free > max_power_w
    assert 500 < bounded < 1500
