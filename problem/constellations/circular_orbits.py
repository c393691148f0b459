"""Satellites on circular orbits, seen from devices that stand on a (possibly rotating) spherical Earth.

Positions are in an Earth-fixed frame: z through the north pole, x through longitude 0 on the equator at time 0.
Section 4 of the formulation.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize.elementwise import find_root

from skyedge.problem.physics.compiled import njit

EARTH_RADIUS_M = 6_371_000.0
EARTH_MU = 3.986004418e14  # m³/s²
EARTH_ROTATION_RADPS = 7.2921159e-5
WINDOW_TOLERANCE_S = 1e-9


def orbital_speed(altitude_m: np.ndarray | float) -> np.ndarray:
    """Linear velocity v_n on a circular orbit [m/s]."""
    return np.sqrt(EARTH_MU / (EARTH_RADIUS_M + np.asarray(altitude_m)))


def coverage_angle(altitude_m: np.ndarray | float, min_elevation_rad: float) -> np.ndarray:
    """Earth-central angle γ_n at which a satellite is seen at the minimum elevation, Eq. (5)."""
    ratio = EARTH_RADIUS_M * math.cos(min_elevation_rad) / (EARTH_RADIUS_M + np.asarray(altitude_m))
    return np.arccos(ratio) - min_elevation_rad


def overhead_pass(altitude_m: np.ndarray | float, min_elevation_rad: float) -> np.ndarray:
    """Duration of a full overhead pass [s], Eq. (4): the arc 2 (R_E + H) γ over the velocity.

    Examples
    --------
    >>> round(float(overhead_pass(500e3, math.radians(10))), 1)
    442.6
    """
    arc = 2 * (EARTH_RADIUS_M + np.asarray(altitude_m)) * coverage_angle(altitude_m, min_elevation_rad)
    return arc / orbital_speed(altitude_m)


@dataclass(frozen=True)
class Constellation:
    """N satellites on circular orbits, in planes of ``per_plane`` consecutive ones; arrays (N,).

    ``node_rad`` is the longitude of the ascending node at time 0, ``phase_rad`` the angle from it along the orbit;
    both are (…, N) for several constellations at once. ``closed`` says that a plane's last satellite neighbours its
    first.
    """

    altitude_m: np.ndarray
    inclination_rad: np.ndarray
    node_rad: np.ndarray
    phase_rad: np.ndarray
    per_plane: int
    closed: bool
    earth_rotation_radps: float = 0.0

    @property
    def radius_m(self) -> np.ndarray:
        """Orbital radius, shape (N,)."""
        return EARTH_RADIUS_M + self.altitude_m

    @property
    def rate_radps(self) -> np.ndarray:
        """Angular velocity along the orbit, shape (N,)."""
        return orbital_speed(self.altitude_m) / self.radius_m

    def directions(self, time_s: np.ndarray, satellite: np.ndarray) -> np.ndarray:
        """Unit vectors from the Earth's centre, shape (…, 3), of ``satellite`` at ``time_s`` (broadcast)."""
        along = self.phase_rad[..., satellite] + self.rate_radps[satellite] * time_s
        node = self.node_rad[..., satellite] - self.earth_rotation_radps * time_s
        cos_along, sin_along, cos_node, sin_node = np.cos(along), np.sin(along), np.cos(node), np.sin(node)
        across = sin_along * np.cos(self.inclination_rad[satellite])
        return np.stack(
            [
                cos_along * cos_node - across * sin_node,
                cos_along * sin_node + across * cos_node,
                sin_along * np.sin(self.inclination_rad[satellite]),
            ],
            axis=-1,
        )

    def ahead(self) -> "Constellation":
        """Return the satellites a quarter of an orbit on: their directions are the derivatives of these along it."""
        return replace(self, phase_rad=self.phase_rad + np.pi / 2)

    def positions(self, time_s: np.ndarray) -> np.ndarray:
        """Positions [m], shape (T, …, N, 3), at times of shape (T,)."""
        satellites = np.arange(len(self.altitude_m))
        return self.radius_m[:, None] * self.directions(over_slots(time_s, self.phase_rad.ndim), satellites)


def over_slots(time_s: np.ndarray, axes: int) -> np.ndarray:
    """Return times (T,) with as many axes behind, so that they broadcast over all that a slot holds."""
    return np.reshape(time_s, (-1, *[1] * axes))


def overhead_window(
    planes: int,
    per_plane: int,
    altitude_m: float,
    spacing_rad: float,
    inclination_rad: float,
    site_latitude_rad: float,
    overhead_time_s: float,
    phase_rad: np.ndarray | float = 0.0,
    offset_rad: np.ndarray | float = 0.0,
    plane_spacing_rad: float = 0.0,
    phasing_rad: float = 0.0,
    earth_rotation_radps: float = 0.0,
) -> Constellation:
    """Return the part of a shell that is over the site at ``overhead_time_s``.

    The middle of the middle plane then stands over the site (longitude 0, on the ascending half of the orbit), but
    for a shift of ``phase_rad`` along the track and of ``offset_rad`` of its node (arrays (…, 1) give as many
    windows). Other planes follow ``plane_spacing_rad`` apart, each shifted by ``phasing_rad`` more along the track.
    """
    altitudes = np.full(planes * per_plane, altitude_m)
    plane, member = np.divmod(np.arange(planes * per_plane), per_plane)
    plane_step, member_step = plane - (planes - 1) / 2, member - (per_plane - 1) / 2
    sine = np.clip(math.sin(site_latitude_rad) / math.sin(inclination_rad), -1, 1) if inclination_rad else 0.0
    over_site = math.asin(sine)  # angle from the node to the site's latitude
    node = -math.atan2(math.sin(over_site) * math.cos(inclination_rad), math.cos(over_site))
    travelled = orbital_speed(altitude_m) / (EARTH_RADIUS_M + altitude_m) * overhead_time_s
    return Constellation(
        altitude_m=altitudes,
        inclination_rad=np.full(len(altitudes), inclination_rad),
        node_rad=node + offset_rad + plane_step * plane_spacing_rad + earth_rotation_radps * overhead_time_s,
        phase_rad=over_site + phase_rad + member_step * spacing_rad + plane_step * phasing_rad - travelled,
        per_plane=per_plane,
        closed=math.isclose(per_plane * spacing_rad, 2 * math.pi) and per_plane > 2,
        earth_rotation_radps=earth_rotation_radps,
    )


def ground_directions(xy_m: np.ndarray, area_m: np.ndarray, site_latitude_rad: float) -> np.ndarray:
    """Unit vectors (…, 3) from the Earth's centre to points of the area (…, 2); x is east, y north."""
    east, north = np.moveaxis(xy_m - np.asarray(area_m) / 2, -1, 0) / EARTH_RADIUS_M
    latitude = site_latitude_rad + north
    longitude = east / math.cos(site_latitude_rad)
    across = np.cos(latitude)
    return np.stack([across * np.cos(longitude), across * np.sin(longitude), np.sin(latitude)], axis=-1)


def central_cosine(ground: np.ndarray, positions: np.ndarray, radius_m: np.ndarray) -> np.ndarray:
    """Cosines (…, K, N) of the central angles between directions (…, K, 3) and positions (…, N, 3) of radius (N,)."""
    cosine = np.empty((*ground.shape[:-1], len(radius_m)))
    fill_in_cosines(
        np.ascontiguousarray(ground).reshape(-1, *ground.shape[-2:]),
        np.ascontiguousarray(positions).reshape(-1, *positions.shape[-2:]),
        radius_m,
        cosine.reshape(-1, *cosine.shape[-2:]),
    )
    return cosine


@njit
def fill_in_cosines(ground: np.ndarray, positions: np.ndarray, radius_m: np.ndarray, cosine: np.ndarray) -> None:
    """Fill in :func:`central_cosine` of S slots; the order of the sum is part of what instances are."""
    for s in range(cosine.shape[0]):
        for k in range(cosine.shape[1]):
            for n in range(cosine.shape[2]):
                x, y, z = positions[s, n]
                along = (ground[s, k, 0] * x + ground[s, k, 2] * z) + ground[s, k, 1] * y
                cosine[s, k, n] = along / radius_m[n]


def slant_range(central_cosine: np.ndarray, altitude_m: np.ndarray | float) -> np.ndarray:
    """Distance d_kn [m] between a point on the ground and a satellite, from the cosine of their central angle."""
    radius = EARTH_RADIUS_M + np.asarray(altitude_m)
    return np.sqrt(EARTH_RADIUS_M**2 + radius**2 - 2 * EARTH_RADIUS_M * radius * central_cosine)


def remaining_window(
    constellation: Constellation,
    ground: np.ndarray,
    time_s: np.ndarray,
    central_cosine: np.ndarray,
    min_elevation_rad: float,
) -> np.ndarray:
    """W_{k,n}(t) [s]: how long each satellite stays above the minimum elevation, 0 if it is below it now.

    Parameters
    ----------
    constellation : Constellation
    ground : array (T, …, K, 3)
        Directions of the devices, each held for its slot.
    time_s : array (T,)
        Start of each slot.
    central_cosine : array (T, …, K, N)
        Cosine of the central angle between device and satellite at the slot's start.
    min_elevation_rad : float

    Returns
    -------
    array (T, …, K, N)
    """
    threshold = np.cos(coverage_angle(constellation.altitude_m, min_elevation_rad))
    visible = central_cosine >= threshold
    if constellation.phase_rad.ndim == 1:
        return _waits_of_one(constellation, ground, time_s, threshold, visible)
    return visible * _waits_of_many(constellation, ground, time_s, threshold, central_cosine, visible)


def _waits_of_one(
    constellation: Constellation, ground: np.ndarray, time_s: np.ndarray, threshold: np.ndarray, visible: np.ndarray
) -> np.ndarray:
    """Windows by a bracketing root finder, to 1e-9 s: to the bit those of all instances ever generated."""
    window = np.zeros(visible.shape)
    slot, device, satellite = np.nonzero(visible)
    if not len(slot):
        return window

    def height(wait_s: np.ndarray, slot: np.ndarray, device: np.ndarray, satellite: np.ndarray) -> np.ndarray:
        seen = constellation.directions(time_s[slot] + wait_s, satellite)
        return np.sum(ground[slot, device] * seen, axis=-1) - threshold[satellite]

    # No pass lasts longer than twice the coverage angle at the slowest rate over the ground, so it has set by then,
    # and the next pass is most of an orbit away: the bracket holds one root.
    slowest = constellation.rate_radps - constellation.earth_rotation_radps
    longest = 1.01 * 2 * np.arccos(threshold) / slowest
    bracket = (np.zeros(len(slot)), longest[satellite])
    # exactly on the horizon: the root is at 0 already
    tolerances = {"xatol": WINDOW_TOLERANCE_S, "xrtol": 1e-14}
    root = find_root(height, bracket, args=(slot, device, satellite), tolerances=tolerances)
    window[slot, device, satellite] = np.where(root.success, np.maximum(root.x, 0.0), 0.0)
    return window


def _waits_of_many(
    constellation: Constellation,
    ground: np.ndarray,
    time_s: np.ndarray,
    threshold: np.ndarray,
    height: np.ndarray,
    visible: np.ndarray,
) -> np.ndarray:
    """Windows in closed form, as exact and much quicker; where the Earth turns meanwhile, by repetition."""
    everyone = np.arange(len(threshold))
    ahead = constellation.ahead().directions(over_slots(time_s, visible.ndim - 2), everyone)
    slope = central_cosine(ground, ahead, np.ones(len(everyone)))
    turn_s = _turn(height, slope, threshold) / constellation.rate_radps
    wait_s = turn_s
    own = replace(
        constellation, phase_rad=constellation.phase_rad[..., None, :], node_rad=constellation.node_rad[..., None, :]
    )
    while own.earth_rotation_radps and np.max(np.abs(turn_s), where=visible, initial=0.0) > WINDOW_TOLERANCE_S:
        then_s = over_slots(time_s, visible.ndim - 1) + wait_s
        height, slope = (
            np.vecdot(ground[..., None, :], seen.directions(then_s, everyone)) for seen in (own, own.ahead())
        )
        turn_s = _turn(height, slope, threshold) / constellation.rate_radps
        wait_s = wait_s + turn_s
    return np.maximum(wait_s, 0.0)


def _turn(height: np.ndarray, slope: np.ndarray, threshold: np.ndarray) -> np.ndarray:
    """Angle that a satellite goes on along its orbit until it sinks to the threshold.

    Its height over a point is R cos v, v the angle from the orbit's highest point, and the slope is -R sin v.
    """
    sine, cosine = np.empty(height.shape), np.empty(height.shape)
    rows = (-1, len(threshold))
    fill_in_turns(height.reshape(rows), slope.reshape(rows), threshold, sine.reshape(rows), cosine.reshape(rows))
    return np.arctan2(sine, cosine, out=sine)


@njit
def fill_in_turns(
    height: np.ndarray, slope: np.ndarray, threshold: np.ndarray, sine: np.ndarray, cosine: np.ndarray
) -> None:
    """Fill in sines and cosines (S, N) of :func:`_turn`, times a common factor, in one pass through memory."""
    for s in range(height.shape[0]):
        for n in range(height.shape[1]):
            now, falling, low = height[s, n], slope[s, n], threshold[n]
            last = math.sqrt(max(now * now + falling * falling - low * low, 0.0))  # R sin v at the threshold
            sine[s, n] = last * now + low * falling
            cosine[s, n] = low * now - last * falling
