"""Maximum a posteriori policy optimisation of the hybrid policy ℓ, Eqs. (51) to (53).

The E-step weighs choices and samples by exp(Q/η), with the temperature η that its dual asks for (Abdolmaleki et al.
2018a). The M-step fits ℓ to the weights, and limits on its divergence from the old ℓ are held by multipliers: one for
the discrete part, and for the continuous part one for means and one for deviations (Abdolmaleki et al. 2018b; hybrid:
Neunert et al. 2020).
"""

import torch
from torch import Tensor, nn

from skyedge.rl.networks.distributions import Gaussian, categorical_kl, gaussian_kl, log_density


class Positive(nn.Module):
    """A learned positive number."""

    def __init__(self, value: float) -> None:
        super().__init__()
        self.raw = nn.Parameter(torch.tensor(value).expm1().log())

    def forward(self) -> Tensor:
        """Return it."""
        return nn.functional.softplus(self.raw) + 1e-6


class KlLimit(nn.Module):
    """Holds a mean divergence below a limit, by a Lagrange multiplier."""

    def __init__(self, limit: float) -> None:
        super().__init__()
        self.limit, self.multiplier = limit, Positive(1.0)

    def forward(self, kl: Tensor) -> Tensor:
        """Return what the policy pays for its divergence, and the multiplier for what the limit has left."""
        multiplier = self.multiplier()
        return multiplier.detach() * kl + multiplier * (self.limit - kl.detach())


class Temperature(nn.Module):
    """η of an E-step: as low as its limit on the divergence from the prior allows."""

    def __init__(self, limit: float, value: float = 0.1) -> None:
        super().__init__()
        self.limit, self.eta = limit, Positive(value)

    def forward(self, q: Tensor, log_prior: Tensor) -> tuple[Tensor, Tensor]:
        """Return weights over the last dimension, and the dual to be minimised over η, (…,)."""
        eta = self.eta()
        score = log_prior + q / eta
        return score.detach().softmax(-1), eta * (self.limit + score.logsumexp(-1))


class DiscreteStep(nn.Module):
    """E- and M-step of branches; exact, since all options can be weighed.

    Parameters
    ----------
    limit : float
        Of the mean divergence of a branch from the old ℓ.
    e_limit : float
        Of the E-step's.
    """

    def __init__(self, limit: float, e_limit: float) -> None:
        super().__init__()
        self.temperature, self.kl_limit = Temperature(e_limit), KlLimit(limit)

    def forward(self, q: Tensor, log_prior: Tensor, log_new: Tensor, log_old: Tensor, weight: Tensor) -> Tensor:
        """Return the loss.

        Parameters
        ----------
        q : tensor (B, n, options)
            Detached.
        log_prior, log_new, log_old : tensors (B, n, options)
            Of what the E-step starts from, of ℓ, and of the old ℓ.
        weight : tensor (B, n)
            How much each branch counts: 0 where nothing was to be decided.
        """
        target, dual = self.temperature(q, log_prior)
        fit = -(target * log_new).sum(-1)
        kl = categorical_kl(log_old, log_new)
        return mean(fit + dual, weight) + self.kl_limit(mean(kl, weight))


class ContinuousStep(nn.Module):
    """E- and M-step of groups of coordinates, on samples.

    Parameters
    ----------
    mean_limit, std_limit : float
        Of the mean divergence of a coordinate from the old ℓ.
    e_limit : float
        Of the E-step's.
    """

    def __init__(self, mean_limit: float, std_limit: float, e_limit: float) -> None:
        super().__init__()
        self.temperature = Temperature(e_limit)
        self.mean_limit, self.std_limit = KlLimit(mean_limit), KlLimit(std_limit)

    def forward(self, q: Tensor, raw: Tensor, new: Gaussian, old: Gaussian, weight: Tensor) -> Tensor:
        """Return the loss.

        Parameters
        ----------
        q : tensor (S, B, G)
            Of the samples, group by group; detached.
        raw : tensor (S, B, G, c)
            The samples before squashing.
        new, old : Gaussian (B, G, c)
            ℓ and the old ℓ.
        weight : tensor (B, G)
            How much each group counts.
        """
        even = torch.full_like(q, 1 / len(q)).log().movedim(0, -1)
        target, dual = self.temperature(q.movedim(0, -1), even)  # (B, G, S)
        fit = log_density(raw, new.mean, old.log_std) + log_density(raw, old.mean, new.log_std)
        fit = -(target * fit.sum(-1).movedim(0, -1)).sum(-1)
        of_mean, of_deviation = (mean(kl.mean(-1), weight) for kl in gaussian_kl(old, new))
        return mean(fit + dual, weight) + self.mean_limit(of_mean) + self.std_limit(of_deviation)


def mean(values: Tensor, weight: Tensor) -> Tensor:
    """Return Σ w x / Σ w."""
    return (values * weight).sum() / weight.sum().clamp(min=1)


def even_mixture(log_p: Tensor, log_q: Tensor) -> Tensor:
    """Return log-probabilities of the even mixture of two policies, from which E-steps over all options start."""
    return torch.logaddexp(log_p, log_q) - torch.log(torch.tensor(2.0))
