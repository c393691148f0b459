"""Whatever a user hands in wrongly: one clear line, exit status 2, and nothing written."""

import json
import os
import zipfile

import numpy as np
import pytest

from skyedge.problem import Decision, Scenario, generate
from skyedge.problem.arrays import INSTANCE_SHAPES
from skyedge.problem.instance import FORMAT
from tests.refusals import assert_refused, run

INSTANCE = generate(Scenario.preset("tiny"), 0)
T, K, M = 2, 4, 2


SCENARIOS = {
    "an unknown field": ('base = "paper"\ndevice = 20', "unknown scenario field 'device': did you mean 'devices'?"),
    "an unknown field of a part": ('base = "hotspot"\n[hotspot]\nzones = 4', "unknown scenario field 'hotspot.zones'"),
    "a missing field": ("devices = 3", "is missing"),
    "a negative bandwidth": ('base = "paper"\nuav_bandwidth_hz = -5e6', "'uav_bandwidth_hz' is -5000000.0"),
    "a bandwidth of zero": ('base = "paper"\nsat_bandwidth_hz = 0', "'sat_bandwidth_hz' is 0"),
    "a number that is not one": ('base = "paper"\nslot_s = nan', "'slot_s' is nan"),
    "an infinite power": ('base = "paper"\nmax_power_w = inf', "'max_power_w' is inf"),
    "no devices": ('base = "paper"\ndevices = 0', "'devices' is 0"),
    "half a device": ('base = "paper"\ndevices = 2.5', "'devices' is 2.5"),
    "words for numbers": ('base = "paper"\nuavs = "three"', "'uavs' is 'three'"),
    "no server at all": ('base = "paper"\nuavs = 0\nsatellites = 0', "a world needs a server"),
    "an accuracy above one": ('base = "paper"\nmin_accuracy = [0.3, 1.3]', "min_accuracy"),
    "an empty list of levels": ('base = "paper"\noutput_words = []', "output_words"),
    "a range upside down": ('base = "paper"\narrival_rate = [1.5, 1.0]', "arrival_rate runs from 1.5 down to 1"),
    "a satellite in the ground": ('base = "paper"\nsat_altitude_m = 500', "'sat_altitude_m' is 500"),
    "planes that satellites do not fill": ('base = "paper"\nsat_planes = 3', "do not fill sat_planes = 3"),
    "a plane that is too full": ('base = "paper"\nsatellites = 40', "do not fit in one plane"),
    "a site that no plane passes": (
        'base = "paper"\nsat_inclination_deg = 30\nsite_latitude_deg = 60',
        "no plane passes",
    ),
    "a world beyond memory": ('base = "paper"\nslots = 100000000', "make the world smaller"),
    "a penalty below a served task's cost": ('base = "paper"\nunserved_penalty = 1', "unserved_penalty is 1"),
    "an unknown base": ('base = "papr"', "no preset is called 'papr': did you mean 'paper'?"),
    "a bad name": ('base = "paper"\nname = "../escape"', "'name' is '../escape'"),
    "broken TOML": ("devices = = 3", "not valid TOML"),
    "bytes that are no text": (b"\xff\xfe\x00devices", "not a text file in UTF-8"),
    "an empty file": ("", "is missing"),
}


@pytest.mark.parametrize("case", SCENARIOS)
def test_a_scenario_is_refused_for(case, tmp_path, monkeypatch, capsys):
    content, message = SCENARIOS[case]
    file = tmp_path / "world.toml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert_refused(run(monkeypatch, capsys, "generate", file, "-o", tmp_path / "day.npz"), message)
    assert not (tmp_path / "day.npz").exists()


@pytest.mark.parametrize(
    ("source", "message"),
    [("papper", "did you mean 'paper'?"), ("missing.toml", "no such file"), (".toml", "no preset is called")],
)
def test_a_scenario_that_is_not_there_is_refused(source, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert_refused(run(monkeypatch, capsys, "generate", source, "-o", tmp_path / "day.npz"), message)


def raw_instance(**changes):
    """Arrays of the file of an instance, changed without the checks of Instance; None leaves one out."""
    arrays = {name: np.asarray(getattr(INSTANCE, name)) for name in INSTANCE_SHAPES}
    arrays |= {"format": np.array(FORMAT), "scenario": np.array(INSTANCE.scenario.model_dump_json())} | changes
    return {name: array for name, array in arrays.items() if array is not None}


def put(name, index, value):
    """A copy of an array of the instance with one entry changed."""
    array = np.array(getattr(INSTANCE, name))
    array[index] = value
    return {name: array}


INSTANCES = {
    "a NaN": (put("uav_fading", (1, 2, 0), np.nan), "uav_fading[1, 2, 0] is nan"),
    "a negative gain": (put("sat_gain", (0, 0, 0), -1.0), "sat_gain[0, 0, 0] is -1.0"),
    "a negative bandwidth": (put("uav_bandwidth_hz", 1, -5e6), "uav_bandwidth_hz[1] is -5000000.0"),
    "a negative capacity": (put("uav_capacity", 0, -1), "uav_capacity[0] is -1"),
    "an accuracy of 1.2": (put("sat_accuracy", 0, 1.2), "sat_accuracy[0] is 1.2"),
    "an access satellite that is not there": (put("sat_access", (0, 1, 0), 7), "sat_access[0, 1, 0] is 7"),
    "a hop to itself": (put("isl_hops", (0, 0, 0), 1), "isl_hops diagonal"),
    "a delay to itself": (put("isl_delay_s", (1, 0, 0), 0.5), "isl_delay_s diagonal"),
    "an active task without data": ({"input_bits": np.zeros((T, K))}, "above 0 where the device is active"),
    "a UAV that starts outside": (put("uav_start_xy", (1, 0), 501.0), "uav_start_xy[1, 0] is 501.0"),
    "a wrong shape": ({"active": INSTANCE.active[:1]}, "has shape"),
    "too few axes": ({"active": INSTANCE.active[0]}, "active has shape (4,): it needs 2 axes"),
    "a wrong type": ({"active": INSTANCE.active.astype(float)}, "active has type float64: it must be bool"),
    "text for numbers": ({"slot_s": np.array("three")}, "slot_s has type <U5"),
    "a slot of no length": ({"slot_s": np.array(0.0)}, "slot_s is 0.0: it must be finite and above 0"),
    "a missing array": ({"uav_fading": None}, "lacks 'uav_fading'"),
    "an unknown array": ({"uav_colour": np.zeros(M)}, "has unknown 'uav_colour'"),
    "another format": ({"format": np.array("skyedge-instance-9")}, "not 'skyedge-instance-1'"),
    "a scenario that is none": ({"scenario": np.array('{"devices": -3}')}, "scenario field"),
    "a scenario that is no JSON": ({"scenario": np.array("{")}, "JSON"),
}


@pytest.mark.parametrize("case", INSTANCES)
def test_an_instance_is_refused_for(case, tmp_path, monkeypatch, capsys):
    changes, message = INSTANCES[case]
    np.savez(tmp_path / "day.npz", **raw_instance(**changes))
    outcome = run(monkeypatch, capsys, "solve", "greedy", tmp_path / "day.npz", "-o", tmp_path / "plan.npz")
    assert_refused(outcome, message)
    assert not (tmp_path / "plan.npz").exists()


def truncated(path):
    INSTANCE.save(path)
    path.write_bytes(path.read_bytes()[:-300])


def flipped(path):
    INSTANCE.save(path)
    data = bytearray(path.read_bytes())
    data[300] ^= 0xFF
    path.write_bytes(bytes(data))


def pickled(path):
    np.savez(path, **raw_instance(uav_fading=np.array([print], dtype=object)), allow_pickle=True)


def oversized(path):
    """A few bytes that promise an array of petabytes."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in raw_instance(uav_fading=None).items():
            with archive.open(f"{name}.npy", "w") as member:
                np.lib.format.write_array(member, array)
        with archive.open("uav_fading.npy", "w") as member:
            header = {"descr": "<f8", "fortran_order": False, "shape": (10**7, 10**8)}
            np.lib.format.write_array_header_1_0(member, header)


FILES = {
    "cut off": (truncated, "not a readable instance file"),
    "damaged by a flipped byte": (flipped, "instance file"),
    "empty": (lambda path: path.write_bytes(b""), "not a readable instance file"),
    "text": (lambda path: path.write_text("hello"), "not a readable instance file"),
    "a foreign archive": (lambda path: np.savez(path, x=np.zeros(3)), "not a skyedge file"),
    "a decision": (
        lambda path: Decision(np.zeros((T, K), int), np.zeros((T, K)), np.zeros((T, M, 2))).save(path),
        "holds 'skyedge-decision-1', not 'skyedge-instance-1'",
    ),
    "a pickle in disguise": (pickled, "instance file"),
    "a promise of petabytes": (oversized, "'uav_fading' is cut off"),
    "a folder": (lambda path: path.mkdir(), "is a directory, no file"),
    "a pipe that nobody writes to": (os.mkfifo, "is a pipe or a device, no file"),
    "a device without an end": (lambda path: path.symlink_to("/dev/zero"), "is a pipe or a device, no file"),
    "not there": (lambda path: None, "no such file"),
}


@pytest.mark.parametrize("case", FILES)
def test_an_instance_file_is_refused_that_is(case, tmp_path, monkeypatch, capsys):
    write, message = FILES[case]
    write(tmp_path / "day.npz")
    assert_refused(run(monkeypatch, capsys, "solve", "greedy", tmp_path / "day.npz"), message)


def hover(**changes):
    decision = {
        "server": np.full((T, K), -1),
        "power": np.full((T, K), 0.1),
        "uav_xy": np.tile(INSTANCE.uav_start_xy, (T, 1, 1)),
    }
    for name, (index, value) in changes.items():
        decision[name][index] = value
    return decision


def run_off(slot, distance):
    path = hover()["uav_xy"]
    path[slot:, 0, 0] += distance if path[0, 0, 0] < 250 else -distance
    return hover() | {"uav_xy": path}


DECISIONS = {
    "a server out of range": (hover(server=((1, 3), 3)), "server[1, 3] is 3: it must be between -1"),
    "a server below -1": (hover(server=((0, 0), -2)), "server[0, 0] is -2"),
    "a NaN power": (hover(power=((0, 2), np.nan)), "power[0, 2] is nan: it must be finite"),
    "a negative power": (hover(power=((0, 2), -0.01)), "power[0, 2] is -0.01"),
    "too much power": (hover(power=((1, 1), 0.2000001)), "power[1, 1] is 0.2000001"),
    "an infinite position": (hover(uav_xy=((0, 1, 0), np.inf)), "uav_xy[0, 1, 0] is inf"),
    "a UAV outside the area": (hover(uav_xy=((1, 0, 1), -1.0)), "inside the area of 500 m x 500 m"),
    "a UAV too fast at the start": (run_off(0, 60.1), "uav_xy[0, 0] is 60.1"),
    "a UAV too fast later on": (run_off(1, 60.1), "uav_xy[1, 0] is 60.1"),
    "servers that are no whole numbers": (hover() | {"server": np.zeros((T, K))}, "server has type float64"),
    "powers that are whole numbers": (hover() | {"power": np.zeros((T, K), int)}, "power has type int64"),
    "too few slots": (hover() | {"server": np.full((1, K), -1)}, "server has shape (1, 4)"),
    "a UAV too many": (hover() | {"uav_xy": np.full((T, M + 1, 2), 250.0)}, "uav_xy has shape (2, 3, 2)"),
}


@pytest.mark.parametrize("case", DECISIONS)
def test_a_decision_is_refused_for(case, tmp_path, monkeypatch, capsys):
    arrays, message = DECISIONS[case]
    INSTANCE.save(tmp_path / "day.npz")
    Decision(**arrays).save(tmp_path / "plan.npz")
    assert_refused(run(monkeypatch, capsys, "score", tmp_path / "day.npz", tmp_path / "plan.npz"), message)


EXPORTS = {
    "slots that are not there": (["--slots", "2"], "the instance has slots 0 to 1"),
    "slots the wrong way round": (["--slots", "1:1"], "slots is '1:1'"),
    "slots in words": (["--slots", "all"], "write FIRST or FIRST:END"),
    "an unknown format": (["-o", "day.xlsx"], "must end in one of .nl, .gms, .bar"),
    "a folder that is not there": (["-o", "no/day.nl"], "cannot be written"),
}


@pytest.mark.parametrize("case", EXPORTS)
def test_an_export_is_refused_for(case, tmp_path, monkeypatch, capsys):
    options, message = EXPORTS[case]
    monkeypatch.chdir(tmp_path)
    INSTANCE.save("day.npz")
    assert_refused(run(monkeypatch, capsys, "export", "day.npz", *options), message)
    assert [path.name for path in tmp_path.iterdir()] == ["day.npz"]


def test_moves_and_powers_at_their_limits_are_valid():
    Decision(**run_off(0, 60.0)).check(INSTANCE)
    Decision(**run_off(0, 60.0 + 5e-7)).check(INSTANCE)
    Decision(**hover(power=((0, 0), 0.2 * (1 + 5e-10)))).check(INSTANCE)


def test_nothing_is_overwritten_when_the_input_is_bad(tmp_path, monkeypatch, capsys):
    plan = tmp_path / "plan.npz"
    plan.write_text("precious")
    (tmp_path / "day.npz").write_text("not an instance")
    assert_refused(run(monkeypatch, capsys, "solve", "greedy", tmp_path / "day.npz", "-o", plan), "instance file")
    assert plan.read_text() == "precious"


def test_a_folder_that_is_not_there_is_named(tmp_path, monkeypatch, capsys):
    assert_refused(run(monkeypatch, capsys, "generate", "tiny", "-o", tmp_path / "no" / "day.npz"), "cannot be written")


@pytest.mark.parametrize(
    "make",
    [os.mkfifo, lambda path: path.symlink_to("/dev/null"), lambda path: path.mkdir()],
    ids=["pipe", "device", "folder"],
)
@pytest.mark.parametrize("output", ["day.npz", "day.png"])
def test_what_is_no_file_is_never_replaced_by_one(make, output, tmp_path, monkeypatch, capsys):
    INSTANCE.save(tmp_path / "world.npz")
    make(tmp_path / output)
    before = os.lstat(tmp_path / output)
    command = ["generate", "tiny"] if output.endswith("npz") else ["show", tmp_path / "world.npz"]
    status, lines = run(monkeypatch, capsys, *command, "-o", tmp_path / output)
    assert (status, len(lines)) == (2, 1), lines
    assert output in lines[0]
    assert os.path.samestat(before, os.lstat(tmp_path / output))


@pytest.mark.parametrize("name", ["world.toml", "campaign.toml"])
def test_a_scenario_or_a_campaign_that_is_a_pipe_is_refused_and_not_waited_for(name, tmp_path, monkeypatch, capsys):
    os.mkfifo(tmp_path / name)
    command = "generate" if name == "world.toml" else "benchmark"
    assert_refused(run(monkeypatch, capsys, command, tmp_path / name), "is a pipe or a device, no file")


def test_the_scenario_inside_an_instance_is_json_that_anyone_can_read():
    assert json.loads(INSTANCE.scenario.model_dump_json())["devices"] == 4
