"""Ctrl-C at any moment, to the whole group of processes as a terminal sends it."""

import os
import signal

import pytest

from tests.results.command_line import write_campaign
from tests.results.execution.test_sharing import check_resumed, struck

CELLS = 80


@pytest.mark.slow
@pytest.mark.timeout(900)  # ten starts: minutes on a busy machine
def test_a_campaign_interrupted_at_random_moments_comes_to_the_same_table_and_does_no_cell_twice(tmp_path):
    write_campaign(tmp_path / "mine.toml", ["slow[seconds=0.5]", "greedy"], instances=CELLS // 2)
    for run in struck(tmp_path, 8, lambda process: os.killpg(process.pid, signal.SIGINT)):
        assert run.returncode != 0
        if run.in_mid_run:
            kept = f"{len(run.after)} of {CELLS} cells are stored; the same command goes on"
            assert (run.returncode, run.remarks) == (130, f"skyedge: error: interrupted: {kept}\n")
    check_resumed(tmp_path, CELLS, run.after)
