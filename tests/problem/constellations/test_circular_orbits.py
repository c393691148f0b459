"""Orbits, windows, access and routes."""

import numpy as np
import pytest

from skyedge.problem import Scenario, generate
from skyedge.problem.constellations import circular_orbits as orbits
from skyedge.problem.constellations import window_routes as routes

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


# the numbers that follow are worked out by hand


def test_the_constants_are_those_of_wgs_84_and_of_a_sphere_of_the_mean_radius():
    assert (orbits.EARTH_RADIUS_M, orbits.EARTH_MU, orbits.EARTH_ROTATION_RADPS) == (
        6371e3,
        3986004.418e8,
        7.2921159e-5,
    )


PLANES_OF_THREE = {"planes": 2, "per_plane": 3, "spacing_rad": 0.1, "inclination_rad": 0.9, "site_latitude_rad": 0.3}


def test_every_satellite_of_a_window_has_its_place_about_the_middle():
    window = shell(
        **PLANES_OF_THREE,
        overhead_time_s=50.0,
        phase_rad=0.01,
        offset_rad=0.02,
        plane_spacing_rad=0.4,
        phasing_rad=0.03,
        earth_rotation_radps=1e-4,
    )
    over_site = np.arcsin(np.sin(0.3) / np.sin(0.9))
    west = np.arctan(np.tan(over_site) * np.cos(0.9))  # of the site, in right ascension
    travelled = 50 * np.sqrt(3.986004418e14 / 6871e3**3)
    plane, member = np.repeat([-0.5, 0.5], 3), np.tile([-1, 0, 1], 2)
    assert window.node_rad == pytest.approx(-west + 0.02 + 0.4 * plane + 1e-4 * 50, rel=1e-12)
    along = over_site + 0.01 + 0.1 * member + 0.03 * plane - travelled
    assert window.phase_rad == pytest.approx(along, rel=1e-12)
    assert window.altitude_m.tolist() == [500e3] * 6
    assert window.inclination_rad.tolist() == [0.9] * 6
    assert (window.per_plane, window.closed, window.earth_rotation_radps) == (3, False, 1e-4)


def test_planes_neither_part_nor_turn_nor_shift_unless_told():
    window = shell(**PLANES_OF_THREE)
    assert np.array_equal(window.node_rad, np.full(6, window.node_rad[0]))
    assert np.array_equal(window.phase_rad[:3], window.phase_rad[3:])
    assert window.earth_rotation_radps == 0.0
    fields = {name: getattr(window, name) for name in vars(window) if name != "earth_rotation_radps"}
    assert orbits.Constellation(**fields).earth_rotation_radps == 0.0


@pytest.mark.parametrize(
    ("inclination_rad", "latitude_rad", "over_site"),
    [(0.5, 0.8, np.pi / 2), (0.5, -0.8, -np.pi / 2), (0.0, 0.3, 0.0)],
    ids=["north of all orbits", "south of all orbits", "over the equator"],
)
def test_a_site_that_no_orbit_passes_is_approached_as_far_as_possible(inclination_rad, latitude_rad, over_site):
    window = shell(per_plane=1, inclination_rad=inclination_rad, site_latitude_rad=latitude_rad, overhead_time_s=0.0)
    assert window.phase_rad == pytest.approx([over_site], abs=1e-12)


@pytest.mark.parametrize(
    ("per_plane", "spacing_rad", "closed"),
    [(1, 2 * np.pi, False), (2, np.pi, False), (3, 2 * np.pi / 3, True), (4, np.pi / 2, True), (4, 1.5, False)],
)
def test_three_satellites_all_around_close_a_plane(per_plane, spacing_rad, closed):
    assert shell(per_plane=per_plane, spacing_rad=spacing_rad).closed == closed


def test_a_constellation_cannot_change():
    with pytest.raises(AttributeError):
        shell().per_plane = 6


def test_the_satellites_ahead_are_where_these_are_heading():
    window = shell(**PLANES_OF_THREE)
    satellites = np.arange(6)
    before, now, after = (window.directions(np.array(time_s), satellites) for time_s in (59.0, 60.0, 61.0))
    heading = (after - before) / (2 * window.rate_radps[:, None])
    ahead = window.ahead().directions(np.array(60.0), satellites)
    assert ahead == pytest.approx(heading, abs=1e-6)
    assert np.vecdot(ahead, now) == pytest.approx(0.0, abs=1e-12)


def test_x_is_east_and_y_is_north_of_the_middle_of_the_area():
    area, latitude = np.array([400.0, 200.0]), 0.7
    middle, east, north = orbits.ground_directions(
        np.array([[200.0, 100.0], [300.0, 100.0], [200.0, 180.0]]), area, latitude
    )
    assert middle == pytest.approx([np.cos(0.7), 0, np.sin(0.7)], rel=1e-15)
    assert (east - middle) * 6371e3 == pytest.approx([-(100**2) / 2 / 6371e3 / np.cos(0.7), 100, 0], abs=1e-8)
    assert (north - middle) * 6371e3 == pytest.approx([-80 * np.sin(0.7), 0, 80 * np.cos(0.7)], abs=1e-3)
    far = orbits.ground_directions(np.array([4000e3, 100.0]), area, latitude)  # 0.8 rad east, along the parallel
    longitude = (4000e3 - 200) / 6371e3 / np.cos(0.7)
    parallel = np.cos(0.7) * np.array([np.cos(longitude), np.sin(longitude)])
    assert far == pytest.approx([*parallel, np.sin(0.7)], rel=1e-14)


def test_the_cosine_of_a_central_angle_is_a_scalar_product():
    rng = np.random.default_rng(0)
    ground, positions = rng.standard_normal((2, 3, 4, 3)), rng.standard_normal((2, 3, 5, 3))
    radius = rng.uniform(1, 2, 5)
    expected = np.einsum("...kx,...nx->...kn", ground, positions) / radius
    assert orbits.central_cosine(ground, positions, radius) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("rotation", [0.0, orbits.EARTH_ROTATION_RADPS, 2e-4])
def test_windows_of_many_constellations_are_those_of_each(rotation):
    rng = np.random.default_rng(3)
    time_s, area, latitude = np.array([0.0, 40.0, 900.0, 5000.0]), np.array([5e5, 5e5]), 0.6
    place = PLANES_OF_THREE | {
        "site_latitude_rad": latitude,
        "plane_spacing_rad": 0.1,
        "earth_rotation_radps": rotation,
    }
    phases = np.array([[0.0], [0.15], [-0.2]])
    many = shell(**place, phase_rad=phases, offset_rad=phases / 3)
    ground = orbits.ground_directions(rng.uniform(0, 5e5, (4, 3, 2, 2)), area, latitude)
    cosine = orbits.central_cosine(ground, many.positions(time_s), many.radius_m)
    windows = orbits.remaining_window(many, ground, time_s, cosine, np.radians(10))
    seen = 0
    for i, phase in enumerate(phases[:, 0]):
        one = shell(**place, phase_rad=phase, offset_rad=phase / 3)
        assert one.positions(time_s) == pytest.approx(many.positions(time_s)[:, i], rel=1e-12)
        alone = orbits.remaining_window(one, ground[:, i], time_s, cosine[:, i], np.radians(10))
        assert windows[:, i] == pytest.approx(alone, abs=1e-6)
        seen += (alone > 0).sum()
    assert seen > 20
    assert (windows == 0).sum() > 20


@pytest.mark.parametrize("rotation", [0.0, orbits.EARTH_ROTATION_RADPS])
def test_at_the_end_of_its_window_a_satellite_is_on_the_horizon(rotation):
    window = shell(**PLANES_OF_THREE, earth_rotation_radps=rotation, overhead_time_s=0.0)
    ground = orbits.ground_directions(np.array([[[50.0, 50.0]]]), np.array([100.0, 100.0]), 0.3)
    now = np.zeros(1)
    cosine = orbits.central_cosine(ground, window.positions(now), window.radius_m)
    wait = orbits.remaining_window(window, ground, now, cosine, np.radians(10))[0, 0]
    then = np.sum(ground[0, 0] * window.directions(wait, np.arange(6)), axis=-1)
    assert (wait > 60).all()
    assert np.arccos(then) == pytest.approx(orbits.coverage_angle(500e3, np.radians(10)), rel=1e-9)


@pytest.mark.parametrize("many", [False, True])
def test_on_the_horizon_a_satellite_counts_as_seen_for_no_time(many):
    window = shell(per_plane=1, overhead_time_s=0.0, phase_rad=np.array([[0.0]]) if many else 0.0)
    angle = orbits.coverage_angle(window.altitude_m, np.radians(10))
    behind = np.array([[[np.cos(angle[0]), 0.0, -np.sin(angle[0])]]])  # a point that it has just left
    threshold = np.cos(angle).reshape(1, 1, 1)
    lead = (1, 1, 1) if many else (1, 1)
    waits = orbits.remaining_window(
        window, behind.reshape(*lead, 3), np.zeros(1), threshold.reshape(*lead, 1), np.radians(10)
    )
    assert waits.reshape(-1) == pytest.approx([0.0], abs=1e-6)
