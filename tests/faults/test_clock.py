"""The clock of the day jumps for days, back and forth: libfaketime shows every part of a campaign another one."""

from pathlib import Path

import pytest

from skyedge.results.campaign.record import read_rows
from tests.results.command_line import write_campaign
from tests.results.execution.test_run_cells import stored
from tests.results.execution.test_sharing import check_same, start, until

FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
JUMPS = ("+2d", "-3d", "+400d", "+0d")

pytestmark = pytest.mark.skipif(FAKETIME is None, reason="needs Debian's libfaketime")


def test_a_clock_that_jumps_changes_no_limit_and_no_result(tmp_path):
    clock = tmp_path / "clock"
    clock.write_text("+0d")
    write_campaign(tmp_path / "mine.toml", ["random", "greedy"], instances=20, seconds=50, cell_seconds=100)
    faked = {
        "LD_PRELOAD": str(FAKETIME),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",  # no more than a true jump would
        "NO_FAKE_STAT": "1",
    }
    process = start(tmp_path, jobs=1, **faked)
    for number, jump in enumerate(JUMPS):
        until(lambda: len(stored(tmp_path / "out")) > 2 * number, process)  # noqa: B023  called before it changes
        clock.write_text(jump)
    _, said = process.communicate(timeout=250)
    assert process.returncode == 0, said
    rows = read_rows(tmp_path / "out")
    assert set(rows["status"]) == {"feasible"}
    assert rows["wall_s"].between(0, 50).all()
    plain = start(tmp_path, "plain")
    assert plain.wait(timeout=250) == 0
    check_same(tmp_path / "plain", tmp_path / "out")
