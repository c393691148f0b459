"""Small-scale fading, drawn anew for every link and slot (Section 5 of the formulation)."""

import math

import numpy as np

from problem.compiled import njit

HALF = 1 / math.sqrt(2)  # of the deviation of a complex Gaussian, per axis


def rician_power(rng: np.random.Generator, shape: tuple[int, ...], rician_k: float) -> np.ndarray:
    """Draw |g|² of a Rician link with mean power 1, Eq. (7).

    Parameters
    ----------
    rng : numpy.random.Generator
    shape : tuple of int
    rician_k : float
        K_R, line-of-sight power over scattered power (linear).
    """
    phase = rng.uniform(0, 2 * np.pi, shape)
    line_of_sight = np.broadcast_to(np.sqrt(rician_k / (rician_k + 1)), shape)
    return _received_power(rng, line_of_sight, phase, np.sqrt(1 / (rician_k + 1)))


def shadowed_rician_power(
    rng: np.random.Generator,
    shape: tuple[int, ...],
    scatter: float,
    shadowing: float,
    mean_line_of_sight: float,
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

    References
    ----------
    Abdi, Lau, Alouini and Kaveh, IEEE Trans. Wireless Communications 2(3), 2003.
    """
    amplitude = np.sqrt(rng.gamma(shadowing, mean_line_of_sight / shadowing, shape))
    phase = rng.uniform(0, 2 * np.pi, shape)
    return _received_power(rng, amplitude, phase, np.sqrt(2 * scatter))


def _received_power(rng: np.random.Generator, amplitude: np.ndarray, phase: np.ndarray, spread: float) -> np.ndarray:
    """Draw |A e^{jφ} + s Z|², Z circular complex Gaussians CN(0, 1)."""
    received = np.empty(phase.shape, complex)
    add_scatter(rng, amplitude.reshape(-1), phase.reshape(-1), spread, received.reshape(-1))
    return np.abs(received) ** 2


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
