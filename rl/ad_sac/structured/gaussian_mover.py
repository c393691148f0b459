"""Moves by the continuous agent: displacements of UAVs, before squashing by tanh."""

import torch
from torch import Tensor, nn

from skyedge.problem import Scenario
from skyedge.rl.ad_sac.mpo import ContinuousStep
from skyedge.rl.ad_sac.parts import EntropyWeight, Said
from skyedge.rl.ad_sac.settings import StructuredSettings
from skyedge.rl.ad_sac.structured.mover import Mover
from skyedge.rl.networks.distributions import Gaussian, log_density
from skyedge.rl.networks.track_networks import MOVES

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
            raw = gaussian.mean
            for spread in SPREADS:
                noise = torch.randn(raw.shape[1], self.settings.decide_samples, 1, 2, generator=generator)
                raw = self._best_near(observation, gaussian, raw, spread * noise, self.settings.greed)
            return raw
        noise = torch.randn(gaussian.mean.shape[1], self.settings.act_samples, len(observation), 2)
        raw = self._best_near(observation, gaussian, gaussian.mean, LEARNING_SPREAD * noise, 1.0)
        explores = torch.rand(*raw.shape[:2], 1) < self.settings.explore
        return torch.where(explores, gaussian.sample(), raw)

    def _best_near(self, observation: Tensor, gaussian: Gaussian, raw: Tensor, away: Tensor, greed: float) -> Tensor:
        """Return moves (B, M, 2) that ℓ as the E-step improves it likes as given ones or better, ``away`` from them.

        The latter are (M, S, B or 1, 2).
        """
        best, rows, eta = raw.clone(), torch.arange(len(raw)), greed * self.step.temperature.eta()
        for uav in range(raw.shape[1]):
            tried = best[:, uav] + away[uav]
            tried[0] = best[:, uav]
            q = self.judge_one(observation, best.tanh(), uav, tried.tanh())
            prior = log_density(tried, gaussian.mean[:, uav], gaussian.log_std[:, uav]).sum(-1)
            best[:, uav] = tried[(prior + q / eta).argmax(0), rows]
        return best

    @staticmethod
    def _gaussian(policy: nn.Module, observation: Tensor) -> Gaussian:
        return Gaussian.of(policy(observation).uav, LOG_STD)
