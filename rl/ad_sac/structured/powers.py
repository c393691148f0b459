"""How powers are chosen in the structured track: by squashed Gaussians, or among a few levels."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from skyedge.rl.ad_sac.mpo import ContinuousStep, DiscreteStep
from skyedge.rl.ad_sac.parts import EntropyWeight, Said, sampled
from skyedge.rl.ad_sac.settings import StructuredSettings
from skyedge.rl.environment.action_views import MultiDiscreteView, power_level
from skyedge.rl.networks.distributions import Gaussian

Judge = Callable[[Tensor], Tensor]  # from levels (S, B, K) to what they are worth, (S, B, K)


class Expected(NamedTuple):
    """Levels (A, B, K) that stand for a policy, their weights (A, B, K) or 1, and its entropy (B, K)."""

    level: Tensor
    weight: Tensor
    entropy: Tensor


class Powers(nn.Module, ABC):
    """A policy's last layer for powers, and the improvement of ℓ's.

    Attributes
    ----------
    width : int
        How many numbers per device a network says for it.
    alpha : EntropyWeight
    """

    width: int
    alpha: EntropyWeight

    @abstractmethod
    def level(self, said: Said) -> Tensor:
        """Return the levels (B, K) that were said."""

    @abstractmethod
    def expected(self, said: Tensor) -> Expected:
        """Return what stands for the policy of numbers (B, K, width), with gradients."""

    @abstractmethod
    def act(self, said: Tensor, deterministic: bool) -> tuple[Said, Tensor]:
        """Return what the policy says, and the levels (B, K) that it means."""

    @abstractmethod
    def improvement(self, judge: Judge, policy: Tensor, new: Tensor, old: Tensor, active: Tensor) -> Tensor:
        """Return the loss of ℓ, given what π, ℓ and the old ℓ say."""


class GaussianPowers(Powers):
    """Levels from −1 to 1."""

    width = 2

    def __init__(self, settings: StructuredSettings) -> None:
        super().__init__()
        self.samples = settings.e_samples
        self.alpha = EntropyWeight(-settings.entropy_c, settings.alpha_c)
        self.step = ContinuousStep(settings.kl_mean, settings.kl_std, settings.e_continuous)

    def level(self, said: Said) -> Tensor:
        """Take levels as they are."""
        return said.level

    def expected(self, said: Tensor) -> Expected:
        """Draw one sample."""
        gaussian = Gaussian.of(said)
        raw = gaussian.sample(1)
        return Expected(raw[..., 0].tanh(), torch.ones(1), -gaussian.log_prob(raw)[0])

    def act(self, said: Tensor, deterministic: bool) -> tuple[Said, Tensor]:
        """Return the mode or a sample."""
        gaussian = Gaussian.of(said)
        level = (gaussian.mean if deterministic else gaussian.sample())[..., 0].tanh()
        return Said(level[:, :0].long(), level), level

    def improvement(self, judge: Judge, policy: Tensor, new: Tensor, old: Tensor, active: Tensor) -> Tensor:
        """Judge samples of the old ℓ and of π."""
        before, half = Gaussian.of(old), self.samples // 2
        with torch.no_grad():
            raw = torch.cat([before.sample(half), Gaussian.of(policy).sample(self.samples - half)])  # (S, B, K, 1)
            q = judge(raw[..., 0].tanh())
        return self.step(q, raw, Gaussian.of(new), before, active)


class LevelPowers(Powers):
    """The shares of full power that the multi-discrete view knows."""

    width = len(MultiDiscreteView.shares)
    levels: Tensor

    def __init__(self, settings: StructuredSettings) -> None:
        super().__init__()
        levels = torch.as_tensor(power_level(np.array(MultiDiscreteView.shares)), dtype=torch.float32)
        self.register_buffer("levels", levels, persistent=False)
        self.alpha = EntropyWeight(settings.entropy_d * float(torch.tensor(float(self.width)).log()), settings.alpha_d)
        self.step = DiscreteStep(settings.kl_discrete, settings.e_discrete)

    def level(self, said: Said) -> Tensor:
        """Look options up: they come last."""
        return self.levels[said.choice[:, said.choice.shape[1] // 2 :]]

    def expected(self, said: Tensor) -> Expected:
        """Take all levels."""
        log_p = said.log_softmax(-1)
        weight = log_p.exp().movedim(-1, 0)
        return Expected(self._all(said), weight, -(log_p.exp() * log_p).sum(-1))

    def act(self, said: Tensor, deterministic: bool) -> tuple[Said, Tensor]:
        """Return the mode or a sample."""
        choice = said.argmax(-1) if deterministic else sampled(said.log_softmax(-1))
        return Said(choice, said[:, :0, 0]), self.levels[choice]

    def improvement(self, judge: Judge, policy: Tensor, new: Tensor, old: Tensor, active: Tensor) -> Tensor:
        """Judge all levels."""
        with torch.no_grad():
            q = judge(self._all(old)).movedim(0, -1)
            log_old = old.log_softmax(-1)
            log_prior = torch.logaddexp(log_old, policy.log_softmax(-1)) - torch.log(torch.tensor(2.0))
        return self.step(q, log_prior, new.log_softmax(-1), log_old, active)

    def _all(self, said: Tensor) -> Tensor:
        return self.levels[:, None, None].expand(-1, *said.shape[:2])
