"""Ctrl-C at any moment, to the whole group of processes as a terminal sends it."""

import os
import signal
import time

import numpy as np
import pytest

from tests.results.command_line import skyedge, write_campaign
from tests.results.test_runner import session_is_gone, stored
from tests.results.test_sharing import check_same, start, until

MOMENTS, CELLS = 8, 80


@pytest.mark.slow
@pytest.mark.timeout(900)  # ten starts: minutes on a busy machine
def test_a_campaign_interrupted_at_random_moments_comes_to_the_same_table_and_does_no_cell_twice(tmp_path):
    write_campaign(tmp_path / "mine.toml", ["slow[seconds=0.5]", "greedy"], instances=CELLS // 2)
    begun = time.monotonic()
    clean = start(tmp_path, "clean")
    until(lambda: stored(tmp_path / "clean"), clean)
    ready_s = time.monotonic() - begun
    clean.communicate(timeout=600)
    rng, before = np.random.default_rng(0), {}
    for number in range(MOMENTS):
        process = start(tmp_path)
        if number % 2:  # any moment, most of them while it starts
            time.sleep(rng.uniform(0, 1.2 * ready_s))
        else:  # while cells run
            until(lambda: len(stored(tmp_path / "out")) > len(before), process)  # noqa: B023  called before it changes
            time.sleep(rng.uniform(0, 0.3))
        os.killpg(process.pid, signal.SIGINT)
        _, remarks = process.communicate(timeout=250)
        assert session_is_gone(process.pid)
        assert process.returncode != 0
        after = stored(tmp_path / "out")
        assert {name: after[name] for name in before} == before, "a finished cell was computed again"
        if not number % 2:
            kept = f"{len(after)} of {CELLS} cells are stored; the same command goes on"
            assert (process.returncode, remarks) == (130, f"skyedge: error: interrupted: {kept}\n")
        before = after
    last = skyedge("benchmark", "mine.toml", "-j", 2, "-o", "out", cwd=tmp_path)
    assert last.returncode == 0, last.stderr
    check_same(tmp_path / "clean", tmp_path / "out")
    assert {name: moment for name, moment in stored(tmp_path / "out").items() if name in before} == before
