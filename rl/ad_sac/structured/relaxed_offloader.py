"""Servers and powers by the continuous agent (ad-sac-c): a score per choice, as the box view takes them."""

import torch
from torch import Tensor, nn

from skyedge.problem import Scenario
from skyedge.rl.ad_sac.batch import Action
from skyedge.rl.ad_sac.modules import Actors, EntropyWeight
from skyedge.rl.ad_sac.mpo import ContinuousStep, mean
from skyedge.rl.ad_sac.settings import StructuredSettings
from skyedge.rl.ad_sac.structured.critics import ScoreCritic, shortfall
from skyedge.rl.ad_sac.structured.offloader import Rows
from skyedge.rl.environment.observation import StructuredObserver
from skyedge.rl.networks.distributions import Gaussian
from skyedge.rl.networks.track_networks import Sizes, Tables, Widths


class RelaxedOffloader(Actors):
    """Q, π and ℓ's scores and powers, at the positions after the moves.

    Tables (…, K, choices + 1) hold each device's scores and then its power level, from −1 to 1.
    """

    def __init__(self, scenario: Scenario, settings: StructuredSettings) -> None:
        super().__init__(settings)
        self.q = ScoreCritic(scenario, settings.width)
        self.sizes = Sizes.of(StructuredObserver(scenario))
        # means of scores; per device their deviation, and mean and deviation of the level
        self.make_policies(scenario, Widths(choice=1, device=3))
        self.alpha = EntropyWeight(-settings.entropy_c * (self.sizes.choices + 1), settings.alpha_c)
        self.step = ContinuousStep(settings.kl_mean, settings.kl_std, settings.e_discrete)

    def losses(self, rows: Rows) -> dict[str, Tensor]:
        """Return the losses."""
        q = self.q(rows.after, rows.allowed, self._table(rows.action.level))
        wrong = shortfall(q * rows.active, rows.reward, self.settings.device_rewards)
        return {"q_d": wrong.sum() / rows.active.sum().clamp(min=1)} | self._improvement(rows)

    def _improvement(self, rows: Rows) -> dict[str, Tensor]:
        """Return the losses of π and of ℓ, by samples of each device's scores among those of all."""
        samples = self.settings.e_samples
        few = slice(self.settings.e_states)
        after, allowed, active = rows.after[few], rows.allowed[few], rows.active[few]
        policy, half = self._gaussian(self.policy(after)), samples // 2
        with torch.no_grad():
            old = self._gaussian(self.before(after))
            raw = torch.cat([old.sample(half), policy.sample(samples - half)])  # (S, B, K, choices + 1)
            q = self._judged(after, allowed, raw.tanh())
        log_pi = policy.log_prob(raw[half:])
        gain = q[half:] - self.alpha() * log_pi.detach()
        losses = {
            "pi_d": -mean((log_pi * (gain - gain.mean(0))).mean(0), active),
            "alpha_d": self.alpha.loss(-mean(log_pi.mean(0), active)),
        }
        if self.settings.hybrid_policy:
            losses["l_d"] = self.step(q, raw, self._gaussian(self.hybrid(after)), old, active)
        return losses

    def _judged(self, after: Tensor, allowed: Tensor, tables: Tensor) -> Tensor:
        """Return Q (S, B, K) of tables (S, B, K, choices + 1)."""
        count = len(tables)
        rows = (after.repeat(count, 1), allowed.repeat(count, 1, 1), tables.flatten(0, 1))
        return self.q(*rows).unflatten(0, tables.shape[:2])

    def act(self, after: Tensor, allowed: Tensor, deterministic: bool) -> Action:
        """Return, for each device, that of ℓ's scores and levels that Q likes best."""
        gaussian = self._gaussian(self.acting(after))
        raw = gaussian.mean if deterministic else gaussian.sample()
        if self.settings.hybrid_policy:
            tried = torch.cat([raw[None], self._noisy(gaussian, deterministic)])
            best = self._judged(after, allowed, tried.tanh()).argmax(0)  # (B, K)
            raw = tried.gather(0, best[None, ..., None].expand(-1, -1, -1, raw.shape[-1]))[0]
        table = raw.tanh()
        level = torch.cat([table[..., :-1].flatten(1), table[..., -1]], dim=1)
        return Action(level[:, :0].long(), level)

    def steps(self) -> list[nn.Module]:
        """Decisions depend on no temperature."""
        return []

    def _noisy(self, gaussian: Gaussian, deterministic: bool) -> Tensor:
        """Return samples (S, B, K, choices + 1), with the same noise in every slot where decisions repeat."""
        generator = torch.Generator().manual_seed(0) if deterministic else None
        samples = self.settings.decide_samples if deterministic else self.settings.act_samples
        count = 1 if deterministic else len(gaussian.mean)
        noise = torch.randn(samples, count, *gaussian.mean.shape[1:], generator=generator)
        return gaussian.mean + gaussian.log_std.exp() * noise

    def _gaussian(self, output: Tables) -> Gaussian:
        """Return the Gaussian of scores and level of each device, (B, K, choices + 1)."""
        deviation, mean, log_std = output.device.split(1, -1)
        return Gaussian.of(torch.cat([output.choice, mean, deviation.expand_as(output.choice), log_std], dim=-1))

    def _table(self, level: Tensor) -> Tensor:
        """Return levels of the box view (B, ·) as a table (B, K, choices + 1)."""
        devices, choices = self.sizes.devices, self.sizes.choices
        scores, own = level.split([devices * choices, devices], dim=1)
        return torch.cat([scores.unflatten(1, (devices, choices)), own[..., None]], dim=-1)
