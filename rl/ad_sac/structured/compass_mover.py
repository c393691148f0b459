"""Moves by the discrete agent (ad-sac-d): one of the moves that the multi-discrete view knows."""

import torch
from torch import Tensor

from skyedge.problem import Scenario
from skyedge.rl.ad_sac.batch import Action
from skyedge.rl.ad_sac.modules import EntropyWeight, sampled
from skyedge.rl.ad_sac.mpo import DiscreteStep, even_mixture
from skyedge.rl.ad_sac.settings import StructuredSettings
from skyedge.rl.ad_sac.structured.mover import Mover
from skyedge.rl.environment.action_views import MultiDiscreteView
from skyedge.rl.networks.track_networks import MOVES, Tables

ROUNDS = 3  # of a decision
BLUR = 0.3  # deviation, in units of the reach, with which options begin around where the pointer points


class CompassMover(Mover):
    """Q, V, π and ℓ of the moves, each a probability per option."""

    coordinates = 0
    compass: Tensor

    def __init__(self, scenario: Scenario, settings: StructuredSettings) -> None:
        compass = torch.as_tensor(MultiDiscreteView.compass(), dtype=torch.float32)
        super().__init__(scenario, settings, MOVES._replace(uav=2 + len(compass)))
        self.branches = scenario.uavs
        self.register_buffer("compass", compass, persistent=False)
        most = torch.tensor(float(len(compass))).log()
        self.alpha = EntropyWeight(settings.entropy_d * float(most), settings.alpha_d)
        self.step = DiscreteStep(settings.kl_discrete, settings.e_moves)

    def moves(self, action: Action) -> Tensor:
        """Look the first options up."""
        return self.compass[action.choice[:, : self.branches]]

    def drawn(self, observation: Tensor) -> Tensor:
        """Draw options."""
        return self.compass[sampled(self._log_p(self.before(observation)))]

    def improvement(self, observation: Tensor) -> dict[str, Tensor]:
        """Judge all options."""
        log_pi = self._log_p(self.policy(observation))
        with torch.no_grad():
            log_old = self._log_p(self.before(observation))
            log_prior = even_mixture(log_old, log_pi)
            options = self.compass[:, None, None].expand(-1, *log_old.shape[:2], -1)
            q = self.judge_each(observation, self.compass[sampled(log_old)], options).movedim(0, -1)  # (B, M, options)
        pi, entropy = log_pi.exp(), -(log_pi.exp() * log_pi).sum(-1)
        losses = {
            "pi_c": -((pi * q).sum(-1) + self.alpha() * entropy).mean(),
            "alpha_c": self.alpha.loss(entropy.mean()),
        }
        if self.settings.hybrid_policy:
            log_l = self._log_p(self.hybrid(observation))
            losses["l_c"] = self.step(q, log_prior, log_l, log_old, torch.ones(entropy.shape))
        return losses

    def act(self, observation: Tensor, deterministic: bool) -> Action:
        """Choose among all options."""
        log_l = self._log_p(self.acting(observation))
        choice = log_l.argmax(-1) if deterministic else sampled(log_l)
        if self.settings.hybrid_policy:
            best = self._searched(observation, log_l, deterministic)
            explores = torch.rand(choice.shape) < (0 if deterministic else self.settings.explore)
            choice = torch.where(explores, choice, best)
        return Action(choice, observation[:, :0])

    def _searched(self, observation: Tensor, log_l: Tensor, deterministic: bool) -> Tensor:
        """Return the options (B, M) of ℓ as the E-step improves it, one UAV after the other."""
        rounds, greed = (ROUNDS, self.settings.greed) if deterministic else (1, 1.0)
        choice, eta = log_l.argmax(-1), greed * self.step.temperature.eta()
        options = self.compass[:, None].expand(-1, len(choice), -1)
        for _ in range(rounds):
            for uav in range(self.branches):
                q = self.judge_one(observation, self.compass[choice], uav, options)
                choice[:, uav] = (log_l[:, uav] + q.T / eta).argmax(-1)
        return choice

    def _log_p(self, output: Tables) -> Tensor:
        """Return log-probabilities (B, M, options), which begin around where the pointer points."""
        way, logits = output.uav[..., :2].tanh(), output.uav[..., 2:]
        squared = (self.compass - way[..., None, :]).square().sum(-1)
        return (logits - squared / (2 * BLUR**2)).log_softmax(-1)
