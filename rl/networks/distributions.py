"""Distributions of hybrid actions: a categorical one per branch, a squashed Gaussian per coordinate."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

LOG_SQRT_2_PI = 0.5 * float(np.log(2 * np.pi))
LOG_2 = float(np.log(2))


def log_density(raw: Tensor, mean: Tensor, log_std: Tensor) -> Tensor:
    """Return ln N(raw; mean, std) of each coordinate."""
    return -0.5 * ((raw - mean) / log_std.exp()) ** 2 - log_std - LOG_SQRT_2_PI


def squash_correction(raw: Tensor) -> Tensor:
    """Return ln(1 − tanh² raw), stably: what a log-density at tanh(raw) has less than at raw."""
    return 2 * (LOG_2 - raw - nn.functional.softplus(-2 * raw))


def squashed_log_density(raw: Tensor, mean: Tensor, log_std: Tensor) -> Tensor:
    """Return the log-density of tanh of a Gaussian at tanh(raw), of each coordinate."""
    return log_density(raw, mean, log_std) - squash_correction(raw)


LEAST_LOG_STD, GREATEST_LOG_STD = -4.0, 0.5


class Branches(nn.Module):
    """Branches of different lengths side by side: rows are padded up to the longest.

    Parameters
    ----------
    options : sequence of int
        How many options each branch has.
    """

    where: Tensor
    real: Tensor

    def __init__(self, options: Sequence[int]) -> None:
        super().__init__()
        self.total, self.count, longest = sum(options), len(options), max(options, default=1)
        place = torch.arange(longest)
        lengths = torch.tensor(list(options), dtype=torch.long)
        start = lengths.cumsum(0) - lengths
        self.register_buffer("real", place < lengths[:, None], persistent=False)  # (n, longest)
        self.register_buffer("where", torch.where(self.real, start[:, None] + place, 0), persistent=False)

    def pad(self, flat: Tensor) -> Tensor:
        """Return flat rows (B, total) as a table (B, n, longest), 0 where there is no option."""
        return flat[:, self.where] * self.real

    def one_hot(self, choice: Tensor) -> Tensor:
        """Return choices (…, n) as flat rows (…, total) of zeros and ones."""
        hot = nn.functional.one_hot(choice, self.real.shape[1]).to(torch.float32)
        return hot[..., self.real]

    def log_probabilities(self, flat: Tensor) -> Tensor:
        """Return log-probabilities (B, n, longest) of logits (B, total); where there is no option, very low ones."""
        return self.pad(flat).masked_fill(~self.real, -1e9).log_softmax(-1)


class Gaussian(NamedTuple):
    """Means and ln of standard deviations (…, C), before squashing."""

    mean: Tensor
    log_std: Tensor

    @classmethod
    def of(cls, flat: Tensor, log_std: float = -0.5) -> "Gaussian":
        """Take apart what a network says (…, 2C); where it says nothing, deviations are exp(``log_std``)."""
        mean, raw = flat.chunk(2, dim=-1)
        middle, half = (GREATEST_LOG_STD + LEAST_LOG_STD) / 2, (GREATEST_LOG_STD - LEAST_LOG_STD) / 2
        start = torch.atanh(torch.tensor((log_std - middle) / half))
        return cls(mean, middle + half * (raw + start).tanh())

    def sample(self, *counts: int) -> Tensor:
        """Draw values before squashing, (*counts, …, C), reparametrised."""
        return self.mean + self.log_std.exp() * torch.randn(*counts, *self.mean.shape)

    def log_prob(self, raw: Tensor) -> Tensor:
        """Log-density (…,) of tanh(raw), all coordinates together."""
        return squashed_log_density(raw, self.mean, self.log_std).sum(-1)

    def detach(self) -> "Gaussian":
        """Cut the gradient."""
        return Gaussian(self.mean.detach(), self.log_std.detach())


def categorical_kl(log_p: Tensor, log_q: Tensor) -> Tensor:
    """Return KL(p ‖ q) of each branch, (…, n)."""
    return (log_p.exp() * (log_p - log_q)).sum(-1)


def gaussian_kl(old: Gaussian, new: Gaussian) -> tuple[Tensor, Tensor]:
    """Return KL(old ‖ new) of each coordinate in two parts: of the mean, and of the standard deviation.

    The first has the old deviation, the second the old mean: the decoupling of Abdolmaleki et al. 2018b.
    """
    of_mean = 0.5 * ((new.mean - old.mean) / old.log_std.exp()) ** 2
    log_ratio = old.log_std - new.log_std
    of_deviation = 0.5 * ((2 * log_ratio).exp() - 1) - log_ratio
    return of_mean, of_deviation
