"""The two agents and the hybrid policy on flat observations, for any environment, and their losses.

Each agent has a value V, a target V̄, a soft Q-function and a policy π; a learned temperature α pays for entropy.
"""

import torch
from torch import Tensor, nn

from skyedge.rl.ad_sac.agents import Agents
from skyedge.rl.ad_sac.batch import Batch
from skyedge.rl.ad_sac.flat.continuous_agent import ContinuousAgent
from skyedge.rl.ad_sac.flat.discrete_agent import DiscreteAgent
from skyedge.rl.ad_sac.hybrid_actions import HybridActions
from skyedge.rl.ad_sac.modules import follow, perceptron, sampled
from skyedge.rl.ad_sac.mpo import ContinuousStep, DiscreteStep, even_mixture
from skyedge.rl.ad_sac.settings import AdSacSettings
from skyedge.rl.networks.distributions import Branches, Gaussian


class HybridAgents(Agents):
    """Both agents, ℓ, and the old ℓ.

    An action space without branches or without coordinates leaves one agent out.

    Parameters
    ----------
    size : int
        Length of observations.
    actions : HybridActions
    settings : AdSacSettings
    """

    def __init__(self, size: int, actions: HybridActions, settings: AdSacSettings) -> None:
        super().__init__()
        self.actions, self.settings = actions, settings
        self.branches, count = Branches(actions.options), actions.coordinates
        outputs, width = self.branches.total + 2 * count, settings.width
        self.policy, self.old_policy = perceptron(size, outputs, width), perceptron(size, outputs, width)
        self.discrete = DiscreteAgent(size, actions, settings) if actions.options else None
        self.continuous = ContinuousAgent(size, actions, settings) if count else None
        self.discrete_step = DiscreteStep(settings.kl_discrete, settings.e_discrete)
        self.continuous_step = ContinuousStep(settings.kl_mean, settings.kl_std, settings.e_continuous)
        follow(*self.pairs(), *self.old_pairs())

    @property
    def _agents(self) -> list[DiscreteAgent | ContinuousAgent]:
        """The agents that the action space asks for."""
        return [agent for agent in (self.discrete, self.continuous) if agent is not None]

    def pairs(self) -> list[tuple[nn.Module, nn.Module]]:
        """Return values and their targets."""
        return [(agent.value, agent.target_value) for agent in self._agents]

    def old_pairs(self) -> list[tuple[nn.Module, nn.Module]]:
        """Return ℓ and the old ℓ."""
        return [(self.policy, self.old_policy)]

    def critics(self) -> list[nn.Module]:
        """Return what learns at the critics' rate."""
        return [part for agent in self._agents for part in agent.critics()]

    def acting(self) -> list[nn.Module]:
        """Return what decisions depend on."""
        if not self.settings.hybrid_policy:
            return [agent.policy for agent in self._agents]
        if self.discrete is None:
            return [self.policy]
        return [self.policy, self.discrete.q, self.discrete.joint_q, self.discrete_step.temperature]

    @torch.no_grad()
    def act(self, observation: Tensor, deterministic: bool) -> Tensor:
        """Return packed rows (B, n + C) that ℓ chooses, or π where there is no ℓ: its modes, or samples.

        Branches then choose again in turn, by ℓ as the E-step improves it.
        """
        log_l, gaussian = self._apart((self.policy if self.settings.hybrid_policy else self._both)(observation))
        raw = gaussian.mean if deterministic else gaussian.sample()
        choice, level = log_l.argmax(-1) if deterministic else sampled(log_l), raw.tanh()
        if self.discrete and self.settings.hybrid_policy:
            eta, seen = self.discrete_step.temperature.eta(), torch.cat([observation, level], dim=1)
            choice = self.discrete.in_turn(seen, choice, log_l, eta, self.settings.rounds, deterministic)
        return torch.cat([choice.float(), level], dim=1)

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """Return all losses of a batch; each has its own parameters, so they may be added up."""
        few = batch.first(self.settings.e_states)
        before = self.old_policy if self.settings.hybrid_policy else self._both
        with torch.no_grad():
            log_old, old = self._apart(before(few.observation))
        losses, table = self.discrete.losses(batch, sampled(log_old)) if self.discrete else ({}, None)
        if self.continuous:
            losses |= self.continuous.losses(batch)
        if self.settings.hybrid_policy:
            losses |= self._improvement(few, table, log_old, old)
        return losses

    def _improvement(self, few: Batch, table: Tensor | None, log_old: Tensor, old: Gaussian) -> dict[str, Tensor]:
        """Return the losses of ℓ in some states, given Q_d of options and the old ℓ."""
        losses = {}
        log_l, gaussian = self._apart(self.policy(few.observation))
        if self.discrete and table is not None:
            with torch.no_grad():
                log_pi = self.branches.log_probabilities(self.discrete.policy(few.observation))
            log_prior = even_mixture(log_old, log_pi)
            losses["l_d"] = self.discrete_step(table, log_prior, log_l, log_old, torch.ones(log_l.shape[:2]))
        if self.continuous:
            losses["l_c"] = self._continuous_improvement(few, gaussian, old)
        return losses

    def _both(self, observation: Tensor) -> Tensor:
        """Return the outputs of π_d and π_c, laid out as ℓ's."""
        return torch.cat([agent.policy(observation) for agent in self._agents], dim=-1)

    def _continuous_improvement(self, few: Batch, new: Gaussian, old: Gaussian) -> Tensor:
        """Return the loss of ℓ's Gaussian."""
        assert self.continuous is not None
        states, samples = len(few.reward), self.settings.e_samples
        with torch.no_grad():
            pi = Gaussian.of(self.continuous.policy(few.observation))
            raw = torch.cat([old.sample(samples // 2), pi.sample(samples - samples // 2)])
            seen = self.continuous.seen(few).expand(samples, -1, -1)
            q = self.continuous.q(torch.cat([seen, raw.tanh()], dim=-1))
        groups = (Gaussian(*(part[:, None] for part in gaussian)) for gaussian in (new, old))
        return self.continuous_step(q, raw[:, :, None], *groups, torch.ones(states, 1))

    def _apart(self, output: Tensor) -> tuple[Tensor, Gaussian]:
        logits, rest = output.split([self.branches.total, 2 * self.actions.coordinates], dim=-1)
        return self.branches.log_probabilities(logits), Gaussian.of(rest)
