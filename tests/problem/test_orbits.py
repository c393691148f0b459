"""Orbits, windows, access and routes."""

import numpy as np
import pytest

from problem import Scenario, generate, orbits, routes

KM = 1e3


@pytest.mark.parametrize(
    ("altitude_km", "elevation_deg", "slant_km", "pass_s"),
    [
        (500, 10, 1694.6, 442.6),
        (500, 25, 1031.8, 246.3),
        (550, 10, 1815.1, 476.5),
        (550, 25, 1123.3, 269.3),
        (600, 10, 1931.6, 509.6),
        (600, 25, 1213.2, 292.0),
    ],
)
def test_slant_range_and_pass_are_the_textbook_numbers(altitude_km, elevation_deg, slant_km, pass_s):
    elevation = np.radians(elevation_deg)
    angle = orbits.coverage_angle(altitude_km * KM, elevation)
    assert orbits.slant_range(np.cos(angle), altitude_km * KM) == pytest.approx(slant_km * KM, rel=1e-3)
    assert orbits.overhead_pass(altitude_km * KM, elevation) == pytest.approx(pass_s, rel=1e-3)


@pytest.mark.parametrize(("altitude_km", "period_s"), [(500, 5668.1), (550, 5730.1), (600, 5792.3)])
def test_periods_are_the_textbook_numbers(altitude_km, period_s):
    circumference = 2 * np.pi * (orbits.EARTH_RADIUS_M + altitude_km * KM)
    assert circumference / orbits.orbital_speed(altitude_km * KM) == pytest.approx(period_s, rel=1e-4)


def test_starlink_shell_1_covers_the_radius_of_its_fcc_filing():
    angle = orbits.coverage_angle(550 * KM, np.radians(25))
    assert angle * orbits.EARTH_RADIUS_M == pytest.approx(940.7 * KM, rel=1e-3)


def shell(**changes):
    values = {
        "planes": 1,
        "per_plane": 5,
        "altitude_m": 500 * KM,
        "spacing_rad": np.radians(12),
        "inclination_rad": np.radians(90),
        "site_latitude_rad": 0.0,
        "overhead_time_s": 75.0,
    }
    return orbits.overhead_window(**(values | changes))


@pytest.mark.parametrize(("inclination_deg", "latitude_deg"), [(90, 0), (53, 40), (53, -40), (97.6, 70)])
@pytest.mark.parametrize("rotation", [0.0, orbits.EARTH_ROTATION_RADPS])
def test_the_middle_satellite_stands_over_the_site_at_the_chosen_time(inclination_deg, latitude_deg, rotation):
    latitude = np.radians(latitude_deg)
    constellation = shell(
        inclination_rad=np.radians(inclination_deg), site_latitude_rad=latitude, earth_rotation_radps=rotation
    )
    over = constellation.directions(np.array(75.0), np.array(2))
    assert over == pytest.approx([np.cos(latitude), 0, np.sin(latitude)], abs=1e-12)


def window_at(constellation, time_s, latitude=0.0):
    time = np.atleast_1d(np.asarray(time_s, dtype=float))
    ground = orbits.ground_directions(
        np.tile([[[250.0, 250.0]]], (len(time), 1, 1)), np.array([500.0, 500.0]), latitude
    )
    cosine = np.einsum("tkx,tnx->tkn", ground, constellation.positions(time)) / constellation.radius_m
    return orbits.remaining_window(constellation, ground, time, cosine, np.radians(10))


def test_the_window_of_an_overhead_satellite_is_half_a_pass():
    half = orbits.overhead_pass(500 * KM, np.radians(10)) / 2
    assert window_at(shell(), 75.0)[0, 0, 2] == pytest.approx(half, rel=1e-9)


def test_a_window_counts_down_second_by_second_to_zero():
    window = window_at(shell(), 75.0 + np.arange(0, 300, 10.0))[:, 0, 2]
    seen = window > 0
    assert np.diff(window[seen]) == pytest.approx(-10.0, abs=1e-6)
    assert 0 < seen.sum() < len(seen)
    assert not seen[np.argmin(seen) :].any()


@pytest.mark.parametrize("rotation", [0.0, orbits.EARTH_ROTATION_RADPS])
def test_windows_agree_with_stepping_through_time(rotation):
    latitude = np.radians(40)
    constellation = shell(
        planes=3,
        inclination_rad=np.radians(53),
        site_latitude_rad=latitude,
        plane_spacing_rad=np.radians(6),
        phasing_rad=np.radians(5),
        earth_rotation_radps=rotation,
    )
    window = window_at(constellation, 0.0, latitude)[0, 0]
    wait = np.arange(0, 700, 0.5)
    ground = orbits.ground_directions(np.array([250.0, 250.0]), np.array([500.0, 500.0]), latitude)
    seen = np.einsum("x,tnx->tn", ground, constellation.positions(wait)) / constellation.radius_m
    above = seen >= np.cos(orbits.coverage_angle(constellation.altitude_m, np.radians(10)))
    stepped = np.where(above[0], wait[np.argmin(above, axis=0)], 0.0)
    assert (window > 0).sum() >= 3
    assert window == pytest.approx(stepped, abs=0.5)


def test_a_plane_is_a_chain_and_a_full_ring_closes():
    chain, ring = shell(), shell(per_plane=30)
    hops = {}
    for name, constellation in (("chain", chain), ("ring", ring)):
        positions = constellation.positions(np.zeros(1))
        hops[name], _ = routes.isl_routes(routes.isl_neighbours(constellation, positions), positions)
    steps = np.abs(np.subtract.outer(np.arange(5), np.arange(5)))
    assert (hops["chain"][0] == steps).all()
    around = np.abs(np.subtract.outer(np.arange(30), np.arange(30)))
    assert (hops["ring"][0] == np.minimum(around, 30 - around)).all()


def test_delay_is_the_chord_over_the_speed_of_light():
    constellation = shell()
    positions = constellation.positions(np.zeros(1))
    _, delay = routes.isl_routes(routes.isl_neighbours(constellation, positions), positions)
    chord = 2 * (orbits.EARTH_RADIUS_M + 500 * KM) * np.sin(np.radians(6))
    assert delay[0, 0, 3] == pytest.approx(3 * chord / 299_792_458, rel=1e-12)


def test_links_that_would_graze_the_earth_do_not_exist():
    # At 500 km the straight line clears 80 km of altitude up to 2 arccos(6451/6871) = 40.3 degrees apart.
    for spacing_deg, linked in ((40.0, True), (40.6, False)):
        constellation = shell(per_plane=2, spacing_rad=np.radians(spacing_deg))
        assert routes.isl_neighbours(constellation, constellation.positions(np.zeros(1)))[0, 0, 1] == linked


def test_routes_are_the_shortest_of_all_paths():
    rng = np.random.default_rng(5)
    positions = rng.normal(size=(6, 5, 3)) * 1e6
    links = rng.random((6, 5, 5)) < 0.35
    links = (links | links.swapaxes(1, 2)) & ~np.eye(5, dtype=bool)
    hops, delay = routes.isl_routes(links, positions)
    for slot in range(6):
        best = brute_force_routes(links[slot], positions[slot])
        for (start, end), (length, steps) in best.items():
            assert hops[slot, start, end] == steps
            assert delay[slot, start, end] * 299_792_458 == pytest.approx(length, rel=1e-12)
        assert (hops[slot] >= 0).sum() == len(best)


def brute_force_routes(links, positions):
    best = {}

    def walk(path, length):
        key = (path[0], path[-1])
        if key not in best or length < best[key][0]:
            best[key] = (length, len(path) - 1)
        for there in np.flatnonzero(links[path[-1]]):
            if there not in path:
                walk([*path, there], length + np.linalg.norm(positions[there] - positions[path[-1]]))

    for start in range(len(links)):
        walk([start], 0.0)
    return best


def test_neighbouring_planes_link_to_the_nearest_satellite():
    constellation = shell(planes=2, plane_spacing_rad=np.radians(8), phasing_rad=np.radians(3))
    positions = constellation.positions(np.zeros(1))
    links = routes.isl_neighbours(constellation, positions)[0]
    distance = np.linalg.norm(positions[0, :, None] - positions[0], axis=-1)
    for satellite in range(5):
        assert links[satellite, 5 + np.argmin(distance[satellite, 5:])]
    assert (links == links.T).all()


def test_access_is_direct_if_visible_else_through_the_longest_window():
    window = np.array([[[0.0, 30.0, 80.0, 80.0, 0.0]]])
    hops = np.abs(np.subtract.outer(np.arange(5), np.arange(5)))[None].copy()
    assert routes.access_satellites(window, hops)[0, 0].tolist() == [2, 1, 2, 3, 2]
    hops[0, 2, 4] = -1  # no route onwards: unreachable, even though others might lead there
    assert routes.access_satellites(window, hops)[0, 0].tolist() == [2, 1, 2, 3, -1]


def test_no_visible_satellite_means_no_access():
    hops = np.zeros((1, 2, 2), int)
    assert (routes.access_satellites(np.zeros((1, 3, 2)), hops) == -1).all()


def test_a_generated_world_with_several_planes_and_a_rotating_earth_is_consistent():
    scenario = Scenario.preset("paper").replace(
        satellites=9,
        sat_planes=3,
        slots=8,
        sat_inclination_deg=53,
        site_latitude_deg=-30,
        sat_plane_spacing_deg=10,
        sat_phasing_deg=4,
        earth_rotates=True,
    )
    instance = generate(scenario, 1)
    visible = instance.sat_window_s > 0
    assert visible.any()
    assert (~visible).any()
    assert (instance.sat_gain[visible] > 0).all()
    assert (instance.sat_access[visible] == np.broadcast_to(np.arange(9), visible.shape)[visible]).all()
    assert ((instance.isl_delay_s > 0) == (instance.isl_hops > 0)).all()
