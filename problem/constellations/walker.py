"""Walker shells: evenly spaced circular orbits over a spherical Earth that turns."""

from typing import Annotated, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from skyedge.problem.common import (
    Count,
    Name,
    Seconds,
    Strict,
    refuse_any,
)
from skyedge.problem.constellations.circular_orbits import EARTH_ROTATION_RADPS, Constellation
from skyedge.problem.constellations.frames import SPHERE, Earth
from skyedge.problem.constellations.mesh_routes import grid_links
from skyedge.problem.constellations.motion import SatelliteFleet

LARGEST = 100_000
NODES_RAD = {"delta": 2 * np.pi, "star": np.pi}  # over how much of the equator a pattern spreads its nodes


class WalkerShell(Strict):
    """A Walker pattern i: N/P/F, N = planes × per_plane."""

    name: Name = "walker"
    altitude_m: Annotated[float, Field(ge=150e3, le=2000e3)]
    inclination_deg: Annotated[float, Field(ge=0, le=180)]
    planes: Annotated[int, Field(ge=1, le=1000)]
    per_plane: Annotated[int, Field(ge=1, le=1000)]
    phasing: Count = 0  # F: each plane is ahead of the one before by F/N of a revolution
    pattern: Literal["delta", "star"] = "delta"
    earth: ClassVar[Earth] = SPHERE
    start_within_s: Seconds = 0.0  # horizons start this long after time 0 at most, drawn evenly

    @model_validator(mode="after")
    def _phased(self) -> Self:
        refuse_any(
            (
                self.size > LARGEST,
                f"planes x per_plane are {self.size} satellites: at most {LARGEST} are propagated",
            ),
            (self.phasing >= self.planes, f"phasing is {self.phasing}: it must be below planes, {self.planes}"),
        )
        return self

    @property
    def size(self) -> int:
        """Number of satellites."""
        return self.planes * self.per_plane

    def fleet(self) -> SatelliteFleet:
        """Return its satellites; satellite ``p-s`` is the one numbered s in plane p."""
        plane, member = np.divmod(np.arange(self.size), self.per_plane)
        node_rad = NODES_RAD[self.pattern] * plane / self.planes
        along_rad = 2 * np.pi * (member / self.per_plane + self.phasing * plane / len(plane))
        orbit = Constellation(
            altitude_m=np.full(len(plane), self.altitude_m),
            inclination_rad=np.full(len(plane), np.radians(self.inclination_deg)),
            node_rad=node_rad,
            phase_rad=along_rad,
            per_plane=self.per_plane,
            closed=True,
            earth_rotation_radps=EARTH_ROTATION_RADPS,
        )

        def positions(time_s: np.ndarray, satellites: np.ndarray) -> np.ndarray:
            return orbit.radius_m[satellites, None] * orbit.directions(time_s[:, None], satellites)

        names = tuple(f"{p}-{s}" for p, s in zip(plane, member, strict=True))
        return SatelliteFleet(
            names, self.earth, grid_links(np.zeros_like(plane), plane, node_rad, along_rad), positions
        )
