"""AD-SAC in the structured track: UAVs move first, then devices choose servers and powers at the new positions.

Networks are over sets, critics are per device, and a device's reward is its own.
"""

import torch
from torch import Tensor, nn

from problem import Scenario
from rl.ad_sac.agents import Agents, Batch, follow
from rl.ad_sac.mover import Mover
from rl.ad_sac.offloader import Offloader
from rl.ad_sac.settings import StructuredSettings
from rl.masks import assign_in_turn
from rl.observation import StructuredObserver


class MovingAgents(Agents):
    """The continuous agent of the moves alone, where the environment decides servers and powers exactly."""

    def __init__(self, scenario: Scenario, settings: StructuredSettings) -> None:
        super().__init__()
        self.settings, self.observer = settings, StructuredObserver(scenario)
        self.mover, self.uavs = Mover(scenario, settings), scenario.uavs
        follow(*self.pairs(), *self.old_pairs())

    def pairs(self) -> list[tuple[nn.Module, nn.Module]]:
        """Return values and their targets."""
        return [(self.mover.value, self.mover.target_value), (self.mover.q, self.mover.mean_q)]

    def old_pairs(self) -> list[tuple[nn.Module, nn.Module]]:
        """Return ℓ and the old ℓ."""
        return [(self.mover.hybrid, self.mover.old_hybrid)]

    def critics(self) -> list[nn.Module]:
        """Return what learns at the critics' rate."""
        return [self.mover.q, self.mover.value]

    @torch.no_grad()
    def act(self, observation: Tensor, deterministic: bool) -> Tensor:
        """Return packed rows: moves (M, 2)."""
        return self.mover.act(observation, deterministic).tanh().flatten(1)

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """Return all losses of a batch whose rewards are per device, (B, K)."""
        return self.mover.losses(batch)

    def _after(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return observations after the moves that were made, and what was allowed then."""
        moves = batch.level[:, : 2 * self.uavs].unflatten(1, (-1, 2))
        after, allowed = self.observer.after_moves(batch.observation.numpy(), moves.numpy())
        return torch.as_tensor(after), torch.as_tensor(allowed)


class StructuredAgents(MovingAgents):
    """Both agents."""

    def __init__(self, scenario: Scenario, settings: StructuredSettings) -> None:
        super().__init__(scenario, settings)
        self.offloader, self.capacity = Offloader(scenario, settings), self.observer.world.server_capacity
        follow((self.offloader.hybrid, self.offloader.old_hybrid))

    def old_pairs(self) -> list[tuple[nn.Module, nn.Module]]:
        """Return the parts of ℓ and of the old ℓ."""
        offloader = getattr(self, "offloader", None)
        return super().old_pairs() + ([(offloader.hybrid, offloader.old_hybrid)] if offloader else [])

    def critics(self) -> list[nn.Module]:
        """Return what learns at the critics' rate."""
        return [*super().critics(), self.offloader.q]

    @torch.no_grad()
    def act(self, observation: Tensor, deterministic: bool) -> Tensor:
        """Return packed rows: servers (K,), then moves (M, 2) and power levels (K,)."""
        moves = self.mover.act(observation, deterministic).tanh()
        after, allowed = self.observer.after_moves(observation.numpy(), moves.numpy())
        logits, level = self.offloader.act(torch.as_tensor(after), deterministic)
        noise = None if deterministic else -torch.empty_like(logits).exponential_().log().numpy()
        server, _ = assign_in_turn(logits.numpy(), allowed, self.capacity, noise)
        return torch.cat([torch.as_tensor(server).float(), moves.flatten(1), level], dim=1)

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """Return all losses of a batch whose rewards are per device, (B, K)."""
        after, allowed = self._after(batch)
        active = self.observer.layout.part(after, "active")[..., 0]
        few, power = slice(self.settings.choice_rows), batch.level[:, 2 * self.uavs :]
        choices = Batch(*(column[few] for column in batch._replace(level=power)))
        offloading = self.offloader.losses(after[few], allowed[few], choices, active[few])
        return offloading | self.mover.losses(batch)
