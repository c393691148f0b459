"""The discrete agent on flat observations: chooses an option of each branch."""

import torch
from torch import Tensor, nn

from skyedge.rl.ad_sac.batch import Batch
from skyedge.rl.ad_sac.hybrid_actions import HybridActions
from skyedge.rl.ad_sac.modules import EntropyWeight, perceptron, sampled
from skyedge.rl.ad_sac.settings import AdSacSettings
from skyedge.rl.networks.distributions import Branches
from skyedge.rl.networks.track_networks import head


class JointQ(nn.Module):
    """What branches do to each other: a number for a joint choice, and for those that differ in one branch."""

    def __init__(self, seen: int, branches: Branches, width: int) -> None:
        super().__init__()
        self.branches = branches
        self.of_seen, self.of_choice = nn.Linear(seen, width), nn.Linear(branches.total, width, bias=False)
        self.rest = nn.Sequential(nn.ReLU(), nn.Linear(width, width), nn.ReLU(), head(width, 1))

    def forward(self, of_seen: Tensor, choice: Tensor) -> Tensor:
        """Return numbers (B,) of choices (B, n), given the code of what is seen, (B, width)."""
        number: Tensor = self.rest(self._hidden(of_seen, choice))[:, 0]
        return number

    def exchanged(self, of_seen: Tensor, choice: Tensor, branch: Tensor, options: Tensor) -> Tensor:
        """Return the numbers when one branch alone takes another option, (B, m, options).

        The first layer is linear in the choices, so that an exchange is a difference of two of its columns.

        Parameters
        ----------
        of_seen : tensor (B, width)
        choice : int64 tensor (B, n)
        branch : int64 tensor (m,)
            Which branches.
        options : int64 tensor (m, options) or (B, m, options)
            What they take instead.
        """
        columns, where = self.of_choice.weight.T, self.branches.where[branch]
        chosen = columns[where[torch.arange(len(branch)), choice[:, branch]]]  # (B, m, width)
        hidden = self._hidden(of_seen, choice)[:, None] - chosen
        instead = columns[where.expand(*options.shape[:-1], -1).gather(-1, options)]
        numbers: Tensor = self.rest(hidden[:, :, None] + instead)[..., 0]
        return numbers

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
        self.every = torch.arange(self.branches.count)

    def losses(self, batch: Batch, others: Tensor) -> tuple[dict[str, Tensor], Tensor]:
        """Return the losses (45), (47), (49), and the detached values of options (S, n, options).

        Parameters
        ----------
        batch : Batch
        others : int64 tensor (S, n)
            What the other branches choose while one is judged, in the first S states.
        """
        states = len(others)
        seen = torch.cat([batch.observation, batch.level], dim=1)
        output, of_seen = self.q(seen), self.joint_q.of_seen(seen)
        base, table = output[:, 0], self.branches.pad(output[:, 1:])
        chosen = base + table.gather(-1, batch.choice[..., None])[..., 0].sum(1) + self.joint_q(of_seen, batch.choice)
        log_pi = self.branches.log_probabilities(self.policy(batch.observation))
        pi, alpha = log_pi.exp(), self.alpha()
        entropy = -(pi * log_pi).sum((1, 2))
        with torch.no_grad():
            then = self.target_value(batch.following)[:, 0]
            goal = batch.reward + self.gamma * (1 - batch.done) * then
            judged = self._judged(table[:states], of_seen[:states], others, self.every)
            drawn = sampled(log_pi)
            value = base + table.gather(-1, drawn[..., None])[..., 0].sum(1) + self.joint_q(of_seen, drawn)
            soft = value + alpha * entropy
        losses = {
            "v_d": (self.value(batch.observation)[:, 0] - soft).square().mean(),
            "q_d": (chosen - goal).square().mean() + self._exchange_loss(batch, table, of_seen),
            "pi_d": -((pi[:states] * judged).sum((1, 2)) + alpha * entropy[:states]).mean(),
            "alpha_d": self.alpha.loss(entropy.mean()),
        }
        return losses, judged

    def _judged(self, table: Tensor, of_seen: Tensor, choice: Tensor, branch: Tensor) -> Tensor:
        """Return what Q_d says of the options of branches (m,) beside a joint choice: (B, m, options)."""
        every = torch.arange(table.shape[-1]).expand(len(branch), -1)
        joint = self.joint_q.exchanged(of_seen, choice, branch, every) * self.branches.real[branch]
        return table[:, branch] + joint

    def _exchange_loss(self, batch: Batch, table: Tensor, of_seen: Tensor) -> Tensor:
        """Return how far Q_d is from what single exchanges would have changed in the reward (Algorithm 1, line 6)."""
        if not batch.instead.shape[-1]:
            return torch.zeros(())
        own = table.gather(-1, batch.choice[..., None]) + self.joint_q(of_seen, batch.choice)[:, None, None]
        other = table.gather(-1, batch.instead)
        other = other + self.joint_q.exchanged(of_seen, batch.choice, self.every, batch.instead)
        change = batch.instead_reward - batch.reward[:, None, None]
        return (other - own - change).square().mean((0, 2)).sum()

    @torch.no_grad()
    def in_turn(self, seen: Tensor, choice: Tensor, log_l: Tensor, eta: Tensor, rounds: int, best: bool) -> Tensor:
        """Let branches choose again, one after the other, each given what the others have chosen.

        Parameters
        ----------
        seen : tensor (B, size + C)
            Observations and levels.
        choice : int64 tensor (B, n)
            To begin with.
        log_l : tensor (B, n, options)
            ln l.
        eta : tensor ()
            Temperature of the E-step: options count by ln l + Q_d / eta.
        rounds : int
            How often each branch has its turn.
        best : bool
            Whether they take the best option, or draw one.
        """
        table, of_seen, choice = self.branches.pad(self.q(seen)[:, 1:]), self.joint_q.of_seen(seen), choice.clone()
        for number in list(range(self.branches.count)) * rounds:
            judged = self._judged(table, of_seen, choice, self.every[number : number + 1])[:, 0]
            score = log_l[:, number] + judged / eta
            choice[:, number] = score.argmax(-1) if best else sampled(score)
        return choice

    def critics(self) -> list[nn.Module]:
        """Return what learns at the critics' rate."""
        return [self.value, self.q, self.joint_q]
