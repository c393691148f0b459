import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from skyedge.problem import InputError
from skyedge.results.storage.store import SCHEMA, Store
from tests.results.storage.test_cells import cell


@pytest.fixture
def row():
    return cell().blank_row() | {"status": "feasible", "cost": 1 / 3, "C1": 3, "error": 'α, "quoted"\nand more'}


def damaged(store: Store, key: str) -> bool:
    return store.stamp(key) is not None and store.read(key) is None


def test_a_cell_written_anew_has_another_stamp(tmp_path, row):
    store = Store(tmp_path)
    store.write(row)
    before = store.stamp(row["key"])
    assert store.stamp(row["key"]) == before
    store.write(row)
    assert store.stamp(row["key"]) != before


def test_what_is_written_is_read_back_exactly(tmp_path, row):
    store = Store(tmp_path)
    store.write(row)
    found = store.read(row["key"])
    assert found is not None
    assert list(found) == SCHEMA.names
    assert {name: found[name] for name in ("cost", "C1", "error", "status")} == {
        "cost": 1 / 3, "C1": 3, "error": "α, \"quoted\"\nand more", "status": "feasible"
    }  # fmt: skip
    assert found["bound"] != found["bound"], "no bound is NaN"


def test_a_missing_cell_is_none_and_not_damaged(tmp_path):
    assert Store(tmp_path).read("nothing") is None
    assert Store(tmp_path).stamp("nothing") is None


@pytest.mark.parametrize("keep", [0, 1, 100, -1])
def test_a_file_that_was_cut_short_is_damaged(tmp_path, row, keep):
    store = Store(tmp_path)
    store.write(row)
    path = store.path(row["key"])
    path.write_bytes(path.read_bytes()[:keep])
    assert damaged(store, row["key"])


def test_a_file_with_a_flipped_bit_is_damaged_or_reads_the_same(tmp_path, row):
    store, rng = Store(tmp_path), np.random.default_rng(0)
    store.write(row)
    path, outcomes = store.path(row["key"]), set()
    whole, expected = path.read_bytes(), repr(store.read(row["key"]))
    for place, bit in zip(rng.integers(len(whole), size=600), rng.integers(8, size=600), strict=True):
        content = bytearray(whole)
        content[place] ^= 1 << bit
        path.write_bytes(content)
        outcomes.add(repr(store.read(row["key"])))
    assert outcomes == {expected, "None"}


def test_a_row_with_another_cost_than_its_checksum_says_is_damaged(tmp_path, row):
    store = Store(tmp_path)
    store.write(row)
    path = store.path(row["key"])
    stored = pq.read_table(path)
    place = stored.column_names.index("cost")
    pq.write_table(stored.set_column(place, "cost", pa.array([1.0])), path)
    assert damaged(store, row["key"])


def test_a_row_under_the_name_of_another_cell_is_damaged(tmp_path, row):
    store = Store(tmp_path)
    store.write(row)
    store.path(row["key"]).rename(store.path("other"))
    assert damaged(store, "other")


def test_a_table_of_other_columns_is_damaged(tmp_path):
    store = Store(tmp_path)
    pq.write_table(pa.table({"key": ["x"], "cost": [1.0]}), store.path("x"))
    assert damaged(store, "x")


def test_a_failed_write_leaves_the_old_row_and_no_litter(tmp_path, row, monkeypatch):
    store = Store(tmp_path)
    store.write(row)

    def full_disk(table, path):
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("skyedge.results.storage.store.pq.write_table", full_disk)
    with pytest.raises(InputError, match="No space left"):
        store.write(row | {"cost": 2.0})
    assert store.read(row["key"])["cost"] == 1 / 3
    assert len(list(tmp_path.iterdir())) == 1
