"""Distances as networks see them: how far inside each of some rings around a place they lie."""

import torch
from torch import Tensor, nn

RINGS = (0.4, 0.7, 0.95, 1.2, 1.6, 2.1, 2.7, 3.4, 4.2, 5.2)  # first borders, in coverage radii
SOFTNESS = (0.4, 0.4, 0.3, 0.3, 0.5, 0.6, 0.7, 0.8, 1.0, 1.2)  # first widths of the borders
NEAR, NEAR_SOFTNESS = (0.8, 1.6), (0.6, 1.0)  # the same, of what another UAV is near to


class Rings(nn.Module):
    """How far inside each of some rings a distance lies: from 0 to 1, over soft borders that are learned."""

    def __init__(self, borders: tuple[float, ...], softness: tuple[float, ...]) -> None:
        super().__init__()
        self.border = nn.Parameter(torch.tensor(borders))
        self.log_softness = nn.Parameter(torch.tensor(softness).log())

    def forward(self, distance: Tensor) -> Tensor:
        """Return shares (…, rings) of distances (…)."""
        return ((self.border - distance[..., None]) / self.log_softness.exp() + 0.5).clamp(0, 1)
