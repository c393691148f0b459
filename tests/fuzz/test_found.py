"""What fuzzing has found: each of these once ended with another error than one clear line, or did not end."""

import hashlib
import io
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from safetensors.torch import load, save

from skyedge.problem import InputError
from tests import ROOT
from tests.fuzz.bombs import instance, parquet
from tests.fuzz.kinds import TARGETS
from tests.fuzz.targets import CAMPAIGN, HARBOUR, Target, check, omm_seed, scenario_with, shipped


def weights_with(value):
    """Shipped weights, one of which is something else."""
    weights = load(shipped("ppo")[0])
    next(iter(weights.values())).view(-1)[0] = value
    return save(weights)


def one_decision_less():
    """The decisions of a set, of which one is missing."""
    with np.load(io.BytesIO(TARGETS["set-decisions"].seeds()[0])) as found:
        stream = io.BytesIO()
        np.savez(stream, **{name: found[name] if name != "power" else found[name][:-1] for name in found.files})
    return stream.getvalue()


def curve(**columns):
    stream = io.BytesIO()
    pq.write_table(pa.table(columns), stream)
    return stream.getvalue()


def record_with(key):
    record = json.loads(TARGETS["campaign-record"].seeds()[0])
    record["cells"][0]["key"] = key
    return json.dumps(record).encode()


def tle_with(old, new):
    return (HARBOUR / "satellites.tle").read_bytes().replace(old, new, 1)


FOUND = {
    "a NUL in the name of a file": (
        "scenario",
        lambda: scenario_with("trace", '{devices = "a\\u0000b.csv"}'),
        "no path of a file",
    ),
    "a base of ten thousand digits": ("scenario", lambda: b"base = 0x" + b"f" * 10**4, "no preset is called 'a int"),
    "a count of ten thousand digits": ("scenario", lambda: scenario_with("uavs", "0x" + "f" * 10**4), "too large"),
    "a capacity beyond all integers": ("scenario", lambda: scenario_with("uav_capacity", "1" + "0" * 30), "capacity"),
    "a decibel beyond all floats": ("scenario", lambda: scenario_with("reference_gain_db", "1e5"), "gain_db"),
    "a line break in a name": ("campaign", lambda: b'"a\\nb" = 1\n' + CAMPAIGN, "a b: Extra inputs"),
    "a field called self": ("campaign", lambda: CAMPAIGN + b"self = 1\n", "unknown scenario field 'self'"),
    "a module without a name": ("campaign", lambda: b'modules = [""]\n' + CAMPAIGN, "modules.0"),
    "an epoch before all epochs": (
        "omm-csv",
        lambda: omm_seed("csv").replace(b"2026-03-01T12:00:00.000000", b"0001-01-01T00:00:00+05:00", 1),
        "EPOCH is",
    ),
    "a field that csv refuses": ("omm-csv", lambda: omm_seed("csv") + b"\n" + b"x" * 200_000, "not a row of a CSV"),
    "a digit that is no decimal": ("tle", lambda: tle_with(b"26001A", "2600²A".encode()), "not ASCII"),
    "a speed whose square is infinite": (
        "instance",
        lambda: instance(uav_speed_mps=np.array([1e308, 1.0])),
        "uav_speed_mps[0] is 1e+308",
    ),
    "a set of fewer decisions than instances": ("set-decisions", one_decision_less, "power is not of 20 instances"),
    "a cell whose key is no text": ("campaign-record", lambda: record_with(1.5), "not a campaign's record"),
    "a cell whose key is a path": ("campaign-record", lambda: record_with("../secret"), "not a campaign's record"),
    "weights that are not finite": ("policy-weights", lambda: weights_with(float("nan")), "is not finite"),
    "a curve without costs": ("curve", lambda: curve(seed=[0], slots=[1]), "not readable"),
    "a UAV called a number of thousands of digits": (
        "fleet",
        lambda: f"[[uav]]\nname = 0x{'f' * 5000}\n".encode(),
        "UAV a int that is too large to show: name",
    ),
    "a curve of words": ("curve", lambda: curve(seed=["a"], slots=["b"], cost=["c"]), "seed is string, no numbers"),
    "a curve of very many points": ("curve", lambda: parquet(200_000), "over 100000 rows"),
}


@pytest.mark.parametrize("name", FOUND)
def test_one_clear_line_refuses(name):
    target, make, message = FOUND[name]
    content = make()
    with pytest.raises(InputError) as refusal:
        TARGETS[target].read(content)
    assert message in str(refusal.value)
    assert str(refusal.value).isprintable()
    assert not check(TARGETS[target], content)


def test_a_parquet_file_with_damaged_metadata_of_a_column_does_not_end_the_process():
    content = (ROOT / "tests/fuzz/found/histogram.parquet").read_bytes()
    with pytest.raises(InputError, match="not a readable Parquet file"):
        TARGETS["parquet-fading"].read(content)


def test_a_cell_of_another_schema_counts_as_missing():
    table = pq.read_table(io.BytesIO(TARGETS["cell"].seeds()[0]))
    stream = io.BytesIO()
    pq.write_table(table.set_column(0, "key", pa.array([b"\xff"])), stream)
    assert TARGETS["cell"].read(stream.getvalue()) is None


@pytest.mark.parametrize("error", [KeyError("a"), ValueError("b"), MemoryError(), UserWarning("d")])
def test_any_other_end_than_that_is_noticed(error):
    def read(content):
        raise error

    with pytest.raises(type(error)):
        check(Target(list, read, lambda content, random: content), b"")


def test_weights_of_another_record_are_refused():
    weights, record = shipped("ppo")
    assert json.loads(record)["sha256"] == hashlib.sha256(weights).hexdigest()
    with pytest.raises(InputError, match="not the weights"):
        TARGETS["policy-record"].read(
            record.replace(b'"sha256":"', b'"sha256":"0').replace(b'"sha256": "', b'"sha256": "0')
        )
