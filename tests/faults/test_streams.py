"""Standard output and standard error closed, full, or without a reader."""

import subprocess
import sys

import pytest

from skyedge.problem import Instance
from tests.results.command_line import environment

SKYEDGE = f"{sys.executable} -m skyedge"


def shell(line: str, folder) -> subprocess.CompletedProcess:
    """Run a line of bash; the status is the first failing command's of a pipe."""
    command = ["bash", "-o", "pipefail", "-c", line.replace("skyedge", SKYEDGE, 1)]
    return subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, timeout=250)


@pytest.mark.parametrize("line", ["skyedge catalogue | head -n 1", "skyedge catalogue | true"])
def test_a_reader_that_has_seen_enough_is_no_cause_for_words(line, tmp_path):
    run = shell(line, tmp_path)
    assert run.returncode in (0, 1)
    assert run.stderr == ""


def test_output_that_has_no_place_is_one_line_and_a_failure(tmp_path):
    run = shell("skyedge catalogue > /dev/full", tmp_path)
    assert (run.returncode, len(run.stderr.splitlines())) == (2, 1), run.stderr
    assert run.stderr.startswith("skyedge: error: No space left on device")


def test_closed_streams_are_as_good_as_unread_ones(tmp_path):
    run = shell("skyedge generate tiny -o day.npz <&- >&- 2>&-", tmp_path)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert Instance.load(tmp_path / "day.npz").devices == 4
    assert shell("skyedge catalogue >&-", tmp_path).returncode == 0
