"""Campaigns that are killed again and again, and runners that share one."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from skyedge.results.campaign.record import read_rows
from tests.results.command_line import COMMAND, environment, skyedge, write_campaign
from tests.results.execution.test_run_cells import heed_ctrl_c, session_is_gone, stored

SLOW = ["slow[seconds=0.1]", "random", "greedy"]
PATIENCE_S = 250  # a busy machine takes long to start anything
MEASURED = ["seconds", "wall_s", "machine"]  # of a run, which no two share


def start(folder: Path, out: str = "out", jobs: int = 2, **extra: str) -> subprocess.Popen:
    command = [*COMMAND, "benchmark", "mine.toml", "-j", str(jobs), "-o", out]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(
        command, cwd=folder, env=environment(**extra), start_new_session=True, preexec_fn=heed_ctrl_c, **pipes
    )


def until(condition, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)


def table(directory: Path) -> pd.DataFrame:
    """The table as written, digits as text, without measured times."""
    found = pd.read_csv(directory / "table.csv", dtype=str)
    return found.drop(columns=[name for name in MEASURED if name in found])


def check_same(first: Path, second: Path) -> None:
    """Compare two runs of a campaign to the last digit."""
    pd.testing.assert_frame_equal(table(first), table(second))
    one, other = (read_rows(folder).drop(columns=MEASURED) for folder in (first, second))
    pd.testing.assert_frame_equal(one, other, check_exact=True)


class Struck(NamedTuple):
    """A run that was struck: how it ended, what was stored before and after, and whether cells were running."""

    returncode: int
    remarks: str
    before: dict
    after: dict
    in_mid_run: bool


def struck(folder: Path, moments: int, strike: Callable[[subprocess.Popen], None]) -> Iterator[Struck]:
    """Run ``mine.toml`` into ``clean``; then start it into ``out`` again and again, and strike at random moments."""
    begun = time.monotonic()
    clean = start(folder, "clean")
    until(lambda: stored(folder / "clean"), clean)
    ready_s = time.monotonic() - begun
    clean.communicate(timeout=600)
    rng, before = np.random.default_rng(0), {}
    for number in range(moments):
        process, in_mid_run = start(folder), number % 2 == 0
        if in_mid_run:
            until(lambda: len(stored(folder / "out")) > len(before), process)  # noqa: B023  called before it changes
            time.sleep(rng.uniform(0, 0.5))
        else:  # any moment, most of them while it starts
            time.sleep(rng.uniform(0, 1.2 * ready_s))
        strike(process)
        remarks = process.communicate(timeout=PATIENCE_S)[1]
        assert session_is_gone(process.pid)
        after = stored(folder / "out")
        assert {name: after[name] for name in before} == before, "a finished cell was computed again"
        yield Struck(process.returncode, remarks, before, after, in_mid_run)
        before = after


def check_resumed(folder: Path, cells: int, before: dict) -> None:
    """Let ``out`` be finished: what was stored is kept, and the table is that of ``clean``."""
    last = start(folder)
    said = last.communicate(timeout=600)[1]
    assert f"computed {cells - len(before)} cells" in said
    assert {name: moment for name, moment in stored(folder / "out").items() if name in before} == before
    check_same(folder / "clean", folder / "out")
    assert not list((folder / "out" / "cells").glob(".*.parquet")), "no half-written file is left"


@pytest.mark.slow
@pytest.mark.timeout(1500)  # 22 starts: minutes on a busy machine
def test_a_campaign_killed_at_twenty_random_moments_comes_to_the_same_table_and_does_no_cell_twice(tmp_path):
    write_campaign(tmp_path / "mine.toml", SLOW, instances=150)  # more than all runs but the last come to
    runs = list(struck(tmp_path, 20, lambda process: os.kill(process.pid, signal.SIGKILL)))
    in_mid_run = sum(len(run.before) < len(run.after) < 450 for run in runs)
    assert in_mid_run >= 8, "else hardly any moment was in mid-run"
    check_resumed(tmp_path, 450, runs[-1].after)


def starts(file: Path) -> list[str]:
    return file.read_text().splitlines() if file.exists() else []


def test_two_runners_on_one_folder_share_the_work_and_do_no_cell_twice(tmp_path):
    write_campaign(tmp_path / "mine.toml", ["slow[seconds=0.3]"], instances=24)
    runners = [start(tmp_path, jobs=1, STARTS_FILE=str(tmp_path / "starts")) for _ in range(2)]
    said = [runner.communicate(timeout=PATIENCE_S) for runner in runners]
    assert [runner.returncode for runner in runners] == [0, 0], said
    assert len(starts(tmp_path / "starts")) == len(set(starts(tmp_path / "starts"))) == 24
    shares = [int(remarks.split("computed ")[1].split()[0]) for _, remarks in said]
    assert sum(shares) == 24
    assert min(shares) > 0
    assert said[0][0] == said[1][0], "both end with the whole table"
    assert f"another runner {shares[1]}" in said[0][1]


def test_what_a_killed_runner_had_claimed_is_done_by_the_other(tmp_path):
    write_campaign(tmp_path / "mine.toml", ["slow[seconds=0.5]"], instances=10)
    noted = {"STARTS_FILE": str(tmp_path / "starts")}
    first = start(tmp_path, jobs=2, **noted)
    until(lambda: len(starts(tmp_path / "starts")) >= 2, first)
    second = start(tmp_path, jobs=1, **noted)
    until(lambda: len(stored(tmp_path / "out")) >= 3, first)
    before = stored(tmp_path / "out")
    os.kill(first.pid, signal.SIGKILL)
    first.communicate()
    table, remarks = second.communicate(timeout=PATIENCE_S)
    assert second.returncode == 0, remarks
    assert " 10 / 10 " in table
    after = stored(tmp_path / "out")
    assert {name: after[name] for name in before} == before
    begun = starts(tmp_path / "starts")
    assert len(begun) - len(set(begun)) <= 2, "only what the killed runner had under way is begun again"


def test_a_second_runner_with_nothing_left_to_claim_waits_for_the_whole_table(tmp_path):
    write_campaign(tmp_path / "mine.toml", ["slow[seconds=10]"])  # time to start the second
    first = start(tmp_path, STARTS_FILE=str(tmp_path / "starts"))
    until(lambda: starts(tmp_path / "starts"), first)
    second = skyedge("benchmark", "mine.toml", "-o", "out", cwd=tmp_path)
    assert "computed 0 cells" in second.stderr, second
    assert "another runner 1; 0 were stored" in second.stderr
    assert second.stdout == first.communicate(timeout=60)[0]
