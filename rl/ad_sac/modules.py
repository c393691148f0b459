"""What the agents are made of: networks, policies beside each other, and the weight of entropy."""

import torch
from torch import Tensor, nn

from skyedge.problem import Scenario
from skyedge.rl.ad_sac.settings import StructuredSettings
from skyedge.rl.networks.track_networks import Widths, head, network


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


class Actors(nn.Module):
    """π, ℓ and the old ℓ of the structured track: base of what chooses moves, or servers and powers."""

    def __init__(self, settings: StructuredSettings) -> None:
        super().__init__()
        self.settings = settings

    def make_policies(self, scenario: Scenario, outputs: Widths) -> None:
        """Make the three networks."""
        self.policy, self.hybrid, self.old_hybrid = (
            network(scenario, "structured", outputs, width=self.settings.width) for _ in range(3)
        )

    @property
    def acting(self) -> nn.Module:
        """ℓ, or π where there is no ℓ."""
        return self.hybrid if self.settings.hybrid_policy else self.policy

    @property
    def before(self) -> nn.Module:
        """The old ℓ, or π where there is no ℓ."""
        return self.old_hybrid if self.settings.hybrid_policy else self.policy
