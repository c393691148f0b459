"""Moves by the continuous agent: displacements of UAVs, before squashing by tanh."""

import torch
from torch import Tensor, nn

from problem import Scenario
from rl.ad_sac.agents import EntropyWeight, Said
from rl.ad_sac.factors import Gaussian
from rl.ad_sac.mover import Mover
from rl.ad_sac.mpo import ContinuousStep
from rl.ad_sac.settings import StructuredSettings
from rl.networks import MOVES

LOG_STD = -1.2  # of moves, at first
SPREADS = (1.2, 0.4, 0.2)  # how far each round of a decision looks around ℓ's mean
LEARNING_SPREAD = 0.6  # the same, while learning


class GaussianMover(Mover):
    """Q_c, V_c, π_c and ℓ's moves."""

    branches = 0

    def __init__(self, scenario: Scenario, settings: StructuredSettings) -> None:
        super().__init__(scenario, settings, MOVES._replace(uav=4))  # means and deviations
        self.coordinates = 2 * scenario.uavs
        self.alpha = EntropyWeight(-settings.entropy_c * 2, settings.alpha_c)
        self.step = ContinuousStep(settings.kl_mean, settings.kl_std, settings.e_moves)

    def moves(self, said: Said) -> Tensor:
        """Take the first levels as they are."""
        return said.level[:, : self.coordinates].unflatten(1, (-1, 2))

    def drawn(self, observation: Tensor) -> Tensor:
        """Draw and squash."""
        return self._gaussian(self.before, observation).sample().tanh()

    def improvement(self, observation: Tensor) -> dict[str, Tensor]:
        """Judge samples of the old ℓ and of π."""
        samples = self.settings.e_samples
        policy = self._gaussian(self.policy, observation)
        with torch.no_grad():
            old = self._gaussian(self.before, observation)
            half = samples // 2
            raw = torch.cat([old.sample(half), policy.sample(samples - half)])  # (S, B, M, 2)
            q = self.judge_each(observation, old.sample().tanh(), raw.tanh())
        log_pi = policy.log_prob(raw[half:])
        gain = q[half:] - self.alpha() * log_pi.detach()
        losses = {
            "pi_c": -(log_pi * (gain - gain.mean(0))).mean(),
            "alpha_c": self.alpha.loss(-log_pi.mean()),
        }
        if self.settings.hybrid_policy:
            new = self._gaussian(self.hybrid, observation)
            losses["l_c"] = self.step(q, raw, new, old, torch.ones(q.shape[1:]))
        return losses

    def act(self, observation: Tensor, deterministic: bool) -> Said:
        """Choose among samples."""
        gaussian = self._gaussian(self.acting, observation)
        raw = self._searched(observation, gaussian, deterministic) if self.settings.hybrid_policy else None
        if raw is None:
            raw = gaussian.mean if deterministic else gaussian.sample()
        level = raw.tanh().flatten(1)
        return Said(level[:, :0].long(), level)

    def _searched(self, observation: Tensor, gaussian: Gaussian, deterministic: bool) -> Tensor:
        """Return the best found moves (B, M, 2), now and then a sample while learning."""
        if deterministic:
            generator = torch.Generator().manual_seed(0)  # the same noise in every slot
            raw, samples = gaussian.mean, self.settings.decide_samples
            for spread in SPREADS:
                raw = self._best_near(observation, raw, spread, samples, generator)
            return raw
        raw = self._best_near(observation, gaussian.mean, LEARNING_SPREAD, self.settings.act_samples, None)
        explores = torch.rand(*raw.shape[:2], 1) < self.settings.explore
        return torch.where(explores, gaussian.sample(), raw)

    def _best_near(
        self, observation: Tensor, raw: Tensor, spread: float, samples: int, generator: torch.Generator | None
    ) -> Tensor:
        """Return moves (B, M, 2) as good as given ones or better, found near them."""
        best, rows = raw.clone(), torch.arange(len(raw))
        for uav in range(raw.shape[1]):
            noise = torch.randn(samples, 1 if generator else len(raw), 2, generator=generator)
            tried = best[:, uav] + spread * noise
            tried[0] = best[:, uav]
            q = self.judge_one(observation, best.tanh(), uav, tried.tanh())
            best[:, uav] = tried[q.argmax(0), rows]
        return best

    @staticmethod
    def _gaussian(policy: nn.Module, observation: Tensor) -> Gaussian:
        return Gaussian.of(policy(observation).uav, LOG_STD)
