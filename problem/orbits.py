"""Satellites on circular orbits, seen from devices that stand on a (possibly rotating) spherical Earth.

Positions are in an Earth-fixed frame: z through the north pole, x through longitude 0 on the equator at time 0.
Section 4 of the formulation.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize.elementwise import find_root

from problem.physics import LIGHT_SPEED_MPS

EARTH_RADIUS_M = 6_371_000.0
EARTH_MU = 3.986004418e14  # m³/s²
EARTH_ROTATION_RADPS = 7.2921159e-5
GRAZING_ALTITUDE_M = 80_000.0  # inter-satellite links stay above it


def orbital_speed(altitude_m: np.ndarray | float) -> np.ndarray:
    """Linear velocity v_n on a circular orbit [m/s]."""
    return np.sqrt(EARTH_MU / (EARTH_RADIUS_M + np.asarray(altitude_m)))


def coverage_angle(altitude_m: np.ndarray | float, min_elevation_rad: float) -> np.ndarray:
    """Earth-central angle γ_n at which a satellite is seen at the minimum elevation, Eq. (5)."""
    ratio = EARTH_RADIUS_M * math.cos(min_elevation_rad) / (EARTH_RADIUS_M + np.asarray(altitude_m))
    return np.arccos(ratio) - min_elevation_rad


def overhead_pass(altitude_m: np.ndarray | float, min_elevation_rad: float) -> np.ndarray:
    """Duration of a full overhead pass [s], Eq. (4): the arc 2 (R_E + H) γ over the velocity."""
    arc = 2 * (EARTH_RADIUS_M + np.asarray(altitude_m)) * coverage_angle(altitude_m, min_elevation_rad)
    return arc / orbital_speed(altitude_m)


@dataclass(frozen=True)
class Constellation:
    """N satellites on circular orbits, in planes of ``per_plane`` consecutive ones; arrays (N,).

    ``node_rad`` is the longitude of the ascending node at time 0, ``phase_rad`` the angle from it along the orbit.
    ``closed`` says that a plane's last satellite neighbours its first.
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
        inclination = self.inclination_rad[satellite]
        along = self.phase_rad[satellite] + self.rate_radps[satellite] * time_s
        node = self.node_rad[satellite] - self.earth_rotation_radps * time_s
        across = np.sin(along) * np.cos(inclination)
        return np.stack(
            [
                np.cos(along) * np.cos(node) - across * np.sin(node),
                np.cos(along) * np.sin(node) + across * np.cos(node),
                np.sin(along) * np.sin(inclination),
            ],
            axis=-1,
        )

    def positions(self, time_s: np.ndarray) -> np.ndarray:
        """Positions [m], shape (T, N, 3), at times of shape (T,)."""
        satellites = np.arange(len(self.altitude_m))
        return self.radius_m[:, None] * self.directions(np.asarray(time_s)[:, None], satellites)


def overhead_window(
    planes: int,
    per_plane: int,
    altitude_m: float,
    spacing_rad: float,
    inclination_rad: float,
    site_latitude_rad: float,
    overhead_time_s: float,
    phase_rad: float = 0.0,
    offset_rad: float = 0.0,
    plane_spacing_rad: float = 0.0,
    phasing_rad: float = 0.0,
    earth_rotation_radps: float = 0.0,
) -> Constellation:
    """Return the part of a shell that is over the site at ``overhead_time_s``.

    The middle of the middle plane then stands over the site (longitude 0, on the ascending half of the orbit), but
    for a shift of ``phase_rad`` along the track and of ``offset_rad`` of its node. Other planes follow
    ``plane_spacing_rad`` apart, each shifted by ``phasing_rad`` more along the track.
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
    return np.stack(
        [np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)],
        axis=-1,
    )


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
    ground : array (T, K, 3)
        Directions of the devices, each held for its slot.
    time_s : array (T,)
        Start of each slot.
    central_cosine : array (T, K, N)
        Cosine of the central angle between device and satellite at the slot's start.
    min_elevation_rad : float

    Returns
    -------
    array (T, K, N)
    """
    threshold = np.cos(coverage_angle(constellation.altitude_m, min_elevation_rad))
    window = np.zeros(central_cosine.shape)
    slot, device, satellite = np.nonzero(central_cosine >= threshold)
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
    root = find_root(height, bracket, args=(slot, device, satellite), tolerances={"xatol": 1e-9, "xrtol": 1e-14})
    window[slot, device, satellite] = np.where(root.success, np.maximum(root.x, 0.0), 0.0)
    return window


def isl_neighbours(constellation: Constellation, positions: np.ndarray) -> np.ndarray:
    """Inter-satellite links of each slot, bool (T, N, N): the +Grid, where the line of sight is clear.

    Parameters
    ----------
    constellation : Constellation
    positions : array (T, N, 3)
        Satellite positions [m].
    """
    slots, satellites, _ = positions.shape
    plane, member = np.divmod(np.arange(satellites), constellation.per_plane)
    same_plane = plane[:, None] == plane
    step = np.abs(member[:, None] - member)
    in_plane = same_plane & ((step == 1) | (constellation.closed & (step == constellation.per_plane - 1)))
    links = np.broadcast_to(in_plane, (slots, satellites, satellites)).copy()
    distance = _distances(positions)
    rows, everyone = np.arange(slots)[:, None], np.arange(satellites)
    for adjacent in range(plane.max()):
        left, right = everyone[plane == adjacent], everyone[plane == adjacent + 1]
        for here, there in ((left, right), (right, left)):
            nearest = there[np.argmin(distance[:, here[:, None], there], axis=-1)]
            links[rows, here, nearest] = links[rows, nearest, here] = True
    return links & _line_of_sight(positions)


def _distances(positions: np.ndarray) -> np.ndarray:
    return np.linalg.norm(positions[:, :, None] - positions[:, None], axis=-1)


def _line_of_sight(positions: np.ndarray) -> np.ndarray:
    """Whether the straight line between two satellites clears the grazing altitude, bool (T, N, N)."""
    start, end = positions[:, :, None], positions[:, None]
    line = end - start
    length_squared = np.maximum(np.sum(line**2, axis=-1), 1e-9)
    nearest = np.clip(-np.sum(start * line, axis=-1) / length_squared, 0, 1)
    clearance = np.linalg.norm(start + nearest[..., None] * line, axis=-1)
    return clearance >= EARTH_RADIUS_M + GRAZING_ALTITUDE_M


def isl_routes(links: np.ndarray, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Routes of least propagation delay in each slot.

    Parameters
    ----------
    links : bool array (T, N, N)
    positions : array (T, N, 3)

    Returns
    -------
    hops : int array (T, N, N)
        J of the route from access to executor, 0 on the diagonal, −1 where there is none.
    delay_s : array (T, N, N)
        Its propagation delay δ, 0 where there is none.
    """
    satellites = links.shape[-1]
    itself = np.eye(satellites, dtype=bool)
    length = np.where(itself, 0.0, np.where(links, _distances(positions), np.inf))
    hops = np.where(itself, 0, np.where(links, 1, -1))
    for via in range(satellites):  # Floyd-Warshall, all slots at once
        detour = length[:, :, via, None] + length[:, None, via, :]
        shorter = detour < length
        length = np.where(shorter, detour, length)
        hops = np.where(shorter, hops[:, :, via, None] + hops[:, None, via, :], hops)
    return hops, np.where(hops >= 0, length, 0.0) / LIGHT_SPEED_MPS


def access_satellites(window_s: np.ndarray, hops: np.ndarray) -> np.ndarray:
    """Access satellite a of every executor, int (T, K, N); −1 where it cannot be reached.

    The executor itself where it is visible, else the visible satellite with the longest remaining window (the
    lowest index of equals), if a route leads on from there.
    """
    slots, _, satellites = window_s.shape
    executor = np.arange(satellites)
    longest = np.argmax(window_s, axis=-1)[..., None]
    routed = hops[np.arange(slots)[:, None, None], longest, executor] >= 0
    through_longest = np.where((window_s.max(axis=-1)[..., None] > 0) & routed, longest, -1)
    return np.where(window_s > 0, executor, through_longest)
