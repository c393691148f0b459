"""The batteries of UAVs: what flight and service take, and when a UAV has to turn home (Section 12)."""

from typing import NamedTuple

import numpy as np

from skyedge.problem.arrays import World
from skyedge.problem.instance import Instance
from skyedge.problem.physics.equations import propulsion_power


class Batteries(NamedTuple):
    """What became of the batteries, slot by slot; all arrays (T, M).

    Attributes
    ----------
    flight_j : array
        Energy of propulsion; in the slot in which a UAV turns home that of the whole way, and 0 after it.
    left_j : array
        Energy left at the end of the slot; inf without a battery.
    home : bool array
        Whether the UAV is at home or on its way there, and serves nobody.
    """

    flight_j: np.ndarray
    left_j: np.ndarray
    home: np.ndarray


def flight_power(world: World, speed_mps: np.ndarray | float) -> np.ndarray:
    """Propulsion power [W] of a world's UAVs at a speed."""
    return np.asarray(
        propulsion_power(
            speed_mps,
            world.rotor_blade_w,
            world.rotor_induced_w,
            world.rotor_tip_mps,
            world.rotor_hover_mps,
            world.rotor_drag_kg_per_m,
        )
    )


def way_energy(world: World, distance_m: np.ndarray) -> np.ndarray:
    """Energy [J] of flying distances (…, M) at each UAV's full speed; 0 for those that cannot fly."""
    speed = world.uav_speed_mps
    per_metre = np.divide(flight_power(world, speed), speed, out=np.zeros_like(speed), where=speed > 0)
    return distance_m * per_metre


def serving_energy(server: np.ndarray, served: np.ndarray, server_energy_j: np.ndarray, uavs: int) -> np.ndarray:
    """Return what the tasks (…, K) that UAVs serve take from their batteries [J], (…, M)."""
    on_uav = served[..., None] & (server[..., None] == np.arange(uavs))
    return np.where(on_uav, server_energy_j[..., None], 0.0).sum(axis=-2)


class Ledger:
    """The batteries of a fleet, or of many in lock-step, while slots go by.

    Parameters
    ----------
    world : World
    start_xy : array (…, M, 2)
        Where UAVs start, which is their home [m].

    Attributes
    ----------
    left_j : array (…, M)
        Energy left; inf without a battery.
    home : bool array (…, M)
        Which UAVs have turned home.
    """

    def __init__(self, world: World, start_xy: np.ndarray) -> None:
        self.world, self.start_xy, self.xy = world, start_xy, start_xy
        capacity = np.where(world.uav_battery_j > 0, world.uav_battery_j, np.inf)
        self.left_j = np.broadcast_to(capacity, start_xy.shape[:-1])
        self.home = np.zeros(start_xy.shape[:-1], bool)

    def reserve(self, further_m: np.ndarray | float = 0.0) -> np.ndarray:
        """Energy [J] of the way home, (…, M), from where UAVs are or so much further away."""
        return way_energy(self.world, np.linalg.norm(self.xy - self.start_xy, axis=-1) + further_m)

    def book(self, uav_xy: np.ndarray, serving_j: np.ndarray) -> np.ndarray:
        """Book one slot, and return what UAVs spend on flight in it [J], (…, M).

        Parameters
        ----------
        uav_xy : array (…, M, 2)
            Where they are to be in it [m].
        serving_j : array (…, M)
            What the tasks take that they are to serve.
        """
        slot_s = self.world.slot_s
        way_j = self.reserve()
        flight_j = slot_s * flight_power(self.world, np.linalg.norm(uav_xy - self.xy, axis=-1) / slot_s)
        left_j, before = self.left_j - flight_j - serving_j, self.xy
        self.xy = uav_xy
        turns = ~self.home & ~(left_j >= self.reserve())
        flight_j = np.where(turns, way_j, np.where(self.home, 0.0, flight_j))
        self.left_j = np.where(turns | self.home, self.left_j - flight_j, left_j)
        self.home = self.home | turns
        self.xy = np.where(self.home[..., None], before, uav_xy)
        return flight_j


def fly(instance: Instance, uav_xy: np.ndarray, serving_j: np.ndarray) -> Batteries:
    """Follow the batteries over a horizon.

    Parameters
    ----------
    instance : Instance
    uav_xy : array (T, M, 2)
        Positions decided on [m].
    serving_j : array (T, M)
        See :func:`serving_energy`.
    """
    ledger, booked = Ledger(instance, instance.uav_start_xy), []
    for here, serving in zip(uav_xy, serving_j, strict=True):
        flight_j = ledger.book(here, serving)
        booked.append((flight_j, ledger.left_j, ledger.home))
    return Batteries(*(np.array(column) for column in zip(*booked, strict=True)))
