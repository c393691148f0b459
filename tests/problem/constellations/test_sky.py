"""What instances keep of a constellation, and that it is what the whole of it would have given."""

import dataclasses

import numpy as np
import pytest

from skyedge.problem import InputError, Instance, Scenario, generate, generate_batch
from skyedge.problem.constellations import SPHERE, Site
from skyedge.problem.constellations import window_routes as routes
from skyedge.problem.constellations.mesh_routes import Mesh
from skyedge.problem.constellations.sky import sky_over
from skyedge.solvers import solve
from tests.problem.constellations.test_circular_orbits import brute_force_routes

SMALL = Scenario.preset("paper").replace(
    constellation={"altitude_m": 900e3, "inclination_deg": 60, "planes": 12, "per_plane": 12, "phasing": 5},
    satellites=16,
    devices=4,
    slots=12,
    slot_s=20,
    site_latitude_deg=-40,
    site_longitude_deg=-70,
)
AREA = np.array([500.0, 500.0])
OVERHEAD = Site(SPHERE, tuple(AREA), -40, -70), np.radians(10)


def whole_and_kept():
    """The sky with all satellites kept, and with 16, and where the 16 are among all."""
    fleet = SMALL.constellation.fleet()
    device_xy = np.random.default_rng(0).uniform(0, 500, (12, 4, 2))
    time_s = 1000.0 + 20 * np.arange(12)
    whole, kept = (sky_over(fleet, count, *OVERHEAD, device_xy, time_s) for count in (144, 16))
    return whole, kept, np.array([whole.names.index(name) for name in kept.names])


def test_all_that_come_into_view_are_kept_with_the_windows_and_routes_of_the_whole():
    whole, kept, which = whole_and_kept()
    assert set(np.flatnonzero((whole.window_s > 0).any(axis=(0, 1)))) <= set(which)
    np.testing.assert_allclose(kept.window_s, whole.window_s[..., which], atol=1e-6)
    np.testing.assert_allclose(kept.slant_m, whole.slant_m[..., which], rtol=1e-12)
    np.testing.assert_array_equal(kept.hops, whole.hops[:, which[:, None], which])
    np.testing.assert_allclose(kept.delay_s, whole.delay_s[:, which[:, None], which], rtol=1e-12)


def test_those_kept_besides_are_the_nearest_over_the_links():
    whole, _, which = whole_and_kept()
    seen = np.flatnonzero((whole.window_s > 0).any(axis=(0, 1)))
    delay = whole.delay_s[6, seen].min(axis=0)
    others = np.setdiff1d(which, seen)
    left_out = np.setdiff1d(np.arange(144), which)
    assert len(others) == 16 - len(seen) > 0
    assert delay[others].max() <= delay[left_out].min()


def test_windows_agree_with_stepping_through_time():
    fleet = SMALL.constellation.fleet()
    device_xy = np.full((1, 1, 2), 100.0)
    step_s = np.arange(0, 1500, 0.5)
    still = np.broadcast_to(device_xy, (len(step_s), 1, 2))
    seen = sky_over(fleet, 144, *OVERHEAD, still, step_s).window_s[:, 0] > 0
    stepped = np.where(seen[0], step_s[np.argmin(seen, axis=0)], 0)
    window = sky_over(fleet, 144, *OVERHEAD, device_xy, np.zeros(1)).window_s[0, 0]
    assert (window > 0).sum() >= 3
    assert window == pytest.approx(stepped, abs=0.5)


def test_routes_are_the_shortest_of_all_paths():
    rng = np.random.default_rng(5)
    position_m = rng.normal(size=(7, 3))
    position_m *= rng.uniform(9e6, 12e6, 7)[:, None] / np.linalg.norm(position_m, axis=1)[:, None]
    pairs = np.array([(i, j) for i in range(7) for j in range(i) if rng.random() < 0.5])
    linked = np.zeros((7, 7), bool)
    linked[pairs[:, 0], pairs[:, 1]] = linked[pairs[:, 1], pairs[:, 0]] = True
    routes.keep_clear_lines(position_m[None], linked[None])
    hops, delay_s = Mesh(pairs, position_m).routes_from(np.arange(7)).to(np.arange(7))
    best = brute_force_routes(linked, position_m)
    for (start, end), (length_m, steps) in best.items():
        assert hops[start, end] == steps
        assert delay_s[start, end] * 299_792_458 == pytest.approx(length_m, rel=1e-12)
    assert (hops >= 0).sum() == len(best) > 7


def test_a_satellite_behind_the_earth_has_no_link():
    opposite = np.array([[7e6, 0.0, 0.0], [-7e6, 0.0, 0.0]])
    hops, delay_s = Mesh(np.array([[0, 1]]), opposite).routes_from(np.arange(2)).to(np.arange(2))
    assert hops.tolist() == [[0, -1], [-1, 0]]
    assert (delay_s == 0).all()


def test_too_few_satellites_are_refused_with_the_number_that_it_takes():
    with pytest.raises(InputError, match=r"satellites is 2, and (\d+) come into view: set it to \1 or more"):
        generate(SMALL.replace(satellites=2), 0)


def test_an_instance_names_its_satellites_and_keeps_them_in_its_file(tmp_path):
    instance = generate(SMALL, 1)
    instance.save(tmp_path / "day.npz")
    loaded = Instance.load(tmp_path / "day.npz")
    assert loaded.id == instance.id
    assert loaded.scenario == SMALL
    for name, array in vars(instance.ephemeris).items():
        np.testing.assert_array_equal(getattr(loaded.ephemeris, name), array)
    above = instance.ephemeris.elevation_rad > np.radians(11)
    assert (instance.sat_window_s > 0).all(axis=1)[above].all()
    assert len(set(instance.ephemeris.names)) == 16


def test_an_ephemeris_that_does_not_fit_is_refused():
    instance = generate(SMALL, 1)
    sky = instance.ephemeris
    wrong = {"names": sky.names[:-1], "azimuth_rad": sky.azimuth_rad[1:], "elevation_rad": sky.elevation_rad * np.nan}
    for name, array in wrong.items():
        with pytest.raises(InputError, match=f"ephemeris_{name}: it must"):
            dataclasses.replace(instance, ephemeris=dataclasses.replace(sky, **{name: array}))


def test_seeds_start_at_other_times_only_if_the_scenario_lets_them():
    fixed = [generate(SMALL, seed).ephemeris for seed in (0, 1)]
    assert fixed[0].azimuth_rad.tolist() == fixed[1].azimuth_rad.tolist()
    moving = SMALL.replace(constellation=SMALL.constellation.model_copy(update={"start_within_s": 86400.0}))
    drawn = [generate(moving, seed).ephemeris for seed in (0, 1)]
    assert drawn[0].names.tolist() != drawn[1].names.tolist()


def test_a_batch_of_horizons_has_a_sky_for_each():
    moving = SMALL.replace(
        constellation=SMALL.constellation.model_copy(update={"start_within_s": 86400.0}), satellites=20
    )
    horizons = generate_batch(moving, (0,), 3)
    assert horizons.sat_window_s.shape == (12, 3, 4, 20)
    assert len({horizons.instance(number).sat_window_s.tobytes() for number in range(3)}) == 3


def test_without_a_constellation_the_json_and_so_the_id_of_an_instance_know_of_none():
    text = Scenario.preset("paper").model_dump_json()
    assert "constellation" not in text
    assert "longitude" not in text
    assert generate(Scenario.preset("tiny"), 0).ephemeris is None


@pytest.mark.parametrize("solver", ["greedy", "kmeans", "myopic"])
@pytest.mark.parametrize("name", ["starlink-1", "kuiper", "telesat", "oneweb", "iridium-next"])
def test_every_constellation_of_the_suite_generates_and_solves(name, solver):
    scenario = Scenario.preset("paper").replace(constellation=name, satellites=60, slots=3, site_latitude_deg=45)
    solution = solve(solver, generate(scenario, 2))
    assert solution.status == "feasible"
