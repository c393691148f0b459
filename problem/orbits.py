"""Satellites on circular orbits, seen from devices that stand on a (possibly rotating) spherical Earth.

Positions are in an Earth-fixed frame: z through the north pole, x through longitude 0 on the equator at time 0.
Section 4 of the formulation.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize.elementwise import find_root

from problem.physics import LIGHT_SPEED_MPS

EARTH_RADIUS_M = 6_371_000.0
EARTH_MU = 3.986004418e14  # m³/s²
EARTH_ROTATION_RADPS = 7.2921159e-5
GRAZING_ALTITUDE_M = 80_000.0  # inter-satellite links stay above it
WINDOW_TOLERANCE_S = 1e-9


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

    ``node_rad`` and ``phase_rad`` are (…, N) for several such constellations at once. ``node_rad`` is the longitude of the ascending node at time 0, ``phase_rad`` the angle from it along the orbit.
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
        along = self.phase_rad[..., satellite] + self.rate_radps[satellite] * time_s
        node = self.node_rad[..., satellite] - self.earth_rotation_radps * time_s
        return np.stack(_on_orbit(np.cos(along), np.sin(along), node, self.inclination_rad[satellite]), axis=-1)

    def positions(self, time_s: np.ndarray) -> np.ndarray:
        """Positions [m], shape (T, …, N, 3), at times of shape (T,)."""
        satellites = np.arange(len(self.altitude_m))
        return self.radius_m[:, None] * self.directions(over_slots(time_s, self.phase_rad.ndim), satellites)


def _on_orbit(cos_along: Any, sin_along: Any, node_rad: np.ndarray, inclination_rad: np.ndarray) -> list[np.ndarray]:
    """Coordinates of the unit vector at an angle along an orbit from its node, given as cosine and sine."""
    across = sin_along * np.cos(inclination_rad)
    return [
        cos_along * np.cos(node_rad) - across * np.sin(node_rad),
        cos_along * np.sin(node_rad) + across * np.cos(node_rad),
        sin_along * np.sin(inclination_rad),
    ]


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
    waits = _waits_of_one if constellation.phase_rad.ndim == 1 else _waits_of_many
    return waits(constellation, ground, time_s, threshold, central_cosine >= threshold)


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
    root = find_root(height, bracket, args=(slot, device, satellite), tolerances={"xatol": WINDOW_TOLERANCE_S, "xrtol": 1e-14})
    window[slot, device, satellite] = np.where(root.success, np.maximum(root.x, 0.0), 0.0)
    return window


def _waits_of_many(
    constellation: Constellation, ground: np.ndarray, time_s: np.ndarray, threshold: np.ndarray, visible: np.ndarray
) -> np.ndarray:
    """Windows in closed form, as exact and much quicker.

    Over a device, the cosine of the central angle is that of the orbit's angle u: A cos u + B sin u. The Earth turns
    below, so the node is that of the setting itself, found by repetition (once, where it stands still).
    """
    time_s = over_slots(time_s, visible.ndim - 1)
    phase, node = constellation.phase_rad[..., None, :], constellation.node_rad[..., None, :]
    along = np.remainder(phase + constellation.rate_radps * time_s, 2 * np.pi)
    east, north, up = (ground[..., axis, None] for axis in range(3))
    wait_s, moved_s = np.zeros(()), np.inf
    while moved_s > WINDOW_TOLERANCE_S:
        setting_node = node - constellation.earth_rotation_radps * (time_s + wait_s)
        from_node, ahead = (
            x * east + y * north + z * up
            for x, y, z in (_on_orbit(*axis, setting_node, constellation.inclination_rad) for axis in ((1, 0), (0, 1)))
        )
        last = np.arctan2(ahead, from_node) + np.arccos(np.clip(threshold / np.hypot(ahead, from_node), -1, 1))
        turn = np.remainder(last - along + np.pi, 2 * np.pi) - np.pi
        before_s, wait_s = wait_s, np.where(visible, np.maximum(turn, 0.0) / constellation.rate_radps, 0.0)
        moved_s = np.max(np.abs(wait_s - before_s), initial=0.0) if constellation.earth_rotation_radps else 0.0
    return wait_s


def isl_neighbours(constellation: Constellation, positions: np.ndarray) -> np.ndarray:
    """Inter-satellite links of each slot, bool (…, N, N): the +Grid, where the line of sight is clear.

    Parameters
    ----------
    constellation : Constellation
    positions : array (…, N, 3)
        Satellite positions [m].
    """
    satellites = positions.shape[-2]
    plane, member = np.divmod(np.arange(satellites), constellation.per_plane)
    same_plane = plane[:, None] == plane
    step = np.abs(member[:, None] - member)
    in_plane = same_plane & ((step == 1) | (constellation.closed & (step == constellation.per_plane - 1)))
    links = np.broadcast_to(in_plane, (*positions.shape[:-1], satellites)).copy()
    distance = _distances(positions)
    everyone = np.arange(satellites)
    for adjacent in range(plane.max()):
        left, right = everyone[plane == adjacent], everyone[plane == adjacent + 1]
        for here, there in ((left, right), (right, left)):
            nearest = there[np.argmin(distance[..., here[:, None], there], axis=-1)]
            chosen = nearest[..., None] == everyone
            links[..., here, :] |= chosen
            links[..., :, here] |= np.swapaxes(chosen, -1, -2)
    return links & _line_of_sight(positions)


def _distances(positions: np.ndarray) -> np.ndarray:
    return np.linalg.norm(positions[..., :, None, :] - positions[..., None, :, :], axis=-1)


def _line_of_sight(positions: np.ndarray) -> np.ndarray:
    """Whether the straight line between two satellites clears the grazing altitude, bool (…, N, N)."""
    start, end = positions[..., :, None, :], positions[..., None, :, :]
    line = end - start
    length_squared = np.maximum(np.sum(line**2, axis=-1), 1e-9)
    nearest = np.clip(-np.sum(start * line, axis=-1) / length_squared, 0, 1)
    clearance = np.linalg.norm(start + nearest[..., None] * line, axis=-1)
    return clearance >= EARTH_RADIUS_M + GRAZING_ALTITUDE_M


def isl_routes(links: np.ndarray, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Routes of least propagation delay in each slot.

    Parameters
    ----------
    links : bool array (…, N, N)
    positions : array (…, N, 3)

    Returns
    -------
    hops : int array (…, N, N)
        J of the route from access to executor, 0 on the diagonal, −1 where there is none.
    delay_s : array (…, N, N)
        Its propagation delay δ, 0 where there is none.
    """
    satellites = links.shape[-1]
    itself = np.eye(satellites, dtype=bool)
    length = np.where(itself, 0.0, np.where(links, _distances(positions), np.inf))
    hops = np.where(itself, 0, np.where(links, 1, -1))
    for via in range(satellites):  # Floyd-Warshall, all slots at once
        detour = length[..., :, via, None] + length[..., None, via, :]
        shorter = detour < length
        length = np.where(shorter, detour, length)
        hops = np.where(shorter, hops[..., :, via, None] + hops[..., None, via, :], hops)
    return hops, np.where(hops >= 0, length, 0.0) / LIGHT_SPEED_MPS


def access_satellites(window_s: np.ndarray, hops: np.ndarray) -> np.ndarray:
    """Access satellite a of every executor, int (…, K, N); −1 where it cannot be reached.

    The executor itself where it is visible, else the visible satellite with the longest remaining window (the
    lowest index of equals), if a route leads on from there.
    """
    executor = np.arange(window_s.shape[-1])
    longest = np.argmax(window_s, axis=-1)[..., None]
    routed = np.take_along_axis(hops, np.broadcast_to(longest, window_s.shape), axis=-2) >= 0
    through_longest = np.where((window_s.max(axis=-1)[..., None] > 0) & routed, longest, -1)
    return np.where(window_s > 0, executor, through_longest)
