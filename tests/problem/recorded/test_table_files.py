"""Devices and requests from Parquet files: the same as from CSV files, refusals included."""

import datetime

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from skyedge.problem import InputError, Scenario, generate
from tests.refusals import assert_refused, run

DEVICES = {"device": ["north", "south"], "x_m": [250.0, 100.5], "y_m": [400, 20]}
REQUESTS = {
    "time_s": [0.0, 3.0],
    "device": ["north", "south"],
    "input_bits": [4e6, 5e6],
    "output_words": [64, 128],
    "max_latency_s": [4.0, 3.5],
    "min_accuracy": [0.3, 0.5],
}


def written(path, columns, **options):
    table = columns if isinstance(columns, pa.Table) else pa.table(columns)
    parquet.write_table(table, path, **options)
    return str(path)


def as_csv(path, columns):
    rows = [columns, *zip(*columns.values(), strict=True)]
    path.write_text("\n".join(",".join(map(str, row)) for row in rows))
    return str(path)


def test_a_parquet_file_gives_the_world_of_the_csv_file(tmp_path):
    paper = Scenario.preset("paper").replace(slots=3)
    tables = {"devices": DEVICES, "requests": REQUESTS}
    ours = {name: written(tmp_path / f"{name}.parquet", columns) for name, columns in tables.items()}
    theirs = {name: as_csv(tmp_path / f"{name}.csv", columns) for name, columns in tables.items()}
    assert generate(paper.replace(trace=ours), 0).id == generate(paper.replace(trace=theirs), 0).id


@pytest.mark.parametrize(
    "devices",
    [
        pa.array(["north", "south"]).dictionary_encode(),
        pa.array(["north", "south"], pa.large_string()),
        pa.array([17, 4], pa.int8()),
    ],
)
def test_words_of_every_kind_are_names(devices, tmp_path):
    file = written(tmp_path / "devices.parquet", DEVICES | {"device": devices})
    trace = Scenario.preset("paper").replace(trace={"devices": file}).trace
    assert trace.devices == tuple(map(str, devices.to_pylist()))


def test_numbers_keep_every_bit(tmp_path):
    x_m = np.random.default_rng(0).uniform(0, 500, 1000)
    columns = {"device": np.arange(1000), "x_m": x_m, "y_m": x_m}
    file = written(tmp_path / "devices.parquet", columns, row_group_size=300)
    trace = Scenario.preset("paper").replace(trace={"devices": file}).trace
    np.testing.assert_array_equal(trace.starts()[:, 0], x_m)


def test_nulls_are_blanks(tmp_path):
    columns = DEVICES | {"time_s": pa.nulls(2), "latitude_deg": pa.array([None, None], pa.float64())}
    file = written(tmp_path / "devices.parquet", columns)
    assert not Scenario.preset("paper").replace(trace={"devices": file}).trace.moving


def test_one_long_word_that_all_rows_share_does_not_unfold(tmp_path):
    columns = {"device": ["a" * 1_000_000], "x_m": [1.0], "y_m": [1.0]}
    table = pa.table({name: pa.array(one).dictionary_encode().take([0] * 65_536) for name, one in columns.items()})
    file = written(tmp_path / "devices.parquet", table)  # 64 GB as a CSV file
    with pytest.raises(InputError, match=r"row 1: device is 'a{56}\.\.\.: string should have at most 100"):
        Scenario.preset("paper").replace(trace={"devices": file})


def damaged(path):
    written(path, DEVICES)
    data = bytearray(path.read_bytes())
    data[8:60] = bytes(52)
    path.write_bytes(bytes(data))


def cut_off(path):
    written(path, DEVICES)
    path.write_bytes(path.read_bytes()[:-20])


def no_utf8(path):
    written(path, DEVICES | {"device": pa.array([b"a\xff", b"b"])})
    columns = parquet.read_table(path)
    written(path, columns.set_column(0, "device", pa.array([b"a\xff", b"b"]).view(pa.string())))


def devices(**changes):
    """Write the devices' file with some columns changed; None leaves one out."""
    columns = {name: column for name, column in (DEVICES | changes).items() if column is not None}
    return lambda path: written(path, columns)


def too_many(path):
    """A few kilobytes that promise two million rows."""
    written(path, {"device": np.zeros(2_000_001, np.int8), "x_m": np.zeros(2_000_001), "y_m": np.zeros(2_000_001)})


def too_wide(path):
    """Fifty kilobytes that unfold to more than memory should hold."""
    table = pa.table({"device": ["a" * 2**22], "x_m": [1.0], "y_m": [1.0]})
    with parquet.ParquetWriter(path, table.schema, compression="zstd", use_dictionary=False) as writer:
        for _ in range(65):
            writer.write_table(table)


FILES = {
    "text": (lambda path: path.write_text("device,x_m,y_m\na,1,2"), "not a readable Parquet file"),
    "nothing": (lambda path: path.write_bytes(b""), "not a readable Parquet file"),
    "a file cut off": (cut_off, "not a readable Parquet file"),
    "damaged pages": (damaged, "not a readable Parquet file"),
    "words that are no text": (no_utf8, "not a readable Parquet file"),
    "an unknown column": (devices(z_m=[1, 2]), "its schema: unknown column 'z_m': did you mean 'y_m'?"),
    "a missing column": (devices(device=None), "its schema: column device is missing: add it"),
    "a column of times": (devices(time_s=[datetime.datetime(2026, 3, 1)] * 2), "column time_s holds timestamp"),
    "a column of lists": (devices(x_m=[[1.0], [2.0]]), "column x_m holds list"),
    "a column of truths": (devices(x_m=[True, False]), "column x_m holds bool: make it numbers or text"),
    "a column of bytes": (devices(device=[b"a", b"b"]), "column device holds binary"),
    "half a position": (devices(y_m=[1.0, None]), "row 2: give either x_m and y_m or latitude_deg"),
    "a place that is no number": (devices(x_m=[1.0, float("nan")]), "row 2: x_m is 'nan'"),
    "a word for a number": (devices(x_m=["1", "one"]), "row 2: x_m is 'one': input should be a valid number"),
    "a time before the start": (devices(time_s=[0.0, -1.5]), "row 2: time_s is '-1.5'"),
    "a place outside": (devices(x_m=[1.0, 501.0]), "row 2: device 'south' is at x = 501.0 m, y = 20.0 m, outside"),
    "a blank name": (devices(device=["a", " "]), "row 2: device is '': field required"),
    "no rows": (devices(device=pa.array([], pa.string()), x_m=[], y_m=[]), "has no rows"),
    "too many rows": (too_many, "has more than 1000000 rows"),
    "too much in few rows": (too_wide, "unfolds to more than 256 MiB"),
}


@pytest.mark.parametrize("case", FILES)
def test_a_parquet_file_is_refused_for(case, tmp_path, monkeypatch, capsys):
    write, message = FILES[case]
    write(tmp_path / "devices.parquet")
    (tmp_path / "world.toml").write_text('base = "paper"\n[trace]\ndevices = "devices.parquet"\n')
    outcome = run(monkeypatch, capsys, "generate", tmp_path / "world.toml", "-o", tmp_path / "day.npz")
    assert_refused(outcome, message)
    assert not (tmp_path / "day.npz").exists()


def test_a_request_of_an_unknown_device_is_refused_by_its_row(tmp_path):
    files = {
        "devices": written(tmp_path / "devices.parquet", DEVICES),
        "requests": written(tmp_path / "requests.parquet", REQUESTS | {"device": ["north", "sout"]}),
    }
    with pytest.raises(InputError, match=r"requests.parquet: row 2: no device is called 'sout': did you mean 'south'"):
        Scenario.preset("paper").replace(slots=3, trace=files)
