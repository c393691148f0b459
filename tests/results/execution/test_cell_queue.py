"""Runners that share a folder: claims, and who does what."""

import subprocess
import sys
from contextlib import ExitStack

import pytest

from skyedge.problem import InputError
from skyedge.results.execution.cell_queue import Queue, claims_in, look, sweep, undone
from skyedge.results.storage.store import Store
from tests.results.command_line import environment
from tests.results.storage.test_cells import cell

HOLD = """
import sys
from pathlib import Path
from skyedge.results.execution.cell_queue import claims_in
with claims_in(Path(sys.argv[1])) as claims:
    print([claims.take(key) for key in sys.argv[2:]], flush=True)
    sys.stdin.read()
"""


class Other:
    """Another process that claims keys and holds them until it is killed."""

    def __init__(self, directory, *keys):
        command = [sys.executable, "-c", HOLD, str(directory), *keys]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen(command, env=environment(), **pipes)
        self.took = self.process.stdout.readline().strip()

    def kill(self):
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def other():
    """Start other processes, which do not outlive the test."""
    with ExitStack() as ends:

        def start(*arguments) -> Other:
            made = Other(*arguments)
            ends.callback(made.kill)
            return made

        yield start


def row(one, **values) -> dict:
    return one.blank_row() | {"status": "feasible", "cost": 1.0} | values


CELLS = [cell(instance_seed=seed) for seed in range(3)]
KEYS = [one.key for one in CELLS]


def test_a_claim_keeps_others_out_and_ends_with_its_holder_even_if_that_is_killed(tmp_path, other):
    first = other(tmp_path, *KEYS[:2])
    assert first.took == "[True, True]"
    with claims_in(tmp_path) as claims:
        assert [claims.take(key) for key in KEYS] == [False, False, True]
        assert other(tmp_path, KEYS[2]).took == "[False]"
        first.kill()
        assert claims.take(KEYS[0])
        claims.give(KEYS[0])
        assert other(tmp_path, KEYS[0]).took == "[True]"


def test_claims_need_a_folder_that_can_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be a folder"), claims_in(tmp_path / "file"):
        pass


def test_what_is_stored_failed_damaged_and_missing_is_told_apart(tmp_path):
    store = Store(tmp_path)
    store.write(row(CELLS[0]))
    store.write(row(CELLS[1], status="out-of-memory", cost=float("nan")))
    store.path(KEYS[2]).write_bytes(b"half a file")
    items = look([*CELLS, cell(instance_seed=9)], store)
    assert [item.state for item in items] == ["stored", "failed", "damaged", "missing"]
    assert [item.cell.instance_seed for item in undone(items, "missing")] == [2, 9]
    assert [item.cell.instance_seed for item in undone(items, "failed")] == [1]


def test_a_queue_gives_what_nobody_holds_and_nobody_has_finished(tmp_path, other):
    store, done = Store(tmp_path), []
    items = look(CELLS, store)
    holder = other(tmp_path, KEYS[0])
    store.write(row(CELLS[1]))  # by another runner, after we looked
    with claims_in(tmp_path) as claims:
        queue = Queue(items, store, claims, done.append)
        assert queue.next() == CELLS[2]
        assert queue.next() is None, "the first is another's"
        assert done == [CELLS[1]]
        assert queue
        holder.kill()
        assert queue.next() == CELLS[0]
        assert not queue


def test_a_failed_cell_that_another_runner_has_tried_again_is_left_alone_even_if_it_failed_again(tmp_path):
    store, done = Store(tmp_path), []
    store.write(row(CELLS[0], status="failed"))
    items = undone(look(CELLS, store), "failed")
    store.write(row(CELLS[0], status="failed"))
    with claims_in(tmp_path) as claims:
        assert Queue(items, store, claims, done.append).next() is None
    assert done == CELLS[:1]


def test_what_a_killed_writer_left_is_swept_and_what_a_living_one_writes_is_not(tmp_path, other):
    store = Store(tmp_path)
    store.write(row(CELLS[2]))
    for key in KEYS[:2]:
        (tmp_path / f".{key}-123.parquet").write_bytes(b"half")
    other(tmp_path, KEYS[1])
    with claims_in(tmp_path) as claims:
        sweep(store, claims)
    assert [path.name for path in store.unfinished()] == [f".{KEYS[1]}-123.parquet"]
    assert store.read(KEYS[2]) is not None
