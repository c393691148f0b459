"""The discrete agent of the structured track, with the powers.

Servers and powers decide nothing beyond their slot, so one critic of the slot's reward, without any bootstrapping, is
exact for both.
"""

import torch
from torch import Tensor, nn

from problem import Scenario
from rl.ad_sac.agents import Batch, EntropyWeight, frozen
from rl.ad_sac.critics import ChoiceCritic
from rl.ad_sac.factors import Gaussian
from rl.ad_sac.mpo import ContinuousStep, DiscreteStep, mean
from rl.ad_sac.settings import StructuredSettings
from rl.networks import Tables, Widths, network


class Offloader(nn.Module):
    """The discrete agent, with the powers: Q_d, π_d and ℓ's servers and powers, at the positions after the moves."""

    def __init__(self, scenario: Scenario, settings: StructuredSettings) -> None:
        super().__init__()
        self.settings, width = settings, settings.width
        self.q = ChoiceCritic(scenario, width)
        says = Widths(choice=1, device=2)
        self.policy = network(scenario, "structured", says, width=width)
        self.hybrid, self.old_hybrid = (network(scenario, "structured", says, width=width) for _ in range(2))
        self.alpha = EntropyWeight(settings.entropy_d, settings.alpha_d)
        self.alpha_power = EntropyWeight(-settings.entropy_c, settings.alpha_c)
        self.choice_step = DiscreteStep(settings.kl_discrete, settings.e_discrete)
        self.power_step = ContinuousStep(settings.kl_mean, settings.kl_std, settings.e_continuous)

    def losses(self, after: Tensor, allowed: Tensor, batch: Batch, active: Tensor) -> dict[str, Tensor]:
        """Return the losses of rows after the moves; devices that ask for nothing do not count."""
        chosen = self.q(after, batch.level).gather(-1, batch.choice[..., None])[..., 0]
        log_pi, power = self._apart(self.policy(after), allowed)
        raw = power.sample()
        judged = frozen(self.q, after, raw[..., 0].tanh())
        pi = log_pi.exp()
        expected = (pi * judged).sum(-1)
        entropy = -(pi * log_pi).sum(-1)
        power_entropy = -power.log_prob(raw)
        log_l, new = self._apart(self.hybrid(after), allowed)
        with torch.no_grad():
            log_old, old = self._apart(self.old_hybrid(after), allowed)
            log_prior = torch.logaddexp(log_old, log_pi) - torch.log(torch.tensor(2.0))
        soft = expected + self.alpha() * entropy + self.alpha_power() * power_entropy
        return {
            "q_d": mean((chosen - batch.reward).square(), active),
            "pi_d": -mean(soft, active),
            "alpha_d": self.alpha.loss(mean(entropy, active)),
            "alpha_p": self.alpha_power.loss(mean(power_entropy, active)),
            "l_d": self.choice_step(judged.detach(), log_prior, log_l, log_old, active),
            "l_p": self._power_improvement(after, active, log_old.exp(), power, new, old),
        }

    def _power_improvement(
        self, after: Tensor, active: Tensor, chosen: Tensor, policy: Gaussian, new: Gaussian, old: Gaussian
    ) -> Tensor:
        """Return the loss of ℓ's powers on some rows, by samples; ``chosen`` are probabilities of choices."""
        few, samples = self.settings.e_states, self.settings.e_samples
        after, active, chosen = after[:few], active[:few], chosen[:few]
        policy, new, old = (Gaussian(one.mean[:few], one.log_std[:few]) for one in (policy, new, old))
        with torch.no_grad():
            half = samples // 2
            powers = torch.cat([old.sample(half), policy.sample(samples - half)])  # (S, B, K, 1)
            rows = (samples * len(after), -1)
            outcome = self.q(after.expand(samples, -1, -1).reshape(rows), powers.tanh().reshape(rows))
            q = (outcome.unflatten(0, (samples, -1)) * chosen).sum(-1)
        return self.power_step(q, powers, new, old, active)

    def act(self, after: Tensor, deterministic: bool) -> tuple[Tensor, Tensor]:
        """Return logits of choices (B, K, choices), those of the E-step's improvement of ℓ, and power levels (B, K)."""
        said = self.hybrid(after)
        power = Gaussian.of(said.device)
        level = (power.mean if deterministic else power.sample())[..., 0].tanh()
        return said.choice.log_softmax(-1) + self.q(after, level) / self.choice_step.temperature.eta(), level

    @staticmethod
    def _apart(said: Tables, allowed: Tensor) -> tuple[Tensor, Gaussian]:
        log_p = said.choice.masked_fill(~allowed, -1e9).log_softmax(-1)
        return log_p, Gaussian.of(said.device)
