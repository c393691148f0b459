"""The value of a place to a UAV: a network on the requests expected around it in the slots ahead.

Devices count by their distance alone, so the value does not change when the world is turned or mirrored; it depends
neither on their order nor on their number.
"""

import numpy as np
import torch
from torch import Tensor, nn

from skyedge.problem import Scenario, world_of
from skyedge.problem.physics.links import accurate
from skyedge.rl.networks.distance_rings import NEAR, NEAR_SOFTNESS, RINGS, SOFTNESS, Rings

LOOK_AHEAD = (1, 2, 3, 5, 7, 10, 14, 18)  # slots ahead whose requests are expected
OF_UAV = 2  # numbers that tell unlike UAVs apart


def chances(arrival_rate: np.ndarray, t: int, horizon: int) -> np.ndarray:
    """Return the chances of requests after slot t: array (B, K, H), 0 beyond the horizon.

    Parameters
    ----------
    arrival_rate : array (T + 60, B, K)
        λ_k(t).
    t, horizon : int
        The slot, of ``horizon`` slots.
    """
    slots = t + np.array(LOOK_AHEAD)
    chance = -np.expm1(-arrival_rate[slots]) * (slots < horizon)[:, None, None]
    return np.moveaxis(chance, 0, -1)


def others_of(uav_xy: np.ndarray, uav: int) -> np.ndarray:
    """Return the positions (…, M−1, 2) of all UAVs but one."""
    return np.delete(uav_xy, uav, axis=-2)


class PlaceValue(nn.Module):
    """The value of places.

    Parameters
    ----------
    width : int
        Of the hidden layers.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.rings, self.near = Rings(RINGS, SOFTNESS), Rings(NEAR, NEAR_SOFTNESS)
        demand = 2 * len(RINGS) * len(LOOK_AHEAD)
        self.layers = nn.Sequential(
            nn.Linear(demand + len(RINGS) + OF_UAV, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU()
        )
        self.value = nn.Linear(width, 1)
        nn.init.zeros_(self.value.weight)  # before anything is learned no place is worth more than another
        nn.init.zeros_(self.value.bias)

    def forward(self, place: Tensor, device: Tensor, chance: Tensor, others: Tensor, of_uav: Tensor) -> Tensor:
        """Return the values (R, P) of R times P places.

        Parameters
        ----------
        place : Tensor (R, P, 2)
            In coverage radii, as are the others.
        device : Tensor (R, K, 2)
        chance : Tensor (R, K, H)
            Of a request that the UAV can serve.
        others : Tensor (R, M−1, 2)
            Of the other UAVs.
        of_uav : Tensor (R, 2)
        """
        inside = self.rings(torch.cdist(place, device)).transpose(2, 3)  # (R, P, rings, K)
        expected = torch.cat([chance, chance * self._contested(device, others)], dim=-1)
        demand = torch.bmm(inside.flatten(1, 2), expected).unflatten(1, inside.shape[1:3])
        company = self.rings(torch.cdist(place, others)).sum(2)
        own = of_uav[:, None].expand(-1, place.shape[1], -1)
        seen = torch.cat([demand.flatten(2) / 4, company, own], dim=-1)
        value: Tensor = self.value(self.layers(seen))[..., 0]
        return value

    def _contested(self, device: Tensor, others: Tensor) -> Tensor:
        """How near the nearest other UAV is to each device: (R, K, 1), from 0 to 1."""
        if not others.shape[1]:
            return torch.zeros_like(device[..., :1])
        nearest = torch.cdist(device, others).amin(-1)
        return self.near(nearest).mean(-1, keepdim=True)


class PlaceValues:
    """A value network in a scenario, on arrays with units.

    Parameters
    ----------
    network : PlaceValue
    scenario : Scenario

    Attributes
    ----------
    unit : float
        Cost per unit of the network's values.
    """

    def __init__(self, network: PlaceValue, scenario: Scenario) -> None:
        self.network, self.scenario = network, scenario
        world = world_of(scenario)
        self.unit = world.unserved_penalty
        self._radius_m = np.maximum(world.uav_radius_m, 1e-3)
        floors = np.atleast_1d(scenario.min_accuracy)
        self._eligible: np.ndarray = np.mean(accurate(world.uav_accuracy[:, None], floors), axis=1)
        reach = np.minimum(world.reach_m, np.linalg.norm(world.area_m)) / self._radius_m
        self._of_uav = np.stack([world.uav_capacity / 4, reach], axis=-1)

    def at(
        self,
        uav: int | np.ndarray,
        place_xy: np.ndarray,
        device_xy: np.ndarray,
        chance: np.ndarray,
        others_xy: np.ndarray,
    ) -> np.ndarray:
        """Return what places are worth to a UAV for the slots after B slots: cost saved (B, P).

        Parameters
        ----------
        uav : int or int array (B,)
        place_xy : array (B, P, 2)
            [m].
        device_xy : array (B, K, 2)
            [m].
        chance : array (B, K, H)
            See :func:`chances`; where it is 0 throughout, nothing will come and nothing is worth anything.
        others_xy : array (B, M−1, 2)
            Where the other UAVs are [m].
        """
        with torch.no_grad():
            value = self.network(*self.inputs(uav, place_xy, device_xy, chance, others_xy))
        return value.numpy().astype(float) * self.unit * np.any(chance, axis=(1, 2), keepdims=True)[..., 0]

    def inputs(
        self,
        uav: int | np.ndarray,
        place_xy: np.ndarray,
        device_xy: np.ndarray,
        chance: np.ndarray,
        others_xy: np.ndarray,
    ) -> tuple[Tensor, ...]:
        """Return what the network is given for the arguments of :meth:`at`."""
        uav = np.broadcast_to(uav, len(place_xy))
        radius_m = self._radius_m[uav, None, None]
        arrays = (
            place_xy / radius_m,
            device_xy / radius_m,
            chance * self._eligible[uav, None, None],
            others_xy / radius_m,
            self._of_uav[uav],
        )
        return tuple(torch.from_numpy(np.ascontiguousarray(array, np.float32)) for array in arrays)
