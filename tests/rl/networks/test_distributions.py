"""Distributions of hybrid actions, against those of torch."""

import torch
from torch.distributions import Categorical, Independent, Normal, TanhTransform, TransformedDistribution, kl_divergence

from skyedge.rl.networks.distributions import Branches, Gaussian, categorical_kl, gaussian_kl

torch.manual_seed(0)


def test_branches_of_different_lengths_stand_side_by_side():
    branches = Branches([2, 3])
    flat = torch.tensor([[1.0, 2.0, 3.0, 4.0, 5.0]])
    assert branches.pad(flat).tolist() == [[[1, 2, 0], [3, 4, 5]]]
    assert branches.one_hot(torch.tensor([[1, 2]])).tolist() == [[0, 1, 0, 0, 1]]
    probabilities = branches.log_probabilities(flat).exp()
    torch.testing.assert_close(probabilities[0, 0], torch.tensor([*torch.tensor([1.0, 2.0]).softmax(0), 0.0]))
    torch.testing.assert_close(probabilities.sum(-1), torch.ones(1, 2))


def test_the_density_is_that_of_a_squashed_gaussian():
    gaussian = Gaussian(torch.randn(5, 3), 0.3 * torch.randn(5, 3))
    raw = gaussian.sample(4)
    theirs = TransformedDistribution(Normal(gaussian.mean, gaussian.log_std.exp()), TanhTransform(cache_size=1))
    expected = Independent(theirs, 1).log_prob(theirs.transforms[0](raw))
    torch.testing.assert_close(gaussian.log_prob(raw), expected, rtol=1e-4, atol=1e-4)


def test_deviations_begin_at_the_same_value_wherever_the_network_says_nothing():
    torch.testing.assert_close(Gaussian.of(torch.zeros(2, 4)).log_std, torch.full((2, 2), -0.5))


def test_divergences_are_those_of_torch():
    old, new = (Gaussian(torch.randn(6, 2), 0.5 * torch.randn(6, 2)) for _ in range(2))
    of_mean, of_deviation = gaussian_kl(old, new)
    same_mean = kl_divergence(Normal(old.mean, old.log_std.exp()), Normal(old.mean, new.log_std.exp()))
    same_deviation = kl_divergence(Normal(old.mean, old.log_std.exp()), Normal(new.mean, old.log_std.exp()))
    torch.testing.assert_close(of_deviation, same_mean)
    torch.testing.assert_close(of_mean, same_deviation)
    p, q = (torch.randn(7, 4).log_softmax(-1) for _ in range(2))
    torch.testing.assert_close(categorical_kl(p, q), kl_divergence(Categorical(logits=p), Categorical(logits=q)))
