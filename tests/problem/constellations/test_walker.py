"""Walker shells: the numbers of the field, and the +Grid."""

import numpy as np
import pytest

from skyedge.paths import CONSTELLATIONS
from skyedge.problem import InputError, Scenario, generate
from skyedge.problem.constellations import WalkerShell, fields_of
from skyedge.problem.constellations.circular_orbits import (
    EARTH_RADIUS_M,
    EARTH_ROTATION_RADPS,
    coverage_angle,
    orbital_speed,
)
from skyedge.problem.constellations.mesh_routes import Mesh

NAMES = sorted(path.stem for path in CONSTELLATIONS.glob("*.toml"))
SIZES = {"starlink-1": 1584, "kuiper": 1156, "telesat": 351, "oneweb": 720, "iridium-next": 66}


def fleet_of(name):
    return fields_of(name)["constellation"].fleet()


def everyone(fleet):
    return np.arange(len(fleet.names))


@pytest.mark.parametrize("name", NAMES)
def test_presets_have_their_satellites_at_their_altitude(name):
    shell = fields_of(name)["constellation"]
    fleet = shell.fleet()
    assert len(fleet.names) == len(set(fleet.names)) == shell.size == SIZES[name]
    radius = np.linalg.norm(fleet.positions(np.array([0.0, 5000.0]), everyone(fleet)), axis=-1)
    assert radius == pytest.approx(EARTH_RADIUS_M + shell.altitude_m, rel=1e-12)


def test_starlinks_satellites_come_back_after_a_revolution_over_a_turned_earth():
    fleet = fleet_of("starlink-1")
    period_s = 5730.1  # of 550 km, as textbooks have it
    first, later = fleet.positions(np.array([0.0, period_s]), everyone(fleet))
    turn = EARTH_ROTATION_RADPS * period_s
    turned = np.array([[np.cos(turn), np.sin(turn), 0], [-np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    np.testing.assert_allclose(later, first @ turned.T, atol=1e-3 * EARTH_RADIUS_M)


def test_the_longest_link_of_starlink_just_grazes_80_km():
    # two satellites of one plane, further apart by 1 % each time
    def linked(length_m):
        half = np.arcsin(length_m / 2 / (EARTH_RADIUS_M + 550e3))
        ends = (EARTH_RADIUS_M + 550e3) * np.array([[np.cos(half), np.sin(half), 0], [np.cos(half), -np.sin(half), 0]])
        return Mesh(np.array([[0, 1]]), ends).routes_from(np.array([0, 1])).to(np.array([0, 1]))[0][0, 1] == 1

    assert linked(5017e3 * 0.999)
    assert not linked(5017e3 * 1.001)


@pytest.mark.parametrize(("name", "degrees"), [("starlink-1", {4}), ("kuiper", {4}), ("iridium-next", {3, 4})])
def test_every_satellite_has_two_links_in_its_plane_and_one_to_each_next_plane(name, degrees):
    fleet = fleet_of(name)
    assert set(np.bincount(fleet.links.ravel())) == degrees
    plane = np.array([int(one.split("-")[0]) for one in fleet.names])
    step = np.abs(np.diff(plane[fleet.links], axis=1)[:, 0])
    assert (step == 0).sum() == len(fleet.names)
    assert set(step) == {0, 1} | ({plane.max()} if degrees == {4} else set())  # a star pattern has a seam


def test_links_to_the_next_plane_lead_to_the_nearest_along_the_track():
    shell = WalkerShell(altitude_m=550e3, inclination_deg=53, planes=8, per_plane=10, phasing=5)
    fleet = shell.fleet()
    plane, member = np.divmod(np.arange(80), 10)
    along = 360 * (member / 10 + 5 * plane / 80)
    between = fleet.links[plane[fleet.links[:, 0]] != plane[fleet.links[:, 1]]]
    apart = np.abs((np.diff(along[between], axis=1)[:, 0] + 180) % 360 - 180)
    assert len(between) == 80
    assert apart == pytest.approx(360 * 3 / 80)  # the other way round it is 5 / 80


@pytest.mark.parametrize("pattern", ["delta", "star"])
def test_planes_are_spread_over_the_whole_equator_or_half_of_it(pattern):
    fleet = WalkerShell(altitude_m=800e3, inclination_deg=90, planes=6, per_plane=4, pattern=pattern).fleet()
    x, y, _ = fleet.positions(np.zeros(1), 4 * np.arange(6))[0].T  # each at its node
    spread = 360 if pattern == "delta" else 180
    assert np.degrees(np.arctan2(y, x)) % 360 == pytest.approx(np.arange(6) * spread / 6, abs=1e-9)


def test_the_phasing_of_iridium_keeps_satellites_farther_apart_than_any_other():
    shell = fields_of("iridium-next")["constellation"]
    least = {phasing: least_distance(shell.model_copy(update={"phasing": phasing})) for phasing in range(6)}
    assert max(least, key=least.get) == shell.phasing == 2


def least_distance(shell):
    fleet = shell.fleet()
    positions = fleet.positions(np.linspace(0, 6000, 400), everyone(fleet))
    apart = np.linalg.norm(positions[:, :, None] - positions[:, None], axis=-1)
    return apart[:, ~np.eye(len(fleet.names), dtype=bool)].min()


@pytest.mark.parametrize(
    ("altitude_km", "elevation_deg", "pass_s"),
    [(500, 10, 442.6), (500, 25, 246.3), (550, 10, 476.5), (550, 25, 269.3), (600, 10, 509.6), (600, 25, 292.0)],
)
def test_overhead_passes_last_as_textbooks_say_and_longer_as_the_earth_turns_along(altitude_km, elevation_deg, pass_s):
    shell = WalkerShell(altitude_m=altitude_km * 1e3, inclination_deg=0, planes=1, per_plane=1)
    rises_at = np.degrees(coverage_angle(altitude_km * 1e3, np.radians(elevation_deg)))
    scenario = Scenario.preset("paper").replace(
        constellation=shell,
        satellites=1,
        site_longitude_deg=rises_at + 0.005,  # a moment after time 0
        sat_min_elevation_deg=elevation_deg,
        area_m=1,
        slots=2,
        slot_s=0.2,
    )
    window = generate(scenario, 0).sat_window_s
    rate = orbital_speed(altitude_km * 1e3) / (EARTH_RADIUS_M + altitude_km * 1e3)
    assert (window[0] == 0).all()
    assert window[1] == pytest.approx(pass_s * rate / (rate - EARTH_ROTATION_RADPS), rel=1e-3)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ("starlink", "no constellation is called 'starlink': did you mean 'starlink-1'?"),
        ({"altitude_km": 550}, "unknown constellation field 'altitude_km': did you mean 'altitude_m'?"),
        ({"altitude_m": 550}, "constellation: altitude_m"),
        ({"altitude_m": 550e3, "inclination_deg": 53, "planes": 3, "per_plane": 3, "phasing": 3}, "phasing is 3"),
        ({"altitude_m": 550e3, "inclination_deg": 53, "planes": 0, "per_plane": 3}, "constellation: planes"),
        ({"altitude_m": 550e3, "inclination_deg": 53, "planes": 1, "per_plane": 3, "pattern": "rose"}, "pattern"),
        ({"altitude_m": 550e3, "inclination_deg": 53, "planes": 1, "per_plane": 3}, "satellites is 4: keep 1 to 3"),
        (3, "scenario field 'constellation' is 3"),
    ],
)
def test_a_shell_is_refused_that_is_none(values, message):
    with pytest.raises(InputError) as refusal:
        Scenario.preset("paper").replace(constellation=values)
    assert message in str(refusal.value)


def test_what_a_constellation_replaces_may_not_be_given_beside_it():
    with pytest.raises(InputError, match="sat_altitude_m describes the window that a constellation replaces"):
        Scenario.preset("paper").replace(constellation="kuiper", satellites=30, sat_altitude_m=600e3)


def test_a_presets_minimum_elevation_comes_with_it_unless_another_is_given():
    paper = Scenario.preset("paper")
    assert paper.replace(constellation="kuiper", satellites=30).sat_min_elevation_deg == 30
    other = paper.replace(constellation="kuiper", satellites=30, sat_min_elevation_deg=35)
    assert other.sat_min_elevation_deg == 35
