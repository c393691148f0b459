"""A cloud on the ground: one more server, reached over the links and through a gateway."""

import dataclasses

import numpy as np
import pytest

from skyedge.problem import Decision, InputError, Instance, Scenario, evaluate, explain, generate, generate_batch
from skyedge.problem.arrays import INSTANCE_SHAPES
from skyedge.problem.constellations.circular_orbits import EARTH_RADIUS_M
from skyedge.problem.constellations.frames import SPHERE
from skyedge.problem.constellations.sky import sky_over
from skyedge.problem.generation.generate import _Streams
from skyedge.problem.generation.satellites import _shell
from skyedge.problem.physics.equations import LIGHT_SPEED_MPS
from tests import oracle
from tests.problem.constellations.test_sky import OVERHEAD, SMALL
from tests.worlds import hand_world, random_decision

CLOUD = Scenario.preset("cloud")
PAPER = Scenario.preset("paper")


def moved(**changes):
    """The preset with some of the cloud's fields changed."""
    return CLOUD.replace(cloud=CLOUD.cloud.model_dump() | changes)


def test_a_cloud_changes_nothing_but_adds_a_server():
    with_cloud, without = generate(CLOUD, 3), generate(PAPER, 3)
    assert (with_cloud.options, without.options) == ({"cloud"}, set())
    for name, field in INSTANCE_SHAPES.items():
        array, of_satellites = np.asarray(getattr(with_cloud, name)), field.axes.count("N")
        array = array[(..., *of_satellites * [slice(-1)])]
        np.testing.assert_array_equal(array, getattr(without, name), err_msg=name)
    assert with_cloud.sat_is_cloud.tolist() == [False] * 4 + [True]
    assert with_cloud.server_accuracy[-1] == 0.85
    assert with_cloud.sat_flops[-1] == 67e12


def slow_way(scenario, positions, hops, delay_s, start):
    """Hops and delay from a satellite to the cloud, one way after the other, with angles in place of vectors."""
    cloud, best = scenario.cloud, (-1, np.inf)
    latitude, longitude = np.radians([cloud.gateway_latitude_deg, cloud.gateway_longitude_deg])
    below = np.array([np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)])
    for last, position in enumerate(positions):
        radius = np.linalg.norm(position)
        angle = np.arccos(below @ position / radius)
        slant_m = np.sqrt(EARTH_RADIUS_M**2 + radius**2 - 2 * EARTH_RADIUS_M * radius * np.cos(angle))
        elevation = np.arccos(np.sin(angle) * radius / slant_m) * np.sign(np.cos(angle) - EARTH_RADIUS_M / radius)
        if hops[start, last] >= 0 and np.degrees(elevation) >= cloud.min_elevation_deg:
            total_s = delay_s[start, last] + slant_m / LIGHT_SPEED_MPS + cloud.delay_s
            best = min(best, (hops[start, last] + 1, total_s), key=lambda way: way[1])
    return best


@pytest.mark.parametrize("place", [(13.5, 0.0), (-25.0, 8.0), (5.0, 140.0)])
def test_a_route_to_the_cloud_is_the_quickest_through_a_satellite_that_its_gateway_sees(place):
    scenario = moved(gateway_latitude_deg=place[0], gateway_longitude_deg=place[1])
    instance = generate(scenario, 1)
    shell = _shell(scenario, _Streams((1,)), ())
    positions = shell.positions(np.arange(scenario.slots) * scenario.slot_s)
    reached = 0
    for t in range(0, scenario.slots, 7):
        for start in range(4):
            hops, total_s = slow_way(scenario, positions[t], instance.isl_hops[t], instance.isl_delay_s[t], start)
            assert instance.isl_hops[t, start, 4] == hops
            assert instance.isl_delay_s[t, start, 4] == pytest.approx(total_s if hops >= 0 else 0.0, rel=1e-9)
            reached += hops >= 0
    assert (reached > 0) == (place[1] < 100)  # over the horizon there is none
    assert (instance.isl_hops[:, 4, :4] == -1).all()
    assert (instance.isl_hops[:, 4, 4] == 0).all()


def test_the_way_to_the_cloud_begins_at_the_satellite_in_view_for_longest():
    instance = generate(CLOUD, 0)
    longest = instance.sat_window_s[..., :4].argmax(axis=-1)
    reached = np.take_along_axis(instance.isl_hops[:, :, 4], longest, axis=1) >= 0
    assert (instance.sat_access[..., 4] == np.where(reached, longest, -1)).all()
    assert reached.any()


def test_scores_on_a_cloud_are_those_of_the_reference_evaluator():
    instance = generate(CLOUD.replace(slots=6), 2)
    rng = np.random.default_rng(0)
    for _ in range(5):
        decision = random_decision(rng, instance)
        decision = dataclasses.replace(decision, uav_xy=np.tile(instance.uav_start_xy, (6, 1, 1)))
        ours, theirs = evaluate(instance, decision), oracle.evaluate(instance, decision)
        assert ours.cost == pytest.approx(theirs.cost, rel=1e-9)
        assert ours.violations == theirs.violations
        for share in ("satellite_share", "cloud_share"):
            assert getattr(ours, share) == pytest.approx(getattr(theirs, share), nan_ok=True)


def test_a_gateway_that_sees_no_satellite_leaves_the_cloud_out_of_reach():
    instance = generate(moved(gateway_longitude_deg=180.0).replace(slots=2), 0)
    assert (instance.sat_access[..., 4] == -1).all()
    server = np.where(instance.active, instance.servers - 1, -1)
    everything = Decision(server, np.full(server.shape, 0.2), np.tile(instance.uav_start_xy, (2, 1, 1)))
    score = evaluate(instance, everything)
    assert score.violations["C3"] == instance.active.sum()
    assert "cloud cannot be reached, no visible satellite leads to it" in explain(instance, everything, score)[0]


def test_over_a_constellation_routes_to_the_cloud_go_over_all_satellites():
    fleet = SMALL.constellation.fleet()
    device_xy = np.random.default_rng(0).uniform(0, 500, (12, 4, 2))
    time_s = 1000.0 + 20 * np.arange(12)
    cloud = CLOUD.cloud.model_copy(update={"gateway_latitude_deg": 20.0, "gateway_longitude_deg": -60.0})
    gateways = [cloud.gateway(fleet.earth, 0.0)]
    whole, kept = (sky_over(fleet, count, *OVERHEAD, device_xy, time_s, gateways) for count in (144, 16))
    which = np.array([whole.names.index(name) for name in kept.names])
    np.testing.assert_array_equal(kept.cloud_hops, whole.cloud_hops[:, which])
    np.testing.assert_allclose(kept.cloud_delay_s, whole.cloud_delay_s[:, which], rtol=1e-12)
    positions = fleet.positions(time_s, np.arange(144))
    for t in (0, 11):
        feeder_s = gateways[0].delay_from(positions[t])
        ways_s = np.where(whole.hops[t] >= 0, whole.delay_s[t], np.inf) + feeder_s
        assert whole.cloud_delay_s[t, :, 0] == pytest.approx(ways_s.min(axis=1), rel=1e-12)
        assert np.isfinite(feeder_s).sum() not in (0, 144)
        last = ways_s.argmin(axis=1)
        assert (whole.cloud_hops[t, :, 0] == whole.hops[t, np.arange(144), last] + 1).all()
    assert not np.isin(np.flatnonzero(np.isfinite(feeder_s)), which).all()  # some of them are not kept


def test_an_instance_with_a_cloud_and_an_ephemeris_survives_its_file(tmp_path):
    fields = CLOUD.cloud.model_dump() | {"gateway_latitude_deg": -35.0, "gateway_longitude_deg": -70.0}
    instance = generate(SMALL.replace(cloud=fields), 0)
    assert instance.satellites == 17
    assert len(instance.ephemeris.names) == 16
    instance.save(tmp_path / "day.npz")
    assert Instance.load(tmp_path / "day.npz").id == instance.id


def test_batches_have_a_cloud_too():
    horizons = generate_batch(CLOUD.replace(slots=3), (0,), 2)
    assert horizons.instance(1).options == {"cloud"}
    assert horizons.sat_access.shape == (3, 2, 15, 5)


def test_the_frame_of_a_gateway_turns_with_its_meridian():
    gateway = CLOUD.cloud.model_copy(update={"gateway_longitude_deg": 100.0, "gateway_latitude_deg": 0.0})
    assert gateway.gateway(SPHERE, 10.0).position_m == pytest.approx([0.0, EARTH_RADIUS_M, 0.0], abs=1e-6)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"satellites": 0}, "satellites is 0, and they lead to the cloud"),
        ({"cloud": CLOUD.cloud.model_dump() | {"flop": 1.0}}, "unknown scenario field 'cloud.flop': did you mean"),
        ({"cloud": CLOUD.cloud.model_dump() | {"accuracy": 7}}, "scenario field 'cloud.accuracy' is 7"),
        ({"cloud": {"flops": 1e12}}, "scenario field 'cloud.gateway_latitude_deg' is missing"),
    ],
)
def test_a_cloud_is_refused_for(changes, message):
    with pytest.raises(InputError) as refused:
        CLOUD.replace(**changes)
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sat_is_cloud": [True, False]}, "sat_is_cloud[0] is True: it must be false but for the last"),
        ({"sat_is_cloud": [False, True]}, "sat_window_s[0, 0, 1] is 200.0: it must be 0 for the cloud"),
    ],
)
def test_an_instance_is_refused_whose_cloud_is_no_cloud(changes, message):
    with pytest.raises(InputError) as refused:
        hand_world(**{name: np.array(value) for name, value in changes.items()})
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("field", "allowed", "refused"),
    [
        ("gateway_latitude_deg", (-90, -89.5, 89.5, 90), (-90.5, 90.5)),
        ("gateway_longitude_deg", (-180, -179.5, 179.5, 180), (-180.5, 180.5)),
        ("min_elevation_deg", (0, 0.5, 89.5), (-0.5, 90, 90.5)),
    ],
)
def test_gateways_are_on_the_earth_and_look_up(field, allowed, refused):
    for value in allowed:
        assert getattr(moved(**{field: value}).cloud, field) == value
    for value in refused:
        with pytest.raises(InputError, match=field):
            moved(**{field: value})
