"""Small-scale fading, drawn anew for every link and slot (Section 5 of the formulation)."""

import math

import numpy as np

from skyedge.problem.physics.compiled import njit

HALF = 1 / math.sqrt(2)  # of the deviation of a complex Gaussian, per axis


def rician_power(rng: np.random.Generator, shape: tuple[int, ...], rician_k: float, phased: bool = True) -> np.ndarray:
    """Draw |g|² of a Rician link with mean power 1, Eq. (7).

    Parameters
    ----------
    rng : numpy.random.Generator
    shape : tuple of int
    rician_k : float
        K_R, line-of-sight power over scattered power (linear).
    phased : bool
        See :func:`shadowed_rician_power`.
    """
    line_of_sight = np.full(shape, np.sqrt(rician_k / (rician_k + 1)))
    return _received_power(rng, line_of_sight, np.sqrt(1 / (rician_k + 1)), phased)


def shadowed_rician_power(
    rng: np.random.Generator,
    shape: tuple[int, ...],
    scatter: float,
    shadowing: float,
    mean_line_of_sight: float,
    phased: bool = True,
) -> np.ndarray:
    """Draw |h|² of a shadowed-Rician link; its mean power is Ω + 2b.

    Parameters
    ----------
    rng : numpy.random.Generator
    shape : tuple of int
    scatter : float
        b, half the mean power of the scattered part.
    shadowing : float
        m_s, the Nakagami parameter of the line of sight.
    mean_line_of_sight : float
        Ω, the mean power of the line of sight.
    phased : bool
        Whether the line of sight has a random phase, as in every instance ever drawn. Without it powers have the
        same distribution, because the scatter has no direction of its own, and are drawn in half the time.

    References
    ----------
    Abdi, Lau, Alouini and Kaveh, IEEE Trans. Wireless Communications 2(3), 2003.
    """
    amplitude = np.sqrt(rng.gamma(shadowing, mean_line_of_sight / shadowing, shape))
    return _received_power(rng, amplitude, np.sqrt(2 * scatter), phased)


def _received_power(rng: np.random.Generator, amplitude: np.ndarray, spread: float, phased: bool) -> np.ndarray:
    """Draw |A e^{jφ} + s Z|², Z circular complex Gaussians CN(0, 1), with random phases φ or with φ = 0."""
    if not phased:
        power = np.empty(amplitude.shape)
        draw_power(rng, amplitude.reshape(-1), spread, power.reshape(-1))
        return power
    phase = rng.uniform(0, 2 * np.pi, amplitude.shape)
    received = np.empty(amplitude.shape, complex)
    add_scatter(rng, amplitude.reshape(-1), phase.reshape(-1), spread, received.reshape(-1))
    return np.abs(received) ** 2


@njit
def draw_power(rng: np.random.Generator, amplitude: np.ndarray, spread: float, power: np.ndarray) -> None:
    """Fill in the power of A plus complex Gaussians of a standard deviation per axis."""
    for i in range(len(power)):
        along = amplitude[i] + spread * HALF * rng.standard_normal()
        across = spread * HALF * rng.standard_normal()
        power[i] = along * along + across * across


@njit
def add_scatter(
    rng: np.random.Generator, amplitude: np.ndarray, phase: np.ndarray, spread: float, received: np.ndarray
) -> None:
    """Fill in A e^{jφ} plus complex Gaussians of a standard deviation per axis; all real parts are drawn first."""
    for i in range(len(phase)):
        received[i] = rng.standard_normal()
    for i in range(len(phase)):
        real = amplitude[i] * math.cos(phase[i]) + spread * (received[i].real * HALF)
        received[i] = complex(real, amplitude[i] * math.sin(phase[i]) + spread * (rng.standard_normal() * HALF))
