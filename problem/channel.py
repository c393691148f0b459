"""Small-scale fading, drawn anew for every link and slot (Section 5 of the formulation)."""

import numpy as np


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
    line_of_sight = np.sqrt(rician_k / (rician_k + 1)) * np.exp(1j * phase)
    return np.abs(line_of_sight + np.sqrt(1 / (rician_k + 1)) * complex_normal(rng, shape)) ** 2


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
    scattered = np.sqrt(2 * scatter) * complex_normal(rng, shape)
    return np.abs(amplitude * np.exp(1j * phase) + scattered) ** 2


def complex_normal(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Draw circular complex Gaussians CN(0, 1)."""
    return (rng.standard_normal(shape) + 1j * rng.standard_normal(shape)) / np.sqrt(2)
