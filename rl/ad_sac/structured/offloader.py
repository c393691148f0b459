"""Servers by the discrete agent of the structured track, with the powers.

Servers and powers decide nothing beyond their slot, so one critic of the slot's reward, without any bootstrapping, is
exact for both.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from skyedge.problem import Scenario
from skyedge.rl.ad_sac.mpo import DiscreteStep, mean
from skyedge.rl.ad_sac.parts import EntropyWeight, Said, frozen
from skyedge.rl.ad_sac.settings import StructuredSettings
from skyedge.rl.ad_sac.structured.actors import Actors
from skyedge.rl.ad_sac.structured.critics import ChoiceCritic, shortfall
from skyedge.rl.ad_sac.structured.powers import Powers
from skyedge.rl.environment.masks import assign_in_turn
from skyedge.rl.environment.observation import StructuredObserver
from skyedge.rl.networks.track_networks import Tables, Widths, network


class Rows(NamedTuple):
    """Slots after the moves: observations, what is allowed, what was said, rewards (B, K), and who asks for something.

    Devices that ask for nothing do not count.
    """

    after: Tensor
    allowed: Tensor
    said: Said
    reward: Tensor
    active: Tensor


class Offloader(Actors):
    """Q_d, π_d and ℓ's servers and powers, at the positions after the moves."""

    def __init__(self, scenario: Scenario, settings: StructuredSettings, powers: Powers) -> None:
        super().__init__()
        self.settings, width = settings, settings.width
        self.q, self.powers = ChoiceCritic(scenario, width), powers
        says = Widths(choice=1, device=powers.width)
        self.policy = network(scenario, "structured", says, width=width)
        self.hybrid, self.old_hybrid = (network(scenario, "structured", says, width=width) for _ in range(2))
        self.alpha = EntropyWeight(settings.entropy_d, settings.alpha_d)
        self.choice_step = DiscreteStep(settings.kl_discrete, settings.e_discrete)
        self.devices = scenario.devices
        self.capacity = StructuredObserver(scenario).world.server_capacity

    def losses(self, rows: Rows) -> dict[str, Tensor]:
        """Return the losses."""
        after, active = rows.after, rows.active
        chosen = self.q(after, self.powers.level(rows.said)).gather(-1, rows.said.choice[:, : self.devices, None])
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
            log_prior = torch.logaddexp(log_old, log_pi) - torch.log(torch.tensor(2.0))

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

    def act(self, after: Tensor, allowed: Tensor, deterministic: bool) -> Said:
        """Choose servers in turn, by ℓ as the E-step improves it, and powers."""
        said = self.acting(after)
        power, level = self.powers.act(said.device, deterministic)
        logits = said.choice.log_softmax(-1)
        if self.settings.hybrid_policy:
            logits = logits + self.q(after, level) / self.choice_step.temperature.eta()
        noise = None if deterministic else -torch.empty_like(logits).exponential_().log().numpy()
        server, _ = assign_in_turn(logits.numpy(), allowed.numpy(), self.capacity, noise)
        return Said(torch.cat([torch.as_tensor(server), power.choice], dim=1), power.level)

    def steps(self) -> list[nn.Module]:
        """Return what holds temperatures that decisions depend on."""
        return [self.choice_step]

    @staticmethod
    def _apart(said: Tables, allowed: Tensor) -> tuple[Tensor, Tensor]:
        """Return log-probabilities of choices, and what is said of powers."""
        return said.choice.masked_fill(~allowed, -1e9).log_softmax(-1), said.device
