"""Densities of Gaussians, and of what tanh makes of them."""

import numpy as np
from torch import Tensor, nn

LOG_SQRT_2_PI = 0.5 * float(np.log(2 * np.pi))
LOG_2 = float(np.log(2))


def log_density(raw: Tensor, mean: Tensor, log_std: Tensor) -> Tensor:
    """Return ln N(raw; mean, std) of each coordinate."""
    return -0.5 * ((raw - mean) / log_std.exp()) ** 2 - log_std - LOG_SQRT_2_PI


def squash_correction(raw: Tensor) -> Tensor:
    """Return ln(1 − tanh² raw), stably: what a log-density at tanh(raw) has less than at raw."""
    return 2 * (LOG_2 - raw - nn.functional.softplus(-2 * raw))
