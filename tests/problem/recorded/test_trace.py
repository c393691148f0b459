"""Devices and requests from CSV files."""

import numpy as np
import pytest

from skyedge.problem import Decision, InputError, Scenario, evaluate, generate, generate_batch
from skyedge.problem.arrays import FORECAST_SLOTS
from skyedge.problem.constellations.frames import SPHERE, WGS84, Site, ground
from tests.refusals import assert_refused, run

STILL = "device,x_m,y_m\nnorth,250,400\nsouth,100.5,20\n"
TRACKS = "x_m,y_m,time_s,device\n0,0,0,a\n300,60,6,a\n500,500,4,b\n"
REQUESTS = """device,time_s,input_bits,output_words,max_latency_s,min_accuracy
north,0.0,4e6,64,4.0,0.3
south,3.0,5e6,128,3.5,0.5
south,5.9,6e6,192,3.0,0.6
north,8.9,7e6,240,2.5,0.7
north,9.0,8e6,240,2.5,0.7
"""


def world(folder, rows, requests=None, **changes):
    (folder / "devices.csv").write_text(rows)
    trace = {"devices": str(folder / "devices.csv")}
    if requests is not None:
        (folder / "requests.csv").write_text(requests)
        trace["requests"] = str(folder / "requests.csv")
    return Scenario.preset("paper").replace(**({"slots": 3, "trace": trace} | changes))


def test_requests_stand_in_the_slots_of_their_times_and_the_first_of_a_slot_counts(tmp_path):
    instance = generate(world(tmp_path, STILL, REQUESTS), 0)
    assert instance.active.tolist() == [[True, False], [False, True], [True, False]]
    assert instance.input_bits.tolist() == [[4e6, 0], [0, 5e6], [7e6, 0]]
    assert instance.output_words.tolist() == [[64, 0], [0, 128], [240, 0]]
    assert instance.max_latency_s.tolist() == [[4, 0], [0, 3.5], [2.5, 0]]
    assert instance.min_accuracy.tolist() == [[0.3, 0], [0, 0.5], [0.7, 0]]
    assert instance.arrival_rate.shape == (3 + FORECAST_SLOTS, 2)
    assert (instance.arrival_rate == 2 / 3).all()  # the last request comes after the end


def test_devices_with_one_row_walk_from_there_or_stand(tmp_path):
    walking = generate(world(tmp_path, STILL), 0).device_xy
    standing = generate(world(tmp_path, STILL, device_speed_mps=0), 0).device_xy
    assert walking[0].tolist() == [[250, 400], [100.5, 20]]
    assert (walking[1] != walking[0]).all()
    assert (standing == walking[0]).all()


def test_tracks_are_followed_in_straight_lines_and_held_beyond_their_ends(tmp_path):
    track = generate(world(tmp_path, TRACKS, slots=4), 0).device_xy
    assert track[:, 0].tolist() == [[0, 0], [150, 30], [300, 60], [300, 60]]
    assert track[:, 1].tolist() == [[500, 500]] * 4


@pytest.mark.parametrize("earth", [SPHERE, WGS84])
def test_degrees_become_the_metres_that_the_satellites_see_them_at(earth):
    site = Site(earth, (600.0, 400.0), 53.5, 179.9999)
    xy = np.array([[0.0, 0.0], [600.0, 400.0], [310.0, 17.0]])
    position, up = ground(earth, xy, np.array(site.area_m), np.radians(53.5), np.radians(179.9999))
    latitude, longitude = np.degrees(np.arcsin(up[:, 2])), np.degrees(np.arctan2(up[:, 1], up[:, 0]))
    assert np.linalg.norm(position, axis=1) == pytest.approx(6.37e6, rel=2e-3)
    for expected, place in zip(xy, zip(latitude, longitude, strict=True), strict=True):
        assert site.to_area(*place) == pytest.approx(expected, abs=1e-6)


def test_a_degree_of_latitude_and_longitude_are_as_long_as_tables_of_wgs84_say():
    site = Site(WGS84, (0.0, 0.0), 45.0, 10.0)
    # 111 132 m and 78 847 m at 45 degrees
    assert site.to_area(45.001, 10.0)[1] == pytest.approx(111.132, rel=1e-4)
    assert site.to_area(45.0, 10.001)[0] == pytest.approx(78.847, rel=1e-4)


def test_positions_in_degrees_place_devices_around_the_site(tmp_path):
    rows = "device,latitude_deg,longitude_deg\ncentre,45,10\nnorth,45.001,10\n"
    place = {"site_latitude_deg": 45, "site_longitude_deg": 10, "device_speed_mps": 0}
    track = generate(world(tmp_path, rows, **place), 0).device_xy
    assert track[0] == pytest.approx(np.array([[250, 250], [250, 361.13]]), abs=0.01)


def test_a_scenario_with_a_trace_is_data_and_its_seeds_differ_in_the_rest(tmp_path):
    scenario = world(tmp_path, STILL, REQUESTS, device_speed_mps=0)
    again = Scenario.from_json(scenario.model_dump_json())
    first, second = generate(again, 0), generate(again, 1)
    assert again == scenario
    assert first.id == generate(scenario, 0).id != second.id
    assert (first.input_bits == second.input_bits).all()
    assert (first.uav_fading != second.uav_fading).any()


def test_batches_hold_the_recorded_demand_in_every_horizon(tmp_path):
    scenario = world(tmp_path, TRACKS, REQUESTS.replace("north", "a").replace("south", "b"))
    horizons, instance = generate_batch(scenario, (0,), 2), generate(scenario, 0)
    for name in ("device_xy", "active", "input_bits", "min_accuracy", "arrival_rate"):
        for number in range(2):
            np.testing.assert_array_equal(getattr(horizons, name)[:, number], getattr(instance, name))


def test_what_is_recorded_is_scored_like_what_is_drawn(tmp_path):
    instance = generate(world(tmp_path, STILL, REQUESTS), 0)
    nobody = Decision(np.full((3, 2), -1), np.zeros((3, 2)), np.tile(instance.uav_start_xy, (3, 1, 1)))
    assert evaluate(instance, nobody).cost == pytest.approx(3 * instance.unserved_penalty)


def request(**changes):
    """The requests' file with some fields of its second row changed."""
    header, *rows = REQUESTS.splitlines()
    row = dict(zip(header.split(","), rows[1].split(","), strict=True)) | changes
    return "\n".join([header, rows[0], ",".join(row.values())])


FILES = {
    "an unknown column": ("device,x,y_m\na,1,2", None, "devices.csv: line 1: unknown column 'x': did you mean 'x_m'?"),
    "no column of names": ("x_m,y_m\n1,2", None, "line 1: column device is missing"),
    "half a position": ("device,x_m\na,1", None, "line 2: give either x_m and y_m or latitude_deg and longitude_deg"),
    "two positions": ("device,x_m,y_m,latitude_deg,longitude_deg\na,1,2,3,4", None, "line 2: give either x_m"),
    "a word for a number": ("device,x_m,y_m\na,1,2\nb,one,2", None, "line 3: x_m is 'one': input should be a valid"),
    "a column twice": ("device,x_m,x_m,y_m\na,1,1,2", None, "line 1: column x_m is there twice: keep one"),
    "a latitude beyond the pole": ("device,latitude_deg,longitude_deg\na,91,2", None, "line 2: latitude_deg is '91'"),
    "an infinite place": ("device,x_m,y_m\na,inf,2", None, "line 2: x_m is 'inf'"),
    "a row too short": ("device,x_m,y_m\na,1", None, "line 2: has not the columns of the header"),
    "a row too long": ("device,x_m,y_m\na,1,2,3", None, "line 2: has not the columns of the header"),
    "a place outside": ("device,x_m,y_m\na,1,501", None, "line 2: device 'a' is at x = 1.0 m, y = 501.0 m, outside"),
    "a place on the other side of the Earth": (
        "device,latitude_deg,longitude_deg\na,0,179",
        None,
        "line 2: device 'a' is at x = 19926438.9 m",
    ),
    "a device twice": ("device,x_m,y_m\na,1,2\na,3,4", None, "line 3: device 'a' is there twice"),
    "a track that goes back": (
        "device,x_m,y_m,time_s\na,1,2,5\na,1,2,5",
        None,
        "line 3: time_s is 5: it must be later",
    ),
    "times in some rows": ("device,x_m,y_m,time_s\na,1,2,5\nb,1,2,", None, "line 3: time_s must be given in every row"),
    "a time before the start": ("device,x_m,y_m,time_s\na,1,2,-1", None, "line 2: time_s is '-1'"),
    "no rows": ("device,x_m,y_m\n", None, "has no rows"),
    "nothing": ("", None, "line 1: column device is missing"),
    "bytes that are no text": (b"device\xff\xfe", None, "not a text file in UTF-8"),
    "an unknown device": (STILL, request(device="nort"), "line 3: no device is called 'nort': did you mean 'north'?"),
    "no input": (STILL, request(input_bits="0"), "requests.csv: line 3: input_bits is '0': input should be greater"),
    "a blank": (STILL, request(output_words=""), "line 3: output_words is '': field required"),
    "a negative limit": (STILL, request(max_latency_s="-2"), "line 3: max_latency_s is '-2'"),
    "an accuracy in percent": (STILL, request(min_accuracy="50"), "line 3: min_accuracy is '50'"),
    "a time of day": (STILL, request(time_s="12:30"), "line 3: time_s is '12:30'"),
    "requests without a limit": (
        STILL,
        "device,time_s,input_bits,output_words,min_accuracy\n",
        "max_latency_s is missing",
    ),
    "requests after the end": (STILL, REQUESTS.replace("h,", "h,10"), "the trace's first request is at 100 s"),
}


@pytest.mark.parametrize("case", FILES)
def test_a_trace_is_refused_for(case, tmp_path, monkeypatch, capsys):
    devices, requests, message = FILES[case]
    (tmp_path / "devices.csv").write_bytes(devices if isinstance(devices, bytes) else devices.encode())
    trace = '[trace]\ndevices = "devices.csv"\n'
    if requests is not None:
        (tmp_path / "requests.csv").write_text(requests)
        trace += 'requests = "requests.csv"\n'
    (tmp_path / "world.toml").write_text(f'base = "paper"\nslots = 3\n{trace}')
    assert_refused(run(monkeypatch, capsys, "generate", tmp_path / "world.toml", "-o", tmp_path / "day.npz"), message)
    assert not (tmp_path / "day.npz").exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"devices": 3}, "devices is 3: the trace has 2"),
        ({"area_m": 200}, "outside the area of 200 m x 200 m"),
        ({"hotspot": {}}, "leave one of them out"),
        ({"trace": {"device": "x"}}, "unknown table of trace 'device': did you mean 'devices'?"),
        ({"trace": {"requests": "x.csv"}}, "trace needs 'devices'"),
        ({"trace": {"devices": "x.xls"}}, "x.xls: tables come in files that end in .csv or .parquet"),
        ({"trace": {"devices": "gone.csv"}}, "gone.csv: no such file"),
        ({"trace": 5}, "'trace' is 5"),
    ],
)
def test_a_trace_is_refused_with(changes, message, tmp_path):
    with pytest.raises(InputError) as refusal:
        world(tmp_path, STILL, **changes)
    assert message in str(refusal.value)


def test_an_area_made_too_small_for_a_trace_afterwards_is_refused(tmp_path):
    with pytest.raises(InputError, match="area_m leaves devices of the trace outside"):
        world(tmp_path, STILL).replace(area_m=200)
