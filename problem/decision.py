"""A decision over the horizon, and when it is valid (Section 2 of the formulation)."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from skyedge.problem.array_checks import refuse_first
from skyedge.problem.arrays import AREA_TOLERANCE_M
from skyedge.problem.common import (
    InputError,
    read_archive,
    refuse_if,
    write_archive,
)
from skyedge.problem.instance import Instance
from skyedge.problem.physics.links import TOLERANCE

FORMAT = "skyedge-decision-1"
MOVE_TOLERANCE_M = 1e-6
NOT_OFFLOADED = -1


@dataclass(frozen=True, eq=False)
class Decision:
    """Who serves whom, at what power, and where UAVs are.

    Attributes
    ----------
    server : int array (T, K)
        UAV m as m, satellite n as M + n, −1 for not offloaded.
    power : array (T, K)
        Uplink transmit power [W].
    uav_xy : array (T, M, 2)
        Position of each UAV during each slot [m].
    """

    server: np.ndarray
    power: np.ndarray
    uav_xy: np.ndarray

    def __post_init__(self) -> None:
        for name in ("server", "power", "uav_xy"):
            try:
                array = np.array(getattr(self, name))
            except ValueError:
                raise InputError(f"{name} is not an array: its rows differ in length") from None
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    def check(self, instance: Instance) -> None:
        """Accept a valid decision silently.

        Raises
        ------
        InputError
            Naming the first offender, if a shape, type, server, power or move is not valid.
        """
        slots, devices, uavs = instance.slots_count, instance.devices, instance.uavs
        _check_array("server", self.server, "iu", (slots, devices))
        _check_array("power", self.power, "f", (slots, devices))
        _check_array("uav_xy", self.uav_xy, "f", (slots, uavs, 2))
        last = instance.servers - 1
        wrong = (self.server < NOT_OFFLOADED) | (self.server > last)
        refuse_first(wrong, "server", self.server, f"between -1 (not offloaded) and {last}")
        highest = instance.max_power_w * (1 + TOLERANCE)
        for name, values in (("power", self.power), ("uav_xy", self.uav_xy)):
            refuse_first(~np.isfinite(values), name, values, "finite")
        refuse_first(
            (self.power < 0) | (self.power > highest),
            "power",
            self.power,
            "between 0 and max_power_w of the device",
        )
        self._check_moves(instance)

    def _check_moves(self, instance: Instance) -> None:
        """Hold UAVs inside the area and below their speed."""
        area = instance.area_m
        outside = (self.uav_xy < -AREA_TOLERANCE_M) | (self.uav_xy > area + AREA_TOLERANCE_M)
        refuse_first(outside, "uav_xy", self.uav_xy, f"inside the area of {area[0]:g} m x {area[1]:g} m")
        path = np.concatenate([instance.uav_start_xy[None], self.uav_xy])
        moved = np.linalg.norm(np.diff(path, axis=0), axis=-1)
        too_fast = moved > instance.reach_m + MOVE_TOLERANCE_M
        if too_fast.any():
            slot, uav = np.argwhere(too_fast)[0]
            raise InputError(
                f"uav_xy[{slot}, {uav}] is {moved[slot, uav]:.6f} m from where UAV {uav} was: "
                f"it must be within {instance.reach_m[uav]:.6f} m, its reach in one slot"
            )

    def save(self, path: str | Path) -> None:
        """Write the decision to an ``.npz`` file, in one step."""
        write_archive(path, FORMAT, {"server": self.server, "power": self.power, "uav_xy": self.uav_xy})

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a decision that :meth:`save` wrote.

        Raises
        ------
        InputError
            If the file is missing, damaged or foreign.
        """
        return cls(**read_archive(path, FORMAT, {"server", "power", "uav_xy"}))


def _check_array(name: str, array: np.ndarray, kinds: str, shape: tuple[int, ...]) -> None:
    wanted = "floating-point numbers" if kinds == "f" else "whole numbers"
    refuse_if(array.dtype.kind not in kinds, f"{name} has type {array.dtype}: it must hold {wanted}")
    refuse_if(array.shape != shape, f"{name} has shape {array.shape}: for this instance it must be {shape}")
