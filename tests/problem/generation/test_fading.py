"""Fading: powers worked out from the same normal and gamma draws, and their distributions."""

import numpy as np
import pytest
from scipy.stats import ks_2samp

from skyedge.problem.generation.fading import rician_power, shadowed_rician_power

SHAPE = (2, 3)


def drawn(amplitude, scatter_power, rng, phased):
    """|A e^{jφ} + Z|² with E|Z|² = the scatter's power, in the order in which skyedge draws."""
    phase = rng.uniform(0, 2 * np.pi, SHAPE) if phased else 0.0
    if phased:
        real, imaginary = rng.standard_normal((2, *SHAPE))
    else:
        real, imaginary = np.moveaxis(rng.standard_normal((*SHAPE, 2)), -1, 0)
    received = amplitude * np.exp(1j * phase) + np.sqrt(scatter_power / 2) * (real + 1j * imaginary)
    return np.abs(received) ** 2


@pytest.mark.parametrize("phased", [True, False])
def test_a_rician_link_adds_scatter_to_its_line_of_sight(phased):
    expected = drawn(np.sqrt(10 / 11), 1 / 11, np.random.default_rng(5), phased)
    assert rician_power(np.random.default_rng(5), SHAPE, 10.0, phased) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("phased", [True, False])
def test_a_shadowed_link_draws_the_power_of_its_line_of_sight(phased):
    rng = np.random.default_rng(6)
    line_of_sight_power = rng.gamma(10.1, 0.835 / 10.1, SHAPE)
    expected = drawn(np.sqrt(line_of_sight_power), 2 * 0.126, rng, phased)
    powers = shadowed_rician_power(np.random.default_rng(6), SHAPE, 0.126, 10.1, 0.835, phased)
    assert powers == pytest.approx(expected, rel=1e-12)


def test_links_have_a_random_phase_unless_told_otherwise():
    rician, shadowed = (10.0,), (0.126, 10.1, 0.835)
    for draw, parameters in ((rician_power, rician), (shadowed_rician_power, shadowed)):
        default, phased = (draw(np.random.default_rng(7), SHAPE, *parameters, *how) for how in ((), (True,)))
        assert np.array_equal(default, phased)


@pytest.mark.parametrize("phased", [True, False])
def test_rician_fading_has_mean_one_and_the_rician_variance(phased):
    power = rician_power(np.random.default_rng(0), (400_000,), 10.0, phased)
    assert power.mean() == pytest.approx(1.0, abs=0.005)
    assert power.var() == pytest.approx((2 * 10 + 1) / 11**2, rel=0.02)  # of a non-central chi-square


@pytest.mark.parametrize("phased", [True, False])
@pytest.mark.parametrize(("b", "m", "omega"), [(0.158, 19.4, 1.29), (0.126, 10.1, 0.835), (0.063, 0.739, 8.97e-4)])
def test_shadowed_rician_fading_has_mean_omega_plus_2b_and_its_variance(b, m, omega, phased):
    power = shadowed_rician_power(np.random.default_rng(1), (400_000,), b, m, omega, phased)
    assert power.mean() == pytest.approx(omega + 2 * b, rel=0.01)
    # Var|A+Z|² = Var A² + 2 E A² E|Z|² + Var|Z|², with A² gamma and |Z|² exponential
    assert power.var() == pytest.approx(omega**2 / m + 2 * omega * 2 * b + (2 * b) ** 2, rel=0.03)


def test_fading_has_the_same_distribution_with_random_phases_and_without():
    draws = {"rician": (rician_power, (10.0,)), "shadowed": (shadowed_rician_power, (0.158, 19.4, 1.29))}
    for name, (draw, parameters) in draws.items():
        phased, unphased = (draw(np.random.default_rng(2), (100_000,), *parameters, which) for which in (True, False))
        assert ks_2samp(phased, unphased).pvalue > 0.05, name
