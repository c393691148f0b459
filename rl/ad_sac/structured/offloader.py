"""Servers and powers in the structured track: servers by the discrete agent, powers by either.

They decide nothing beyond their slot, so one critic of the slot's reward, without any bootstrapping, is exact for both.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from skyedge.problem import Scenario
from skyedge.rl.ad_sac.batch import Action
from skyedge.rl.ad_sac.modules import Actors, EntropyWeight, frozen, sampled
from skyedge.rl.ad_sac.mpo import ContinuousStep, DiscreteStep, even_mixture, mean
from skyedge.rl.ad_sac.settings import StructuredSettings
from skyedge.rl.ad_sac.structured.critics import ChoiceCritic, shortfall
from skyedge.rl.environment.action_views import MultiDiscreteView, power_level
from skyedge.rl.environment.masks import assign_in_turn
from skyedge.rl.environment.observation import StructuredObserver
from skyedge.rl.networks.distributions import Gaussian
from skyedge.rl.networks.track_networks import Tables, Widths

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
        How many numbers per device a network gives for it.
    alpha : EntropyWeight
    """

    width: int
    alpha: EntropyWeight

    @abstractmethod
    def level(self, action: Action) -> Tensor:
        """Return the levels (B, K) of actions."""

    @abstractmethod
    def expected(self, output: Tensor) -> Expected:
        """Return what stands for the policy of a network's output (B, K, width), with gradients."""

    @abstractmethod
    def act(self, output: Tensor, deterministic: bool) -> tuple[Action, Tensor]:
        """Return the policy's action, and the levels (B, K) that it means."""

    @abstractmethod
    def improvement(self, judge: Judge, policy: Tensor, new: Tensor, old: Tensor, active: Tensor) -> Tensor:
        """Return the loss of ℓ, given the outputs of π, ℓ and the old ℓ."""


class GaussianPowers(Powers):
    """Levels from −1 to 1: squashed Gaussians."""

    width = 2

    def __init__(self, settings: StructuredSettings) -> None:
        super().__init__()
        self.samples = settings.e_samples
        self.alpha = EntropyWeight(-settings.entropy_c, settings.alpha_c)
        self.step = ContinuousStep(settings.kl_mean, settings.kl_std, settings.e_continuous)

    def level(self, action: Action) -> Tensor:
        """Take levels as they are."""
        return action.level

    def expected(self, output: Tensor) -> Expected:
        """Draw one sample."""
        gaussian = Gaussian.of(output)
        raw = gaussian.sample(1)
        return Expected(raw[..., 0].tanh(), torch.ones(1), -gaussian.log_prob(raw)[0])

    def act(self, output: Tensor, deterministic: bool) -> tuple[Action, Tensor]:
        """Return the mode or a sample."""
        gaussian = Gaussian.of(output)
        level = (gaussian.mean if deterministic else gaussian.sample())[..., 0].tanh()
        return Action(level[:, :0].long(), level), level

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

    def level(self, action: Action) -> Tensor:
        """Look options up: they come last."""
        return self.levels[action.choice[:, action.choice.shape[1] // 2 :]]

    def expected(self, output: Tensor) -> Expected:
        """Take all levels."""
        log_p = output.log_softmax(-1)
        weight = log_p.exp().movedim(-1, 0)
        return Expected(self._all(output), weight, -(log_p.exp() * log_p).sum(-1))

    def act(self, output: Tensor, deterministic: bool) -> tuple[Action, Tensor]:
        """Return the mode or a sample."""
        choice = output.argmax(-1) if deterministic else sampled(output.log_softmax(-1))
        return Action(choice, output[:, :0, 0]), self.levels[choice]

    def improvement(self, judge: Judge, policy: Tensor, new: Tensor, old: Tensor, active: Tensor) -> Tensor:
        """Judge all levels."""
        with torch.no_grad():
            q = judge(self._all(old)).movedim(0, -1)
            log_old = old.log_softmax(-1)
            log_prior = even_mixture(log_old, policy.log_softmax(-1))
        return self.step(q, log_prior, new.log_softmax(-1), log_old, active)

    def _all(self, output: Tensor) -> Tensor:
        return self.levels[:, None, None].expand(-1, *output.shape[:2])


class Rows(NamedTuple):
    """Slots after the moves: observations, what is allowed, actions, rewards (B, K), and who asks for something.

    Devices that ask for nothing do not count.
    """

    after: Tensor
    allowed: Tensor
    action: Action
    reward: Tensor
    active: Tensor


class Offloader(Actors):
    """Q_d, π_d and ℓ's servers and powers, at the positions after the moves."""

    def __init__(self, scenario: Scenario, settings: StructuredSettings, powers: Powers) -> None:
        super().__init__(settings)
        self.q, self.powers = ChoiceCritic(scenario, settings.width), powers
        self.make_policies(scenario, Widths(choice=1, device=powers.width))
        self.alpha = EntropyWeight(settings.entropy_d, settings.alpha_d)
        self.choice_step = DiscreteStep(settings.kl_discrete, settings.e_discrete)
        self.devices = scenario.devices
        self.capacity = StructuredObserver(scenario).world.server_capacity

    def losses(self, rows: Rows) -> dict[str, Tensor]:
        """Return the losses."""
        after, active = rows.after, rows.active
        chosen = self.q(after, self.powers.level(rows.action)).gather(-1, rows.action.choice[:, : self.devices, None])
        wrong = shortfall(chosen[..., 0] * active, rows.reward, self.settings.device_rewards)
        log_pi, power = self._apart(self.policy(after), rows.allowed)
        levels = self.powers.expected(power)
        judged = (levels.weight[..., None] * self._judged(after, levels.level)).sum(0)
        entropy = -(log_pi.exp() * log_pi).sum(-1)
        soft = (log_pi.exp() * judged).sum(-1) + self.alpha() * entropy + self.powers.alpha() * levels.entropy
        losses = {
            "q_d": wrong.sum() / active.sum().clamp(min=1),
            "pi_d": -mean(soft, active),
            "alpha_d": self.alpha.loss(mean(entropy, active)),
            "alpha_p": self.powers.alpha.loss(mean(levels.entropy, active)),
        }
        if self.settings.hybrid_policy:
            losses |= self._improvement(rows, log_pi.detach(), power, judged.detach())
        return losses

    def _improvement(self, rows: Rows, log_pi: Tensor, power: Tensor, judged: Tensor) -> dict[str, Tensor]:
        """Return the losses of ℓ: of servers on all rows, and of powers on some."""
        few = slice(self.settings.e_states)
        log_l, new = self._apart(self.hybrid(rows.after), rows.allowed)
        with torch.no_grad():
            log_old, old = self._apart(self.old_hybrid(rows.after), rows.allowed)
            log_prior = even_mixture(log_old, log_pi)

        def worth(level: Tensor) -> Tensor:
            return (self._judged(rows.after[few], level) * log_old[few].exp()).sum(-1)

        return {
            "l_d": self.choice_step(judged, log_prior, log_l, log_old, rows.active),
            "l_p": self.powers.improvement(worth, power[few], new[few], old[few], rows.active[few]),
        }

    def _judged(self, after: Tensor, level: Tensor) -> Tensor:
        """Return Q_d (A, B, K, choices) of levels (A, B, K); its weights get no gradient."""
        repeated = after.expand(len(level), -1, -1).flatten(0, 1)
        return frozen(self.q, repeated, level.flatten(0, 1)).unflatten(0, level.shape[:2])

    def act(self, after: Tensor, allowed: Tensor, deterministic: bool) -> Action:
        """Choose servers in turn, by ℓ as the E-step improves it, and powers."""
        output = self.acting(after)
        power, level = self.powers.act(output.device, deterministic)
        logits = output.choice.log_softmax(-1)
        if self.settings.hybrid_policy:
            logits = logits + self.q(after, level) / self.choice_step.temperature.eta()
        noise = None if deterministic else -torch.empty_like(logits).exponential_().log().numpy()
        server, _ = assign_in_turn(logits.numpy(), allowed.numpy(), self.capacity, noise)
        return Action(torch.cat([torch.as_tensor(server), power.choice], dim=1), power.level)

    def steps(self) -> list[nn.Module]:
        """Return what holds temperatures that decisions depend on."""
        return [self.choice_step]

    @staticmethod
    def _apart(output: Tables, allowed: Tensor) -> tuple[Tensor, Tensor]:
        """Return log-probabilities of choices, and what there is for powers."""
        return output.choice.masked_fill(~allowed, -1e9).log_softmax(-1), output.device
