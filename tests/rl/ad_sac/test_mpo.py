"""MPO: temperatures use up their limits, and ℓ improves without leaving its own."""

import torch

from skyedge.rl.ad_sac.mpo import ContinuousStep, DiscreteStep, Temperature
from skyedge.rl.networks.distributions import Gaussian, categorical_kl, gaussian_kl


def descend(parameters, loss, steps=1500, rate=0.02):
    optimizer = torch.optim.Adam(parameters, rate)
    for _ in range(steps):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()


def test_the_dual_finds_the_temperature_at_which_the_e_step_reaches_its_limit():
    torch.manual_seed(0)
    q, prior = torch.randn(50, 6), torch.randn(50, 6).log_softmax(-1)
    temperature = Temperature(limit=0.3)
    descend(temperature.parameters(), lambda: temperature(q, prior)[1].mean())
    weights = temperature(q, prior)[0]
    torch.testing.assert_close(categorical_kl(weights.log(), prior).mean(), torch.tensor(0.3), atol=0.01, rtol=0)


def test_choices_improve_as_far_as_the_limit_allows():
    torch.manual_seed(1)
    q, old = 5 * torch.randn(1, 4, 5), torch.zeros(1, 4, 5).log_softmax(-1)
    logits = torch.zeros(1, 4, 5, requires_grad=True)
    step = DiscreteStep(limit=0.05, e_limit=1.0)
    weight = torch.ones(1, 4)

    def loss():
        return step(q, old, logits.log_softmax(-1), old, weight)

    descend([logits, *step.parameters()], loss)
    new = logits.detach().log_softmax(-1)
    assert ((new.exp() - old.exp()) * q).sum() > 1.0
    torch.testing.assert_close(categorical_kl(old, new).mean(), torch.tensor(0.05), atol=0.01, rtol=0)


def test_a_gaussian_moves_to_better_samples_within_both_limits():
    torch.manual_seed(2)
    old = Gaussian(torch.zeros(1, 1, 2), torch.zeros(1, 1, 2))
    raw = torch.randn(400, 1, 1, 2)
    q = -5 * (raw - 1.0).square().sum(-1)  # best at (1, 1)
    mean, log_std = (torch.zeros(1, 1, 2, requires_grad=True) for _ in range(2))
    step = ContinuousStep(mean_limit=0.02, std_limit=0.01, e_limit=1.0)
    descend([mean, log_std, *step.parameters()], lambda: step(q, raw, Gaussian(mean, log_std), old, torch.ones(1, 1)))
    of_mean, of_deviation = gaussian_kl(old, Gaussian(mean.detach(), log_std.detach()))
    assert (mean > 0.1).all()
    assert (log_std < 0).all()
    torch.testing.assert_close(of_mean.mean(), torch.tensor(0.02), atol=0.005, rtol=0)
    torch.testing.assert_close(of_deviation.mean(), torch.tensor(0.01), atol=0.004, rtol=0)


def test_what_does_not_count_changes_nothing():
    torch.manual_seed(3)
    step = DiscreteStep(limit=0.1, e_limit=0.1)
    q, old = torch.randn(3, 2, 4), torch.zeros(3, 2, 4).log_softmax(-1)
    weight = torch.tensor([[1.0, 0.0]]).expand(3, 2)
    other = torch.where(weight[..., None] > 0, q, torch.randn(3, 2, 4))
    new = torch.randn(3, 2, 4).log_softmax(-1)
    assert step(q, old, new, old, weight) == step(other, old, new, old, weight)
