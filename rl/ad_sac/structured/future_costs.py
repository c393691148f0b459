"""What later slots cost each device: a network on distances and on chances of requests, and on nothing else.

Requests of other slots are drawn anew, so what comes later depends on places alone: what the network does not see
cannot make it prefer a place by mistake.
"""

import torch
from torch import Tensor, nn

from skyedge.problem import Scenario
from skyedge.rl.environment.observation import StructuredObserver
from skyedge.rl.networks.distance_rings import NEAR, NEAR_SOFTNESS, RINGS, SOFTNESS, Rings
from skyedge.rl.networks.pointer import Surveyor
from skyedge.rl.networks.set_encoder import existing
from skyedge.rl.networks.set_heads import head

OF_UAV = 2  # numbers that tell unlike UAVs apart


class LaterNetwork(nn.Module):
    """A number per device, (B, K); weights fit every K and M.

    Devices and UAVs exchange what they know of each other twice: a UAV learns how much is asked of it, and a device
    how much its UAVs have to do.
    """

    of_uav: Tensor

    def __init__(self, scenario: Scenario, width: int) -> None:
        super().__init__()
        observer, half = StructuredObserver(scenario), width // 2
        world = observer.world
        self.layout, self.surveyor = observer.layout, Surveyor(observer)
        self.rings, self.near = Rings(RINGS, SOFTNESS), Rings(NEAR, NEAR_SOFTNESS)
        columns = self.layout.columns["activity"]
        known = columns.stop - columns.start + 1  # of a device: chances of requests, and the time
        self.link = nn.Linear(len(RINGS) + len(NEAR) + OF_UAV, half)
        self.of_device, self.of_load = nn.Linear(known, half, bias=False), nn.Linear(half, half, bias=False)
        self.link_under_load = nn.Linear(half, half)
        self.device = nn.Linear(2 * half + known, width)
        self.says = head(width, 1)
        accuracy = torch.as_tensor(world.uav_accuracy, dtype=torch.float32)
        of_uav = torch.stack([torch.as_tensor(world.uav_capacity / 4, dtype=torch.float32), accuracy], dim=-1)
        self.register_buffer("of_uav", of_uav, persistent=False)

    def forward(self, observation: Tensor) -> Tensor:
        """Return numbers (B, K) of observations (B, size)."""
        part = self.layout.part
        activity = part(observation, "activity")
        time = part(observation, "time").expand(-1, activity.shape[1], -1)
        known = torch.cat([activity, time], dim=-1)
        distances = self.surveyor.distances(self.surveyor.offset(observation))
        own = self.of_uav.expand(*distances.shape[:3], -1)
        far = torch.cat([self.rings(distances[..., 0]), self.near(distances[..., 1]), own], dim=-1)
        link = (self.link(far) + self.of_device(known)[:, :, None]).relu()  # (B, K, M, h/2)
        load = (link * activity[..., :1, None]).sum(1, keepdim=True) / 4
        link = (self.link_under_load(link) + self.of_load(load)).relu()
        device = self.device(torch.cat([link.amax(2), link.mean(2), known], dim=-1)).relu()
        said: Tensor = self.says(device)[..., 0]
        return said * existing(self.layout, observation)[..., 0]
