"""Orbital elements of real satellites, propagated by SGP4."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, ClassVar, Self

import numpy as np
from pydantic import AwareDatetime, Field, field_validator, model_validator
from sgp4.api import SGP4_ERRORS, WGS72, Satrec, SatrecArray, jday

from skyedge.problem.common import Finite, InputError, Name, Seconds, Strict
from skyedge.problem.constellations.circular_orbits import EARTH_MU, EARTH_RADIUS_M
from skyedge.problem.constellations.frames import WGS84, Earth, sidereal_angle, to_earth_fixed
from skyedge.problem.constellations.mesh_routes import grid_links, planes_of
from skyedge.problem.constellations.motion import SatelliteFleet

Angle = Annotated[float, Field(ge=-360, le=360, allow_inf_nan=False)]
SGP4_ZERO = datetime(1949, 12, 31, tzinfo=UTC)
J2000_DAY = 2_451_545.0
MAX_AGE = timedelta(days=30)  # SGP4 strays by kilometres a day


class Elements(Strict):
    """Mean elements of one satellite in a low orbit, as in a TLE or an OMM."""

    name: Annotated[str, Field(min_length=1, max_length=40)]
    number: Annotated[int, Field(ge=0)]  # in the catalogue of NORAD
    epoch: datetime  # UTC
    mean_motion_revpday: Annotated[float, Field(gt=11.25, le=17)]  # slower ones are no low orbits
    eccentricity: Annotated[float, Field(ge=0, lt=0.25)]
    inclination_deg: Annotated[float, Field(ge=0, le=180)]
    node_deg: Angle  # right ascension of the ascending node
    perigee_deg: Angle  # argument of it
    anomaly_deg: Angle  # mean anomaly
    bstar: Finite  # drag term, per Earth radius

    @field_validator("epoch")
    @classmethod
    def _utc(cls, epoch: datetime) -> datetime:
        try:
            return epoch.replace(tzinfo=UTC) if epoch.tzinfo is None else epoch.astimezone(UTC)
        except OverflowError:
            raise ValueError("no time in UTC") from None

    def record(self) -> Satrec:
        """Return SGP4's record; it makes no use of the derivatives of the mean motion."""
        angles = np.radians([self.perigee_deg, self.inclination_deg, self.anomaly_deg, self.node_deg])
        argument, inclination, anomaly, node = map(float, angles)
        motion = self.mean_motion_revpday * 2 * np.pi / 1440  # radians a minute
        day = (self.epoch - SGP4_ZERO) / timedelta(days=1)
        record = Satrec()
        record.sgp4init(
            *(WGS72, "i", 0, day, self.bstar, 0.0, 0.0, self.eccentricity),
            *(argument, inclination, anomaly, motion, node),
        )
        return record


class Catalogue(Strict):
    """Satellites with elements of their own. Time 0 is ``epoch``."""

    name: Name = "catalogue"
    epoch: AwareDatetime
    start_within_s: Seconds = 0.0  # horizons start this long after the epoch at most, drawn evenly
    elements: Annotated[tuple[Elements, ...], Field(min_length=1, max_length=20_000)]
    earth: ClassVar[Earth] = WGS84

    @model_validator(mode="after")
    def _fresh(self) -> Self:
        for one in self.elements:
            if abs(one.epoch - self.epoch) > MAX_AGE:
                raise ValueError(
                    f"epoch is {self.epoch:%Y-%m-%d}, and the elements of {one.name} are of {one.epoch:%Y-%m-%d}: "
                    f"SGP4 is of no use beyond {MAX_AGE.days} days"
                )
        return self

    @property
    def size(self) -> int:
        """Number of satellites."""
        return len(self.elements)

    @property
    def altitude_m(self) -> float:
        """Mean of the orbits' altitudes [m], by Kepler's third law."""
        motion_radps = np.array([one.mean_motion_revpday for one in self.elements]) * 2 * np.pi / 86400
        return float(np.mean(np.cbrt(EARTH_MU / motion_radps**2))) - EARTH_RADIUS_M

    def fleet(self) -> SatelliteFleet:
        """Return its satellites; their links are those of the planes that their elements fall into."""
        names = tuple(one.name for one in self.elements)
        records = [one.record() for one in self.elements]
        whole, part = _julian(self.epoch)

        def positions(time_s: np.ndarray, satellites: np.ndarray) -> np.ndarray:
            day = part + time_s / 86400
            orbit = SatrecArray([records[satellite] for satellite in satellites])
            errors, position_km, _ = orbit.sgp4(np.full(len(day), whole), day)
            if errors.any():
                where, when = (index[0] for index in np.nonzero(errors))
                reason = SGP4_ERRORS.get(int(errors[where, when]), "unknown error")
                raise InputError(
                    f"constellation: SGP4 fails for {names[satellites[where]]} {time_s[when]:.0f} s after "
                    f"{self.epoch:%Y-%m-%d %H:%M:%S} UTC ({reason}): leave the satellite out"
                )
            return to_earth_fixed(1e3 * np.moveaxis(position_km, 0, 1), sidereal_angle(whole - J2000_DAY + day))

        return SatelliteFleet(names, self.earth, self._links(records), positions)

    def _links(self, records: list[Satrec]) -> np.ndarray:
        """Return the +Grid's links, with nodes and places along the orbit brought to one time by their mean rates."""
        node, perigee, anomaly, inclination, motion = (
            np.array([getattr(one, name) for one in records]) for name in ("nodeo", "argpo", "mo", "inclo", "no_kozai")
        )
        minutes = np.array([(self.epoch - one.epoch) / timedelta(minutes=1) for one in self.elements])
        rates = {name: np.array([getattr(one, name) for one in records]) for name in ("nodedot", "argpdot", "mdot")}
        node_rad = node + rates["nodedot"] * minutes
        along_rad = perigee + anomaly + (rates["argpdot"] + rates["mdot"]) * minutes
        shell, plane = planes_of(np.degrees(inclination), motion * 1440 / (2 * np.pi), np.degrees(node_rad) % 360)
        return grid_links(shell, plane, node_rad, along_rad)


def _julian(time: datetime) -> tuple[float, float]:
    utc = time.astimezone(UTC)
    return jday(utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second + utc.microsecond / 1e6)
