"""What the algorithm asks of its agents; those of flat observations and of the structured track give it."""

from abc import ABC, abstractmethod

from torch import Tensor, nn

from skyedge.rl.ad_sac.batch import Batch


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
