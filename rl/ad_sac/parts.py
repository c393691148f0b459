"""What the agents are made of: batches, networks, temperatures."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from skyedge.rl.networks.set_heads import head


class Batch(NamedTuple):
    """Transitions: observations (B, size), choices (B, n), levels (B, C) in [−1, 1], rewards and ends (B,).

    And what each branch alone might have chosen instead, (B, n, c), with the rewards that this would have brought.
    """

    observation: Tensor
    choice: Tensor
    level: Tensor
    reward: Tensor
    following: Tensor
    done: Tensor
    instead: Tensor
    instead_reward: Tensor

    def first(self, count: int) -> "Batch":
        """Return the first of them."""
        return Batch(*(part[:count] for part in self))


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


def sampled(log_p: Tensor) -> Tensor:
    """Draw an option per branch (…, n) of log-probabilities (…, n, options)."""
    return (log_p.detach() - torch.empty_like(log_p).exponential_().log()).argmax(-1)
