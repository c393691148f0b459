"""The continuous agent on flat observations: sets the coordinates."""

import torch
from torch import Tensor, nn

from skyedge.rl.ad_sac.batch import Batch
from skyedge.rl.ad_sac.hybrid_actions import HybridActions
from skyedge.rl.ad_sac.modules import EntropyWeight, frozen, perceptron
from skyedge.rl.ad_sac.settings import AdSacSettings
from skyedge.rl.networks.distributions import Branches, Gaussian


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
