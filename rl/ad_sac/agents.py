"""The two agents and the hybrid policy on flat observations, for any environment, and their losses.

Each agent has a value V, a target V̄, a soft Q-function and a policy π; a learned temperature α pays for entropy.
"""

from abc import ABC, abstractmethod
from typing import NamedTuple

import torch
from torch import Tensor, nn

from rl.ad_sac.actions import HybridActions
from rl.ad_sac.factors import Branches, Gaussian
from rl.ad_sac.mpo import ContinuousStep, DiscreteStep
from rl.ad_sac.settings import AdSacSettings
from rl.set_heads import head


class Batch(NamedTuple):
    """Transitions: observations (B, size), choices (B, n), levels (B, C) in [−1, 1], rewards and ends (B,)."""

    observation: Tensor
    choice: Tensor
    level: Tensor
    reward: Tensor
    following: Tensor
    done: Tensor


class Said(NamedTuple):
    """What policies say: options of branches (B, n), and levels of coordinates (B, C) in [−1, 1]."""

    choice: Tensor
    level: Tensor


def perceptron(inputs: int, outputs: int, width: int) -> nn.Sequential:
    """Return two hidden layers and a last one that says almost nothing at first."""
    trunk = [nn.Linear(inputs, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU()]
    return nn.Sequential(*trunk, head(width, outputs))


def frozen(network: nn.Module, *inputs: Tensor) -> Tensor:
    """Run a network whose weights get no gradient, while its inputs do."""
    weights = {name: value.detach() for name, value in network.named_parameters()}
    result: Tensor = torch.func.functional_call(network, weights, inputs)
    return result


def follow(*pairs: tuple[nn.Module, nn.Module]) -> None:
    """Make second modules equal to the first ones, which they are to follow, and keep gradients from them."""
    for source, target in pairs:
        target.load_state_dict(source.state_dict())
        target.requires_grad_(False)


class EntropyWeight(nn.Module):
    """α of an agent: it rises while the entropy is below its target, and falls while it is above."""

    def __init__(self, target: float, start: float) -> None:
        super().__init__()
        self.target, self.log = target, nn.Parameter(torch.tensor(start).log())

    def forward(self) -> Tensor:
        """Return α, without gradient."""
        return self.log.detach().exp()

    def loss(self, entropy: Tensor) -> Tensor:
        """Return what α minimises, given the mean entropy."""
        return self.log * (entropy.detach() - self.target)


class JointQ(nn.Module):
    """What branches do to each other: a number for a joint choice, and for all choices that differ in one branch."""

    def __init__(self, seen: int, branches: Branches, width: int) -> None:
        super().__init__()
        self.branches = branches
        self.of_seen, self.of_choice = nn.Linear(seen, width), nn.Linear(branches.total, width, bias=False)
        self.rest = nn.Sequential(nn.ReLU(), nn.Linear(width, width), nn.ReLU(), head(width, 1))

    def forward(self, of_seen: Tensor, choice: Tensor) -> Tensor:
        """Return numbers (B,) of choices (B, n), given what is said of what is seen, (B, width)."""
        number: Tensor = self.rest(self._hidden(of_seen, choice))[:, 0]
        return number

    @torch.no_grad()
    def alternatives(self, of_seen: Tensor, choice: Tensor) -> Tensor:
        """Return, per branch and option, the number when that branch alone takes that option, (B, n, options).

        The first layer is linear in the choices, so that an exchange is a difference of two of its columns.
        """
        columns = self.of_choice.weight.T[self.branches.where]  # (n, options, width)
        chosen = columns[torch.arange(self.branches.count), choice]  # (B, n, width)
        hidden = self._hidden(of_seen, choice)[:, None] - chosen
        swapped = hidden[:, :, None] + columns
        return self.rest(swapped)[..., 0] * self.branches.real

    def _hidden(self, of_seen: Tensor, choice: Tensor) -> Tensor:
        hidden: Tensor = of_seen + self.of_choice(self.branches.one_hot(choice))
        return hidden


class DiscreteAgent(nn.Module):
    """Chooses an option of each branch.

    Q_d(s, a_d | a_c) is a base, an advantage per branch and option, and what branches do to each other; each branch is
    judged given what the others choose.
    """

    def __init__(self, size: int, actions: HybridActions, settings: AdSacSettings) -> None:
        super().__init__()
        self.gamma, self.branches = settings.gamma_d, Branches(actions.options)
        total, width, seen = self.branches.total, settings.width, size + actions.coordinates
        self.value, self.target_value = perceptron(size, 1, width), perceptron(size, 1, width)
        self.q, self.joint_q = perceptron(seen, 1 + total, width), JointQ(seen, self.branches, 64)
        self.policy = perceptron(size, total, width)
        most = torch.log(self.branches.real.sum(1).float()).sum()
        self.alpha = EntropyWeight(settings.entropy_d * float(most), settings.alpha_d)

    def losses(self, batch: Batch, others: Tensor) -> tuple[dict[str, Tensor], Tensor]:
        """Return the losses (45), (47), (49), and the detached values of options (B, n, options).

        Parameters
        ----------
        batch : Batch
        others : int64 tensor (B, n)
            What the other branches choose while one is judged.
        """
        seen = torch.cat([batch.observation, batch.level], dim=1)
        said, of_seen = self.q(seen), self.joint_q.of_seen(seen)
        base, table = said[:, 0], self.branches.pad(said[:, 1:])
        chosen = base + table.gather(-1, batch.choice[..., None])[..., 0].sum(1) + self.joint_q(of_seen, batch.choice)
        log_pi = self.branches.log_probabilities(self.policy(batch.observation))
        pi, alpha = log_pi.exp(), self.alpha()
        entropy = -(pi * log_pi).sum((1, 2))
        with torch.no_grad():
            then = self.target_value(batch.following)[:, 0]
            goal = batch.reward + self.gamma * (1 - batch.done) * then
            judged = table + self.joint_q.alternatives(of_seen, others)
            drawn = sampled(log_pi)
            value = base + table.gather(-1, drawn[..., None])[..., 0].sum(1) + self.joint_q(of_seen, drawn)
            soft = value + alpha * entropy
        losses = {
            "v_d": (self.value(batch.observation)[:, 0] - soft).square().mean(),
            "q_d": (chosen - goal).square().mean(),
            "pi_d": -((pi * judged).sum((1, 2)) + alpha * entropy).mean(),
            "alpha_d": self.alpha.loss(entropy.mean()),
        }
        return losses, judged

    def critics(self) -> list[nn.Module]:
        """Return what learns at the critics' rate."""
        return [self.value, self.q, self.joint_q]


def sampled(log_p: Tensor) -> Tensor:
    """Draw an option per branch (…, n) of log-probabilities (…, n, options)."""
    return (log_p.detach() - torch.empty_like(log_p).exponential_().log()).argmax(-1)


class ContinuousAgent(nn.Module):
    """Sets the coordinates. Q_c(s, a_c | a_d) sees the choices that were made beside them."""

    def __init__(self, size: int, actions: HybridActions, settings: AdSacSettings) -> None:
        super().__init__()
        self.gamma, self.branches = settings.gamma_c, Branches(actions.options)
        count, width = actions.coordinates, settings.width
        self.value, self.target_value = perceptron(size, 1, width), perceptron(size, 1, width)
        self.q = perceptron(size + self.branches.total + count, 1, width)
        self.policy = perceptron(size, 2 * count, width)
        self.alpha = EntropyWeight(-settings.entropy_c * count, settings.alpha_c)

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """Return the losses (46), (48), (50)."""
        seen = self.seen(batch)
        with torch.no_grad():
            goal = batch.reward + self.gamma * (1 - batch.done) * self.target_value(batch.following)[:, 0]
        gaussian = Gaussian.of(self.policy(batch.observation))
        raw = gaussian.sample()
        log_pi, alpha = gaussian.log_prob(raw), self.alpha()
        soft = frozen(self.q, torch.cat([seen, raw.tanh()], dim=1))[:, 0] - alpha * log_pi
        return {
            "v_c": (self.value(batch.observation)[:, 0] - soft.detach()).square().mean(),
            "q_c": (self.q(torch.cat([seen, batch.level], dim=1))[:, 0] - goal).square().mean(),
            "pi_c": -soft.mean(),
            "alpha_c": self.alpha.loss(-log_pi.mean()),
        }

    def critics(self) -> list[nn.Module]:
        """Return what learns at the critics' rate."""
        return [self.value, self.q]

    def seen(self, batch: Batch) -> Tensor:
        """Return what Q_c is given beside the coordinates."""
        return torch.cat([batch.observation, self.branches.one_hot(batch.choice)], dim=1)


class Agents(nn.Module, ABC):
    """What the algorithm needs of its agents and of ℓ."""

    @abstractmethod
    def pairs(self) -> list[tuple[nn.Module, nn.Module]]:
        """Return networks and their targets, which follow them slowly."""

    @abstractmethod
    def old_pairs(self) -> list[tuple[nn.Module, nn.Module]]:
        """Return ℓ and the old ℓ, part by part."""

    @abstractmethod
    def critics(self) -> list[nn.Module]:
        """Return what learns at the critics' rate."""

    @abstractmethod
    def acting(self) -> list[nn.Module]:
        """Return what decisions depend on: other parts are for learning."""

    @abstractmethod
    def act(self, observation: Tensor, deterministic: bool) -> Tensor:
        """Return packed rows (B, ·) for observations (B, size)."""

    @abstractmethod
    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """Return all losses of a batch; each has its own parameters, so they may be added up."""


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
        says, width = self.branches.total + 2 * count, settings.width
        self.policy, self.old_policy = perceptron(size, says, width), perceptron(size, says, width)
        self.discrete = DiscreteAgent(size, actions, settings) if actions.options else None
        self.continuous = ContinuousAgent(size, actions, settings) if count else None
        self.discrete_step = DiscreteStep(settings.kl_discrete, settings.e_discrete)
        self.continuous_step = ContinuousStep(settings.kl_mean, settings.kl_std, settings.e_continuous)
        follow(*self.pairs(), *self.old_pairs())

    def pairs(self) -> list[tuple[nn.Module, nn.Module]]:
        """Return values and their targets."""
        agents = [agent for agent in (self.discrete, self.continuous) if agent is not None]
        return [(agent.value, agent.target_value) for agent in agents]

    def old_pairs(self) -> list[tuple[nn.Module, nn.Module]]:
        """Return ℓ and the old ℓ."""
        return [(self.policy, self.old_policy)]

    def critics(self) -> list[nn.Module]:
        """Return what learns at the critics' rate."""
        agents = [agent for agent in (self.discrete, self.continuous) if agent is not None]
        return [part for agent in agents for part in agent.critics()]

    def acting(self) -> list[nn.Module]:
        """Return what decisions depend on."""
        agents = [agent for agent in (self.discrete, self.continuous) if agent is not None]
        return [self.policy] if self.settings.hybrid_policy else [agent.policy for agent in agents]

    @torch.no_grad()
    def act(self, observation: Tensor, deterministic: bool) -> Tensor:
        """Return packed rows (B, n + C) that ℓ chooses, or π where there is no ℓ: its modes, or samples."""
        log_l, gaussian = self._apart((self.policy if self.settings.hybrid_policy else self._both)(observation))
        raw = gaussian.mean if deterministic else gaussian.sample()
        choice = log_l.argmax(-1) if deterministic else sampled(log_l)
        return torch.cat([choice.float(), raw.tanh()], dim=1)

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """Return all losses of a batch; each has its own parameters, so they may be added up."""
        before = self.old_policy if self.settings.hybrid_policy else self._both
        with torch.no_grad():
            log_old, old = self._apart(before(batch.observation))
        losses, table = self.discrete.losses(batch, sampled(log_old)) if self.discrete else ({}, None)
        if self.continuous:
            losses |= self.continuous.losses(batch)
        if self.settings.hybrid_policy:
            losses |= self._improvement(batch, table, log_old, old)
        return losses

    def _improvement(self, batch: Batch, table: Tensor | None, log_old: Tensor, old: Gaussian) -> dict[str, Tensor]:
        """Return the losses of ℓ, given Q_d of options and what the old ℓ says."""
        losses = {}
        log_l, gaussian = self._apart(self.policy(batch.observation))
        if self.discrete and table is not None:
            with torch.no_grad():
                log_pi = self.branches.log_probabilities(self.discrete.policy(batch.observation))
            log_prior = torch.logaddexp(log_old, log_pi) - torch.log(torch.tensor(2.0))
            losses["l_d"] = self.discrete_step(table, log_prior, log_l, log_old, torch.ones(log_l.shape[:2]))
        if self.continuous:
            losses["l_c"] = self._continuous_improvement(batch, gaussian, old)
        return losses

    def _both(self, observation: Tensor) -> Tensor:
        """Return what π_d and π_c say, as ℓ says it."""
        agents = [agent for agent in (self.discrete, self.continuous) if agent is not None]
        return torch.cat([agent.policy(observation) for agent in agents], dim=-1)

    def _continuous_improvement(self, batch: Batch, new: Gaussian, old: Gaussian) -> Tensor:
        """Return the loss of ℓ's Gaussian on some states of the batch."""
        assert self.continuous is not None
        states, samples = min(self.settings.e_states, len(batch.reward)), self.settings.e_samples
        new, old = (Gaussian(one.mean[:states], one.log_std[:states]) for one in (new, old))
        with torch.no_grad():
            pi = Gaussian.of(self.continuous.policy(batch.observation[:states]))
            raw = torch.cat([old.sample(samples // 2), pi.sample(samples - samples // 2)])
            seen = self.continuous.seen(batch)[:states].expand(samples, -1, -1)
            q = self.continuous.q(torch.cat([seen, raw.tanh()], dim=-1))
        groups = (Gaussian(one.mean[:, None], one.log_std[:, None]) for one in (new, old))
        return self.continuous_step(q, raw[:, :, None], *groups, torch.ones(states, 1))

    def _apart(self, said: Tensor) -> tuple[Tensor, Gaussian]:
        logits, rest = said.split([self.branches.total, 2 * self.actions.coordinates], dim=-1)
        return self.branches.log_probabilities(logits), Gaussian.of(rest)
