"""Satellites are where skyfield, an independent and well-kept library, sees them."""

import numpy as np
import pytest
from skyfield.api import EarthSatellite, load, wgs84

from skyedge.problem import Scenario, generate
from skyedge.problem.constellations.frames import ground
from skyedge.problem.constellations.passes import sine_of_elevation
from tests.problem.constellations.satellites import ISS, tle

TIME = load.timescale(builtin=True)
DAY = {  # name: lines, latitude, longitude, minimum elevation
    "the ISS over Munich": (ISS, 48.0, 11.5, 10.0),
    "a Starlink over Quito": (tle(44713, 53.05, 120.0, 0.0002, 80.0, 10.0, 15.06), -0.2, -78.5, 25.0),
    "a polar orbit over Svalbard": (tle(43013, 98.7, 200.0, 0.0015, 30.0, 300.0, 14.2), 78.2, 15.6, 5.0),
    "an eccentric orbit over Cape Town": (tle(5, 34.25, 348.0, 0.18, 331.0, 19.0, 11.3), -33.9, 18.4, 10.0),
}


def one_day(text, latitude, longitude, elevation, folder):
    """A day in slots of a minute with one device at the place, and what skyfield needs of it."""
    (folder / "one.tle").write_text(text)
    name, first, second = text.splitlines()
    satellite = EarthSatellite(first, second, name, TIME)
    start = satellite.epoch.utc_datetime().replace(microsecond=0)
    scenario = Scenario.preset("paper").replace(
        constellation={"file": str(folder / "one.tle"), "epoch": start},
        satellites=1,
        devices=1,
        slots=1440,
        slot_s=60,
        area_m=1,
        site_latitude_deg=latitude,
        site_longitude_deg=longitude,
        sat_min_elevation_deg=elevation,
    )
    return generate(scenario, 0), satellite - wgs84.latlon(latitude, longitude), TIME.from_datetime(start), satellite


def events(satellite, start, latitude, longitude, elevation):
    """When skyfield sees it rise and set, in seconds after the start; a little more than a day."""
    end = TIME.tt_jd(start.tt + 1.1)
    times, kinds = satellite.find_events(wgs84.latlon(latitude, longitude), start, end, elevation)
    seconds = (times.tt - start.tt) * 86400
    return seconds[kinds == 0], seconds[kinds == 2]


@pytest.mark.parametrize("case", DAY)
def test_windows_of_a_day_agree_with_skyfield_to_a_second(case, tmp_path):
    instance, _, start, satellite = one_day(*DAY[case], tmp_path)
    rises, sets = events(satellite, start, *DAY[case][1:])
    slot_s = 60.0 * np.arange(1440)
    passes = [(slot_s > rise) & (slot_s < fall) for rise, fall in zip(rises, sets, strict=True)]  # it starts below
    window = instance.sat_window_s[:, 0, 0]
    assert ((window > 0) == np.any(passes, axis=0)).all()
    assert (window > 0).sum() >= 5
    for fall, during in zip(sets, passes, strict=True):
        assert window[during] == pytest.approx(fall - slot_s[during], abs=1.0)


@pytest.mark.parametrize("case", DAY)
def test_rises_and_sets_agree_with_skyfield_to_a_second(case, tmp_path):
    _, latitude, longitude, elevation = DAY[case]
    instance, _, start, satellite = one_day(*DAY[case], tmp_path)
    fleet = instance.scenario.constellation.fleet()
    site, up = ground(fleet.earth, np.zeros(2), np.zeros(2), np.radians(latitude), np.radians(longitude))
    for kind, sign in zip(events(satellite, start, latitude, longitude, elevation), (1, -1), strict=True):
        before, after = (
            sine_of_elevation(site, up, fleet.positions(kind + shift, np.zeros(1, int))[:, 0]) for shift in (-1, 1)
        )
        threshold = np.sin(np.radians(elevation))
        assert (sign * before < sign * threshold).all()
        assert (sign * after > sign * threshold).all()


@pytest.mark.parametrize("case", DAY)
def test_azimuth_and_elevation_agree_with_skyfield(case, tmp_path):
    instance, sight, start, _ = one_day(*DAY[case], tmp_path)
    elevation, azimuth, _ = sight.at(TIME.tt_jd(start.tt + np.arange(1440) / 1440)).altaz()
    # UTC stands in for UT1: within half a second in these years, in which a low satellite goes on by 4 km
    np.testing.assert_allclose(instance.ephemeris.elevation_rad[:, 0], elevation.radians, atol=np.radians(0.05))
    turn = instance.ephemeris.azimuth_rad[:, 0] - azimuth.radians
    low = elevation.degrees < 60  # near the zenith, azimuths swing round
    assert np.abs((turn + np.pi) % (2 * np.pi) - np.pi)[low].max() < np.radians(0.2)


def test_slant_ranges_and_so_gains_follow_from_the_positions(tmp_path):
    text, *place = DAY["a Starlink over Quito"]
    instance, sight, start, _ = one_day(text, *place, tmp_path)
    seen = np.flatnonzero(instance.sat_window_s[:, 0, 0] > 0)
    distance_m = sight.at(TIME.tt_jd(start.tt + seen / 1440)).distance().m
    antenna, wavelength_m = 10**2.9, 299_792_458 / 2e9
    fading = instance.sat_gain[seen, 0, 0] / (antenna * (wavelength_m / (4 * np.pi * distance_m)) ** 2)
    assert fading.mean() == pytest.approx(1.29 + 2 * 0.158, rel=0.3)
