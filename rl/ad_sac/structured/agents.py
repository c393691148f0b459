"""AD-SAC in the structured track: UAVs move first, then devices choose servers and powers at the new positions.

Networks are over sets, critics are per device, and a device's reward is its own. The ablations differ in what agents
say: all of it by the discrete agent, or all by the continuous one.
"""

from typing import ClassVar

import torch
from torch import Tensor, nn

from skyedge.problem import Scenario
from skyedge.rl.ad_sac.flat.agents import Agents
from skyedge.rl.ad_sac.parts import Batch, Said, follow
from skyedge.rl.ad_sac.settings import StructuredSettings
from skyedge.rl.ad_sac.structured.compass_mover import CompassMover
from skyedge.rl.ad_sac.structured.gaussian_mover import GaussianMover
from skyedge.rl.ad_sac.structured.offloader import Offloader, Rows
from skyedge.rl.ad_sac.structured.powers import GaussianPowers, LevelPowers
from skyedge.rl.ad_sac.structured.relaxed_offloader import RelaxedOffloader
from skyedge.rl.environment.observation import StructuredObserver


class MovingAgents(Agents):
    """The agent of the moves alone, where the environment decides servers and powers exactly."""

    mover_class: ClassVar[type[GaussianMover | CompassMover]] = GaussianMover

    def __init__(self, scenario: Scenario, settings: StructuredSettings) -> None:
        super().__init__()
        self.settings, self.observer = settings, StructuredObserver(scenario)
        self.mover = self.mover_class(scenario, settings)
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

    def acting(self) -> list[nn.Module]:
        """Return what decisions depend on."""
        return [self.mover.acting, self.mover.mean_q, self.mover.step]

    @torch.no_grad()
    def act(self, observation: Tensor, deterministic: bool) -> Tensor:
        """Return packed rows: moves."""
        return torch.cat([*self.mover.act(observation, deterministic)], dim=1)

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """Return all losses of a batch whose rewards are per device, (B, K)."""
        return self.mover.losses(batch)


class StructuredAgents(MovingAgents):
    """Both agents: servers by the discrete one, moves and powers by the continuous one."""

    def __init__(self, scenario: Scenario, settings: StructuredSettings) -> None:
        super().__init__(scenario, settings)
        self.offloader = self.make_offloader(scenario, settings)
        follow((self.offloader.hybrid, self.offloader.old_hybrid))

    @staticmethod
    def make_offloader(scenario: Scenario, settings: StructuredSettings) -> Offloader | RelaxedOffloader:
        """Return what chooses servers and powers."""
        return Offloader(scenario, settings, GaussianPowers(settings))

    def old_pairs(self) -> list[tuple[nn.Module, nn.Module]]:
        """Return the parts of ℓ and of the old ℓ."""
        offloader = getattr(self, "offloader", None)
        return super().old_pairs() + ([(offloader.hybrid, offloader.old_hybrid)] if offloader else [])

    def critics(self) -> list[nn.Module]:
        """Return what learns at the critics' rate."""
        return [*super().critics(), self.offloader.q]

    def acting(self) -> list[nn.Module]:
        """Return what decisions depend on."""
        return [*super().acting(), self.offloader.acting, self.offloader.q, *self.offloader.steps()]

    @torch.no_grad()
    def act(self, observation: Tensor, deterministic: bool) -> Tensor:
        """Return packed rows: the options of moves and of the rest, then the levels of both."""
        moves = self.mover.act(observation, deterministic)
        rest = self.offloader.act(*self._after(observation, self.mover.moves(moves)), deterministic)
        return torch.cat([moves.choice, rest.choice, moves.level, rest.level], dim=1)

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """Return all losses of a batch whose rewards are per device, (B, K)."""
        few = slice(self.settings.choice_rows)
        said = Said(batch.choice[few], batch.level[few])
        after, allowed = self._after(batch.observation[few], self.mover.moves(said))
        rest = Said(said.choice[:, self.mover.branches :], said.level[:, self.mover.coordinates :])
        active = self.observer.layout.part(after, "active")[..., 0]
        return self.offloader.losses(Rows(after, allowed, rest, batch.reward[few], active)) | super().losses(batch)

    def _after(self, observation: Tensor, moves: Tensor) -> tuple[Tensor, Tensor]:
        """Return observations after moves (B, M, 2), and what is allowed then, as far as policies know."""
        after, allowed = (torch.as_tensor(one) for one in self.observer.after_moves(observation.numpy(), moves.numpy()))
        return after, allowed if self.settings.masks else torch.ones_like(allowed)


class DiscreteAgents(StructuredAgents):
    """The discrete agent alone (ad-sac-d): moves of the compass, servers, and a few power levels."""

    mover_class = CompassMover

    @staticmethod
    def make_offloader(scenario: Scenario, settings: StructuredSettings) -> Offloader:
        """Return what chooses servers and powers."""
        return Offloader(scenario, settings, LevelPowers(settings))


class ContinuousAgents(StructuredAgents):
    """The continuous agent alone (ad-sac-c): moves, a score per choice of a server, and powers."""

    @staticmethod
    def make_offloader(scenario: Scenario, settings: StructuredSettings) -> RelaxedOffloader:
        """Return what scores servers and sets powers."""
        return RelaxedOffloader(scenario, settings)
