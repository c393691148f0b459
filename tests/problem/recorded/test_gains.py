"""Gains of links from files, in place of drawn ones."""

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from skyedge.problem import InputError, Scenario, generate, generate_batch
from skyedge.problem.recorded.gains import Gains, GainSample
from tests.refusals import assert_refused, run

DEVICES = "device,x_m,y_m\nnorth,250,400\nsouth,100,20\n"
SLOTS = 3
FADING = {
    (device, uav, time_s): -float(time_s) - uav + 0.25 * (device == "south")
    for device in ("north", "south")
    for uav in range(3)
    for time_s in (0, 3, 6)
}


def fading(values=FADING):
    lines = (f"{time_s},{device},{uav},{decibel}" for (device, uav, time_s), decibel in values.items())
    return "\n".join(["time_s,device,uav,fading_db", *lines])


def gains(names, times=(0, 3, 6), level=-130.0):
    lines = (
        f"{device},{name},{time_s},{level - number - time_s}"
        for device in ("north", "south")
        for number, name in enumerate(names)
        for time_s in times
    )
    return "\n".join(["device,satellite,time_s,gain_db", *lines])


def world(folder, base="paper", uav_fading=None, sat_gain=None, **changes):
    trace = {"devices": DEVICES, "uav_fading": uav_fading, "sat_gain": sat_gain}
    trace = {name: text for name, text in trace.items() if text is not None}
    for name, text in trace.items():
        (folder / f"{name}.csv").write_text(text)
    files = {name: str(folder / f"{name}.csv") for name in trace}
    return Scenario.preset(base).replace(**({"slots": SLOTS, "trace": files, "device_speed_mps": 0} | changes))


def per_slot(*samples, slots=4, slot_s=3.0):
    recorded = Gains(
        name="uav_fading",
        servers=("a",),
        samples=tuple(GainSample(time_s, 0, 0, gain_db) for time_s, gain_db in samples),
    )
    return recorded.per_slot(np.ones((slots, 1, 1), bool), slot_s, ["d"], ["a"])[:, 0, 0]


def test_decibels_become_ratios_of_power():
    assert per_slot((0, 0), (3, 10), (6, -20), (9, 3)) == pytest.approx([1, 10, 0.01, 1.9952623])


def test_a_slot_has_the_mean_power_of_its_values_in_any_order():
    assert per_slot((4, -10), (0, 0), (5.9, 10), (3, 0), slots=2) == pytest.approx([1, (0.1 + 10 + 1) / 3])


def test_a_slot_without_values_keeps_the_gain_before_it():
    assert per_slot((1, 0), (2, 10), (6, -10)) == pytest.approx([5.5, 5.5, 0.1, 0.1])


def test_values_after_the_end_do_not_count_and_rounding_shifts_none():
    times = np.arange(30) * 0.1
    powers = per_slot(*((time_s, number) for number, time_s in enumerate(times)), (1e30, 30), slots=25, slot_s=0.1)
    assert powers == pytest.approx(10 ** (np.arange(25) / 10))


def test_fading_of_uavs_replaces_what_is_drawn_and_nothing_else(tmp_path):
    recorded, drawn = (generate(world(tmp_path, uav_fading=one), 0) for one in (fading(), None))
    for (device, uav, time_s), decibel in FADING.items():
        at = time_s // 3, ("north", "south").index(device), uav
        assert recorded.uav_fading[at] == pytest.approx(10 ** (decibel / 10))
    for name in ("sat_gain", "sat_window_s", "uav_start_xy", "input_bits", "device_xy"):
        np.testing.assert_array_equal(getattr(recorded, name), getattr(drawn, name))


def test_gains_of_satellites_count_while_these_are_in_view(tmp_path):
    recorded, drawn = (generate(world(tmp_path, sat_gain=one), 0) for one in (gains("0123"), None))
    decibel = -130 - np.arange(4) - 3 * np.arange(SLOTS)[:, None, None]
    expected = (drawn.sat_window_s > 0) * 10 ** (decibel / 10)
    np.testing.assert_allclose(recorded.sat_gain, expected)
    for name in ("sat_window_s", "sat_access", "isl_hops", "uav_fading"):
        np.testing.assert_array_equal(getattr(recorded, name), getattr(drawn, name))


def test_satellites_of_a_constellation_go_by_their_names(tmp_path):
    drawn = generate(world(tmp_path, base="iridium"), 0)
    seen = drawn.ephemeris.names[(drawn.sat_window_s > 0).any(axis=(0, 1))]
    recorded = generate(world(tmp_path, base="iridium", sat_gain=gains(seen)), 0)
    for number, name in enumerate(seen):
        (column,) = np.flatnonzero(drawn.ephemeris.names == name)
        expected = (drawn.sat_window_s[..., column] > 0) * 10 ** ((-130 - number - 3 * np.arange(SLOTS)) / 10)[:, None]
        np.testing.assert_allclose(recorded.sat_gain[..., column], expected)


def test_recorded_gains_are_in_every_horizon_of_a_batch(tmp_path):
    scenario = world(tmp_path, uav_fading=fading(), sat_gain=gains("0123"))
    horizons, instance = generate_batch(scenario, (0,), 2), generate(scenario, 0)
    for number in range(2):
        np.testing.assert_array_equal(horizons.uav_fading[:, number], instance.uav_fading)
        seen = (horizons.sat_window_s[:, number] > 0) & (instance.sat_window_s > 0)
        assert seen.any()
        np.testing.assert_array_equal(horizons.sat_gain[:, number][seen], instance.sat_gain[seen])


def test_a_scenario_holds_the_gains_and_a_parquet_file_gives_the_same(tmp_path):
    scenario = world(tmp_path, uav_fading=fading())
    assert Scenario.from_json(scenario.model_dump_json()) == scenario
    rows = [line.split(",") for line in fading().splitlines()]
    columns = dict(zip(rows[0], zip(*rows[1:], strict=True), strict=True))
    columns |= {name: list(map(float, columns[name])) for name in ("time_s", "fading_db")}
    parquet.write_table(pa.table(columns), tmp_path / "fading.parquet")
    files = {"devices": str(tmp_path / "devices.csv"), "uav_fading": str(tmp_path / "fading.parquet")}
    assert scenario.replace(trace=files) == scenario


FADING_FILES = {
    "no column of gains": ("time_s,device,uav\n0,north,0", "uav_fading.csv: line 1: column fading_db is missing"),
    "a ratio's column": ("time_s,device,uav,fading\n0,north,0,1", "unknown column 'fading': did you mean 'fading_db'?"),
    "a gain in words": ("time_s,device,uav,fading_db\n0,north,0,low", "line 2: fading_db is 'low': input should be a"),
    "too strong a gain": ("time_s,device,uav,fading_db\n0,north,0,31", "line 2: fading_db is '31'"),
    "no power at all": ("time_s,device,uav,fading_db\n0,north,0,-inf", "line 2: fading_db is '-inf'"),
    "a blank device": ("time_s,device,uav,fading_db\n0,,0,1", "line 2: device is '': field required"),
    "an unknown device": (
        "time_s,device,uav,fading_db\n0,nort,0,1",
        "line 2: no device is called 'nort': did you mean",
    ),
    "an unknown UAV": ("time_s,device,uav,fading_db\n0,north,3,1", "line 2: no uav is called '3': known are: 0, 1, 2"),
    "a link twice": (fading() + "\n3,south,1,0", "line 20: device 'south' and uav '1' are there twice at 3 s"),
    "a negative time": ("time_s,device,uav,fading_db\n-1,north,0,1", "line 2: time_s is '-1'"),
    "a link left out": (
        fading({key: value for key, value in FADING.items() if key[:2] != ("south", 1)}),
        "uav_fading: no gain of device 'south' and '1' is recorded before 3 s, when slot 0 ends: add a row",
    ),
    "a link that starts late": (
        fading({key: value for key, value in FADING.items() if key != ("north", 2, 0)}),
        "uav_fading: no gain of device 'north' and '2' is recorded before 3 s",
    ),
}
GAIN_FILES = {
    "an unknown satellite": (gains("0124"), "sat_gain.csv: line 11: no satellite is called '4': known are: 0, 1, 2, 3"),
    "ratios for decibels": (gains("0", level=1e-13), "line 2: gain_db is '1e-13'"),
    "fading in place of gains": (fading(), "sat_gain.csv: line 1: unknown column 'uav'"),
    "a satellite left out": (gains("013"), "sat_gain: no gain of device 'north' and '2' is recorded before 3 s"),
    "gains after the end": (gains("0123", times=[9]), "sat_gain: no gain of device 'north' and '1' is recorded before"),
}
CASES = [
    *(("uav_fading", *case) for case in FADING_FILES.items()),
    *(("sat_gain", *case) for case in GAIN_FILES.items()),
]


@pytest.mark.parametrize(("table", "case", "content"), CASES, ids=[f"{table}: {case}" for table, case, _ in CASES])
def test_gains_are_refused_for(table, case, content, tmp_path, monkeypatch, capsys):
    text, message = content
    (tmp_path / "devices.csv").write_text(DEVICES)
    (tmp_path / f"{table}.csv").write_text(text)
    named = f'[trace]\ndevices = "devices.csv"\n{table} = "{table}.csv"\n'
    (tmp_path / "world.toml").write_text(f'base = "paper"\nslots = {SLOTS}\ndevice_speed_mps = 0\n{named}')
    outcome = run(monkeypatch, capsys, "generate", tmp_path / "world.toml", "-o", tmp_path / "day.npz")
    assert_refused(outcome, message)
    assert not (tmp_path / "day.npz").exists()


def test_a_uav_more_than_there_are_gains_of_is_refused(tmp_path):
    with pytest.raises(InputError, match="uav_fading: no gain of device 'north' and '3'"):
        generate(world(tmp_path, uav_fading=fading()).replace(uavs=4), 0)
