"""The satellites of instances: a window of a shell over the area, or a constellation (Section 4)."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from skyedge.problem.constellations import SPHERE, Sky, circular_orbits, sky_over, window_routes
from skyedge.problem.ephemeris import Ephemeris
from skyedge.problem.generation.fading import shadowed_rician_power
from skyedge.problem.physics.equations import free_space_gain, linear
from skyedge.problem.recorded import Gains
from skyedge.problem.scenario.scenario import Scenario

Streams = Callable[[str], np.random.Generator]  # a generator for each name


class Geometry(NamedTuple):
    """What the orbits fix; … are the axes of several horizons, possibly none, and C is 1 with a cloud, else 0."""

    window_s: np.ndarray  # (T, …, K, N)
    slant_m: np.ndarray  # (T, …, K, N)
    hops: np.ndarray  # (T, …, N, N)
    delay_s: np.ndarray  # (T, …, N, N)
    cloud_hops: np.ndarray  # (T, …, N, C)
    cloud_delay_s: np.ndarray  # (T, …, N, C)


def satellite_arrays(scenario: Scenario, device_xy: np.ndarray, streams: Streams) -> dict[str, Any]:
    """Draw the satellites' arrays of one horizon, or of several, and of one its ephemeris.

    Parameters
    ----------
    scenario : Scenario
    device_xy : array (T, …, K, 2)
    streams : callable
    """
    batch = device_xy.shape[1:-2]
    if not scenario.satellites:
        links, meshes = (*device_xy.shape[:-1], 0), (scenario.slots, *batch, 0, 0)
        floats = {"sat_gain": np.zeros(links), "sat_window_s": np.zeros(links), "isl_delay_s": np.zeros(meshes)}
        return floats | {"sat_access": np.zeros(links, int), "isl_hops": np.zeros(meshes, int)}
    ephemeris: dict[str, Any] = {}
    if scenario.constellation is not None:
        skies = _skies(scenario, device_xy, streams)
        view, names = _side_by_side(skies, batch), [sky.names for sky in skies]
        if not batch:
            ephemeris = {"ephemeris": Ephemeris(np.array(names[0]), skies[0].azimuth_rad, skies[0].elevation_rad)}
    else:
        view, names = _window(scenario, device_xy, streams), [scenario.satellite_names]
    recorded = scenario.trace.sat_gain if scenario.trace else None
    gain = _recorded(scenario, recorded, view, names) if recorded else _drawn(scenario, view, streams, phased=not batch)
    gain = (view.window_s > 0) * gain
    window_s, gain = (_unseen_after(array, view.cloud_hops.shape[-1]) for array in (view.window_s, gain))
    hops = _dead_end_after(view.hops, view.cloud_hops, -1)
    return ephemeris | {
        "sat_gain": gain,
        "sat_window_s": window_s,
        "sat_access": window_routes.access_satellites(window_s, hops),
        "isl_hops": hops,
        "isl_delay_s": _dead_end_after(view.delay_s, view.cloud_delay_s, 0.0),
    }


def _drawn(scenario: Scenario, view: Geometry, streams: Streams, phased: bool) -> np.ndarray:
    """Draw the gain G of every link, shape (T, …, K, N)."""
    rng = streams("satellite fading")
    fading = shadowed_rician_power(rng, view.window_s.shape, *scenario.sat_shadowing, phased=phased)
    return linear(scenario.sat_antenna_dbi) * free_space_gain(view.slant_m, scenario.sat_carrier_hz) * fading


def _recorded(scenario: Scenario, gains: Gains, view: Geometry, names: list[tuple[str, ...]]) -> np.ndarray:
    """Return the recorded gain of every link in view; ``names`` are those of each horizon, or of all."""
    assert scenario.trace is not None
    seen = view.window_s > 0
    horizons = np.moveaxis(seen.reshape(len(seen), -1, *seen.shape[-2:]), 1, 0)
    several = [
        gains.per_slot(one, scenario.slot_s, scenario.trace.devices, names[number % len(names)])
        for number, one in enumerate(horizons)
    ]
    return np.stack(several, axis=1).reshape(seen.shape)


def _unseen_after(array: np.ndarray, clouds: int) -> np.ndarray:
    """Append clouds, which no device sees, to an array (…, N) of satellites."""
    return np.concatenate([array, np.zeros((*array.shape[:-1], clouds))], axis=-1)


def _dead_end_after(routes: np.ndarray, to_cloud: np.ndarray, nowhere: float) -> np.ndarray:
    """Append a cloud, from which no route leads on, to routes (…, N, N) between satellites."""
    routes = np.concatenate([routes, to_cloud], axis=-1)
    onwards = np.full((*routes.shape[:-2], to_cloud.shape[-1], routes.shape[-1]), nowhere, routes.dtype)
    onwards[..., routes.shape[-2] :] = 0  # but to itself
    return np.concatenate([routes, onwards], axis=-2)


def _skies(scenario: Scenario, device_xy: np.ndarray, streams: Streams) -> list[Sky]:
    """Return the sky of each horizon, which starts at a time of its own."""
    constellation = scenario.constellation
    assert constellation is not None
    several = device_xy.reshape(scenario.slots, -1, *device_xy.shape[-2:])
    horizons = range(several.shape[1])
    start_s = streams("constellation start").uniform(0, constellation.start_within_s, len(horizons))
    time_s = np.add.outer(start_s, np.arange(scenario.slots) * scenario.slot_s)
    fleet, site, elevation = constellation.fleet(), scenario.site, np.radians(scenario.sat_min_elevation_deg)
    gateways = [scenario.cloud.gateway(fleet.earth, 0.0)] if scenario.cloud else []
    return [
        sky_over(fleet, scenario.satellites, site, elevation, several[:, number], time_s[number], gateways)
        for number in horizons
    ]


def _side_by_side(skies: list[Sky], batch: tuple[int, ...]) -> Geometry:
    """Return what the skies have to say, along a second axis if it is asked for."""
    arrays = ([getattr(sky, name) for sky in skies] for name in Geometry._fields)
    return Geometry(*(np.stack(several, axis=1) if batch else several[0] for several in arrays))


def _window(scenario: Scenario, device_xy: np.ndarray, streams: Streams) -> Geometry:
    """Propagate the window over the area."""
    shell = _shell(scenario, streams, device_xy.shape[1:-2])
    latitude, elevation = np.radians([scenario.site_latitude_deg, scenario.sat_min_elevation_deg])
    time = np.arange(scenario.slots) * scenario.slot_s
    positions = shell.positions(time)
    ground = circular_orbits.ground_directions(device_xy, np.array(scenario.area_m), latitude)
    cosine = circular_orbits.central_cosine(ground, positions, shell.radius_m)
    hops, delay = window_routes.isl_routes(window_routes.isl_neighbours(shell, positions), positions)
    cloud_hops, cloud_delay = _to_cloud(scenario, positions, hops, delay)
    return Geometry(
        window_s=circular_orbits.remaining_window(shell, ground, time, cosine, elevation),
        slant_m=circular_orbits.slant_range(cosine, shell.altitude_m),
        hops=hops,
        delay_s=delay,
        cloud_hops=cloud_hops,
        cloud_delay_s=cloud_delay,
    )


def _to_cloud(
    scenario: Scenario, positions: np.ndarray, hops: np.ndarray, delay_s: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return hops, the feeder link being one, and delays (T, …, N, C) from the satellites of the window to a cloud."""
    if scenario.cloud is None:
        none = (*hops.shape[:-1], 0)
        return np.zeros(none, int), np.zeros(none)

    def hops_to(last: np.ndarray) -> np.ndarray:
        return np.take_along_axis(hops, last[..., None], axis=-1)[..., 0]

    gateway = scenario.cloud.gateway(SPHERE, scenario.site_longitude_deg)  # the window is over longitude 0
    cloud_hops, total_s = gateway.way_down(np.where(hops >= 0, delay_s, np.inf), positions, hops_to)
    return cloud_hops[..., None], total_s[..., None]


def _shell(scenario: Scenario, streams: Streams, batch: tuple[int, ...]) -> circular_orbits.Constellation:
    phase = streams("orbit phase").uniform(-1, 1, (*batch, 1)) * scenario.sat_phase_deg
    offset = streams("orbit offset").uniform(-1, 1, (*batch, 1)) * scenario.sat_offset_deg
    return circular_orbits.overhead_window(
        planes=scenario.sat_planes,
        per_plane=scenario.satellites // scenario.sat_planes,
        altitude_m=scenario.sat_altitude_m,
        spacing_rad=np.radians(scenario.sat_spacing_deg),
        inclination_rad=np.radians(scenario.sat_inclination_deg),
        site_latitude_rad=np.radians(scenario.site_latitude_deg),
        overhead_time_s=scenario.slots * scenario.slot_s / 2,
        phase_rad=np.radians(phase),
        offset_rad=np.radians(offset),
        plane_spacing_rad=np.radians(scenario.sat_plane_spacing_deg),
        phasing_rad=np.radians(scenario.sat_phasing_deg),
        earth_rotation_radps=circular_orbits.EARTH_ROTATION_RADPS if scenario.earth_rotates else 0.0,
    )
