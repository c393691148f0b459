"""Small campaigns run in this process, and what happens to them meanwhile."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd

from skyedge.results.benchmark import run_campaign
from skyedge.results.campaign.record import read_rows
from tests import ROOT
from tests.results.execution.test_run_cells import captured
from tests.results.execution.test_sharing import MEASURED, PATIENCE_S, table

OURS = ROOT / "tests" / "results"  # where faulty_solvers is


def run(source: Path, out: Path, jobs: int = 1) -> tuple[str, str]:
    """Run a campaign; return what it prints to stdout and stderr."""
    return captured(run_campaign, str(source), out, jobs)


def check_same(first: Path, second: Path) -> None:
    """Compare two runs of a campaign, in whatever order their cells were computed, measured times left out."""
    pd.testing.assert_frame_equal(table(first), table(second))
    one, other = (read_rows(folder).drop(columns=MEASURED) for folder in (first, second))
    pd.testing.assert_frame_equal(one, other, check_exact=True)


@contextlib.contextmanager
def meanwhile(condition: Callable[[], object], act: Callable[[], None]) -> Iterator[None]:
    """Act once a condition holds, while the block runs; it must come to hold."""
    done = threading.Event()

    def watch() -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            if over.is_set() or time.monotonic() > deadline:
                return
            time.sleep(0.005)
        act()
        done.set()

    over, watcher = threading.Event(), threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
    assert done.is_set(), "else nothing happened, and nothing is tested"
