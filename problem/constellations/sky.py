"""The sky over the area during one horizon: which satellites matter, for how long they stay, how they are linked."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from skyedge.problem.common import (
    refuse_if,
)
from skyedge.problem.constellations.frames import Site
from skyedge.problem.constellations.gateway import Gateway
from skyedge.problem.constellations.mesh_routes import Mesh, Routes
from skyedge.problem.constellations.motion import SatelliteFleet, Track
from skyedge.problem.constellations.passes import LONGEST_PASS_S, look_angles, sine_of_elevation, windows

LOWEST_ORBIT_M = 150e3  # satellites are at least this far away


class Sky(NamedTuple):
    """What an instance holds of N satellites, over T slots and K devices."""

    names: tuple[str, ...]
    azimuth_rad: np.ndarray  # (T, N), from the area's centre
    elevation_rad: np.ndarray  # (T, N)
    window_s: np.ndarray  # (T, K, N)
    slant_m: np.ndarray  # (T, K, N)
    hops: np.ndarray  # (T, N, N)
    delay_s: np.ndarray  # (T, N, N)
    cloud_hops: np.ndarray  # (T, N, C), over the feeder link to each of C gateways
    cloud_delay_s: np.ndarray  # (T, N, C)


def sky_over(
    fleet: SatelliteFleet,
    count: int,
    site: Site,
    min_elevation_rad: float,
    device_xy: np.ndarray,
    time_s: np.ndarray,
    gateways: Sequence[Gateway] = (),
) -> Sky:
    """Return the sky of one horizon.

    Parameters
    ----------
    fleet : SatelliteFleet
    count : int
        N, how many satellites are kept, at most all: those that a device sees at the start of a slot, then the
        nearest to these over the links (through space from the area, where no links lead to them).
    site : Site
    min_elevation_rad : float
        From which on satellites serve the area.
    device_xy : array (T, K, 2)
    time_s : array (T,)
        Start of each slot.
    gateways : sequence of Gateway
        C places on the ground to which routes lead, over all satellites.

    Raises
    ------
    InputError
        If more than ``count`` satellites come into view.
    """
    devices = site.ground(device_xy)
    site_m, up = site.ground(np.array(site.area_m) / 2)
    positions = fleet.positions(time_s, np.arange(len(fleet.names)))
    seen = _in_view(*devices, positions, sine_of_elevation(site_m, up, positions), site, min_elevation_rad)
    refuse_if(
        len(seen) > count, f"satellites is {count}, and {len(seen)} come into view: set it to {len(seen)} or more"
    )
    kept = np.sort(np.concatenate([seen, _nearest(fleet, seen, positions, site_m)[: count - len(seen)]]))
    track = Track.of(fleet, kept, time_s[0], time_s[-1] + LONGEST_PASS_S)
    routes = [Mesh(fleet.links, position).routes_from(kept) for position in positions]
    to_kept = [route.to(kept) for route in routes]
    to_clouds = [_to_clouds(route, position, gateways) for route, position in zip(routes, positions, strict=True)]
    azimuth, elevation = look_angles(site_m, up, positions[:, kept])
    return Sky(
        names=tuple(fleet.names[satellite] for satellite in kept),
        azimuth_rad=azimuth,
        elevation_rad=elevation,
        window_s=windows(track, *devices, time_s, min_elevation_rad),
        slant_m=np.linalg.norm(positions[:, None, kept] - devices[0][:, :, None], axis=-1),
        hops=np.stack([hops for hops, _ in to_kept]),
        delay_s=np.stack([delay for _, delay in to_kept]),
        cloud_hops=np.stack([hops for hops, _ in to_clouds]),
        cloud_delay_s=np.stack([delay for _, delay in to_clouds]),
    )


def _to_clouds(routes: Routes, position: np.ndarray, gateways: Sequence[Gateway]) -> tuple[np.ndarray, np.ndarray]:
    """Return hops, the feeder link being one, and delays from n satellites through each of C gateways, both (n, C)."""

    def hops_to(last: np.ndarray) -> np.ndarray:
        return routes.hops_to(last[:, None])[:, 0]

    ways = [gateway.way_down(routes.delay_s, position, hops_to) for gateway in gateways]
    shape = (len(gateways), len(routes.delay_s))
    return np.array([hops for hops, _ in ways], int).reshape(shape).T, np.array([s for _, s in ways]).reshape(shape).T


def _in_view(
    device_m: np.ndarray,
    up: np.ndarray,
    positions: np.ndarray,
    from_centre: np.ndarray,
    site: Site,
    min_elevation_rad: float,
) -> np.ndarray:
    """Return the satellites that any device sees at the start of any slot; the centre tells which are near enough."""
    reach = np.linalg.norm(site.area_m) / 2
    slack = reach / LOWEST_ORBIT_M + reach / np.linalg.norm(device_m, axis=-1).min()  # another sight, another vertical
    near = np.flatnonzero((np.arcsin(from_centre) >= min_elevation_rad - slack).any(axis=0))
    seen = np.zeros(len(near), bool)
    for t, position in enumerate(positions[:, near]):
        sine = sine_of_elevation(device_m[t, :, None], up[t, :, None], position)
        seen |= (sine >= np.sin(min_elevation_rad)).any(axis=0)
    return near[seen]


def _nearest(fleet: SatelliteFleet, seen: np.ndarray, positions: np.ndarray, site_m: np.ndarray) -> np.ndarray:
    """Return the satellites not seen, nearest first: over the links at mid-horizon, then through space."""
    middle = positions[len(positions) // 2]
    away_m = np.linalg.norm(middle - site_m, axis=-1)
    over_links_m = Mesh(fleet.links, middle).distance_from(seen) if len(seen) else np.full(len(middle), np.inf)
    order = np.lexsort([away_m, over_links_m])
    return order[~np.isin(order, seen)]
