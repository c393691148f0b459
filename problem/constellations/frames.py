"""Earth-fixed frames: points of the ground, and the angle by which the Earth has turned.

Frames are right-handed and turn with the Earth: z through the north pole, x through longitude 0.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from skyedge.problem.constellations.circular_orbits import EARTH_RADIUS_M


@dataclass(frozen=True)
class Earth:
    """An ellipsoid of revolution."""

    equatorial_radius_m: float
    flattening: float

    @property
    def eccentricity_squared(self) -> float:
        """First eccentricity, squared."""
        return self.flattening * (2 - self.flattening)


SPHERE = Earth(EARTH_RADIUS_M, 0.0)
WGS84 = Earth(6_378_137.0, 1 / 298.257223563)


class Site(NamedTuple):
    """Where the area is; angles in degrees, of its centre."""

    earth: Earth
    area_m: tuple[float, float]
    latitude_deg: float
    longitude_deg: float

    def ground(self, xy_m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return positions and verticals of points of the area: see :func:`ground`."""
        latitude_rad, longitude_rad = np.radians([self.latitude_deg, self.longitude_deg])
        return ground(self.earth, xy_m, np.array(self.area_m), latitude_rad, longitude_rad)

    def to_area(self, latitude_deg: float, longitude_deg: float) -> tuple[float, float]:
        """Return x and y [m] of a point of the ground: what :func:`ground` undoes."""
        latitude = math.radians(self.latitude_deg)
        meridian, normal = radii_of_curvature(self.earth, latitude)
        east = math.radians((longitude_deg - self.longitude_deg + 180) % 360 - 180) * normal * math.cos(latitude)
        north = math.radians(latitude_deg - self.latitude_deg) * meridian
        return self.area_m[0] / 2 + east, self.area_m[1] / 2 + north


def radii_of_curvature(earth: Earth, latitude_rad: float) -> tuple[float, float]:
    """Radii M and N [m] of the ellipsoid's curvature along the meridian and across it."""
    bend = 1 - earth.eccentricity_squared * math.sin(latitude_rad) ** 2
    normal = earth.equatorial_radius_m / math.sqrt(bend)
    return normal * (1 - earth.eccentricity_squared) / bend, normal


def ground(
    earth: Earth, xy_m: np.ndarray, area_m: np.ndarray, latitude_rad: float, longitude_rad: float
) -> tuple[np.ndarray, np.ndarray]:
    """Points of the area on the ellipsoid.

    Parameters
    ----------
    earth : Earth
    xy_m : array (…, 2)
        East and north of the area's south-west corner [m].
    area_m : array (2,)
    latitude_rad, longitude_rad : float
        Of the area's centre, geodetic.

    Returns
    -------
    position : array (…, 3)
        Earth-fixed [m], at height 0.
    up : array (…, 3)
        Unit vectors along the local vertical.
    """
    squared = earth.eccentricity_squared
    east, north = np.moveaxis(xy_m - np.asarray(area_m) / 2, -1, 0)
    meridian, normal = radii_of_curvature(earth, latitude_rad)
    latitude = latitude_rad + north / meridian
    longitude = longitude_rad + east / (normal * np.cos(latitude_rad))
    up = np.stack(
        [np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)], axis=-1
    )
    normal_radius = earth.equatorial_radius_m / np.sqrt(1 - squared * np.sin(latitude) ** 2)
    return normal_radius[..., None] * up * np.array([1, 1, 1 - squared]), up


def sidereal_angle(days: np.ndarray) -> np.ndarray:
    """Greenwich mean sidereal time [rad] of 1982, the frame of SGP4; UTC stands in for UT1, within 0.9 s.

    Parameters
    ----------
    days : array
        Days since 2000 January 1, 12 h.

    References
    ----------
    Aoki et al., Astronomy and Astrophysics 105, 1982; Vallado et al., *Revisiting Spacetrack Report #3*, 2006.
    """
    centuries = days / 36525
    seconds = 67310.54841 + (876_600 * 3600 + 8_640_184.812866) * centuries + 0.093104 * centuries**2
    return np.radians((seconds - 6.2e-6 * centuries**3) % 86400 / 240)


def to_earth_fixed(position: np.ndarray, angle_rad: np.ndarray) -> np.ndarray:
    """Turn inertial positions (T, N, 3) into the Earth-fixed frame, which has turned by the angles (T,)."""
    cosine, sine = np.cos(angle_rad)[:, None], np.sin(angle_rad)[:, None]
    x, y, z = np.moveaxis(position, -1, 0)
    return np.stack([cosine * x + sine * y, cosine * y - sine * x, z], axis=-1)
