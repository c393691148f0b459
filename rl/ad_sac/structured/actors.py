"""What every part of the structured track's policies has: π, ℓ and the old ℓ, and which of them acts."""

from torch import nn

from skyedge.rl.ad_sac.settings import StructuredSettings


class Actors(nn.Module):
    """Base of what chooses moves, or servers and powers."""

    settings: StructuredSettings
    policy: nn.Module
    hybrid: nn.Module
    old_hybrid: nn.Module

    @property
    def acting(self) -> nn.Module:
        """ℓ, or π where there is no ℓ."""
        return self.hybrid if self.settings.hybrid_policy else self.policy

    @property
    def before(self) -> nn.Module:
        """The old ℓ, or π where there is no ℓ."""
        return self.old_hybrid if self.settings.hybrid_policy else self.policy
