"""Campaigns in real processes: what fails becomes a row, what is killed is resumed, what is stored stays."""

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from skyedge.problem import Scenario, evaluate, generate
from skyedge.results.benchmark import report, run_campaign
from skyedge.results.campaign.record import read_rows
from skyedge.solvers import solve
from skyedge.solvers.common import registry
from tests import ROOT
from tests.results.command_line import COMMAND, environment, skyedge, write_campaign

FAULTS = {
    "raises": ("failed", "RuntimeError: the matrix is singular"),
    "hangs": ("timeout", "killed after 6 s, the cell's limit"),
    "crashes": ("failed", "died of SIGSEGV: Fatal Python error: Segmentation fault"),
    "killed": ("failed", "died of SIGKILL"),
    "leaves": ("failed", "ended with exit status 3: licence expired"),
    "spins": ("timeout", "killed after 6 s, the cell's limit"),
    "cheats": ("failed", "its reach in one slot"),
}


def alive(pid: int) -> bool:
    """Whether a process runs (one that nobody has reaped yet does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def stored(directory: Path) -> dict[str, int]:
    """Finished cells and when they were written."""
    return {path.name: path.stat().st_mtime_ns for path in directory.glob("cells/[!.]*.parquet")}


def test_every_way_to_fail_becomes_a_row_and_the_others_finish(tmp_path):
    write_campaign(tmp_path / "faults.toml", [*FAULTS, "greedy"], cell_seconds=6)
    child = tmp_path / "child.pid"
    run = skyedge("benchmark", "faults.toml", "-j", 2, "-o", "out", cwd=tmp_path, CHILD_PID_FILE=str(child))
    assert run.returncode == 0, run.stderr
    rows = read_rows(tmp_path / "out").set_index("solver")
    for solver, (status, words) in FAULTS.items():
        row = rows.loc[solver]
        assert (row["status"], words in row["error"]) == (status, True), row["error"]
        assert len(row["error"].splitlines()) == 1
        assert row[["cost", "served_fraction", "C1"]].isna().all()
        assert json.loads(row["machine"])["cores"] >= 1, "on every row"
        assert json.loads(row["versions"]).keys() >= {"numpy", "sources"}
    assert not alive(int(child.read_text())), "what a killed cell has started must go with it"
    assert "failed: raises on tiny 0: RuntimeError: the matrix is singular" in run.stderr
    assert "… and 2 more" in run.stderr
    assert "† hangs lacks 1 of 1 run (1 timeout)" in run.stdout
    check_scored(rows.loc["greedy"])


@pytest.mark.parametrize("solver", ["hoards", "leaks", "delegates"])
def test_a_cell_that_eats_memory_itself_or_by_a_process_that_it_starts_is_killed_at_its_limit(tmp_path, solver):
    write_campaign(tmp_path / "hungry.toml", [solver, "greedy"], cell_seconds=200, memory_gb=0.7)
    run = skyedge("benchmark", "hungry.toml", "-o", "out", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    rows = read_rows(tmp_path / "out").set_index("solver")
    assert list(rows.loc[[solver, "greedy"], "status"]) == ["out-of-memory", "feasible"]
    assert "GB of memory, over the limit of 0.7 GB" in rows.loc[solver, "error"]
    assert f"† {solver} lacks 1 of 1 run (1 out-of-memory)" in run.stdout


def test_a_lock_that_a_cell_leaves_behind_is_no_ones_trouble(tmp_path):
    write_campaign(tmp_path / "locks.toml", ["locks"])
    run = skyedge("benchmark", "locks.toml", "-o", "out", cwd=tmp_path)
    assert (run.returncode, "leaked" in run.stderr, " 1 / 1 " in run.stdout) == (0, False, True), run


def test_cells_inherit_what_a_solver_preloads(tmp_path):
    write_campaign(tmp_path / "mine.toml", ["unprepared"])
    run = skyedge("benchmark", "mine.toml", "-o", "out", cwd=tmp_path)
    assert " 1 / 1 " in run.stdout, run
    check_modules = (
        "import skyedge.results.execution.preload, sys; print('colorsys' in sys.modules, 'torch' in sys.modules)"
    )
    bare = subprocess.run([sys.executable, "-c", check_modules], env=environment(), capture_output=True, text=True)
    assert bare.stdout == "False False\n", "else this test shows nothing, or every campaign imports torch"


def check_scored(row: pd.Series) -> None:
    """Compare a row of greedy with what the evaluator says."""
    instance = generate(Scenario.preset("tiny"), 0)
    score = evaluate(instance, solve("greedy", instance, seed=int(row["solver_seed"])).decision)
    assert (row["status"], row["instance_id"], row["cost"]) == ("feasible", instance.id, score.cost)
    assert row["served_fraction"] == score.served_fraction
    assert {name: row[name] for name in score.violations} == score.violations
    assert json.loads(row["versions"]).keys() >= {"numpy"}
    assert json.loads(row["machine"]).keys() == {
        "cpu", "cores", "memory_gb", "python", "platform"
    }  # fmt: skip


def captured(function: Callable, *arguments: object) -> tuple[str, str]:
    """Call a function of this process and return what it prints to stdout and stderr."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        function(*arguments)
    return out.getvalue(), err.getvalue()


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A small campaign that has run once: its file, its folder, and what it printed."""
    folder = tmp_path_factory.mktemp("finished")
    source = write_campaign(folder / "small.toml", ["random", "greedy"], instances=3, modules=[])
    return source, folder / "out", captured(run_campaign, str(source), folder / "out", 2)


def test_a_second_run_computes_nothing_and_prints_the_same_table(finished):
    source, out, (table, remarks) = finished
    assert "computed 6 cells" in remarks
    assert "greedy" in table
    outputs = {path: path.read_bytes() for path in out.iterdir() if path.is_file()}
    assert {path.name for path in outputs} == {
        "campaign.json", "table.md", "table.csv", "comparisons.md", "comparisons.csv", "aggregates.csv",
        "cost.png", "cost.pdf", "cost.csv", "report.html",
    }  # fmt: skip
    times = stored(out)
    same_table, remarks = captured(run_campaign, str(source), out, 2)
    assert remarks.splitlines()[0] == f"nothing to compute: all 6 cells of small are stored in {out}"
    assert same_table == table
    assert {path: path.read_bytes() for path in outputs} == outputs
    assert stored(out) == times


def test_a_report_is_rebuilt_from_the_cells_alone(finished):
    _, out, (table, _) = finished
    before = (out / "table.md").read_bytes()
    for name in ("table.md", "table.csv", "cost.png"):
        (out / name).unlink()
    assert captured(report, out)[0] == table
    assert (out / "table.md").read_bytes() == before
    assert (out / "cost.png").exists()


def test_cells_run_again_give_the_same_scores(finished):
    source, out, _ = finished
    captured(run_campaign, str(source), out.with_name("again"))
    compared = ["solver", "instance_seed", "solver_seed", "instance_id", "cost", "served_fraction", "mean_latency_s"]
    first, second = (read_rows(folder)[compared] for folder in (out, out.with_name("again")))
    pd.testing.assert_frame_equal(first, second)


def test_a_damaged_cell_is_computed_again_and_no_other(finished):
    source, out, _ = finished
    times = stored(out)
    damaged = out / "cells" / min(times)
    damaged.write_bytes(damaged.read_bytes()[:-40])
    _, remarks = captured(run_campaign, str(source), out)
    assert f"1 damaged, computed again: {damaged} fails its checksum" in remarks.splitlines()
    assert "computed 1 cells" in remarks
    after = stored(out)
    assert {name for name in times if after[name] != times[name]} == {damaged.name}


def test_a_report_of_a_campaign_with_missing_cells_says_so(finished, tmp_path):
    shutil.copytree(finished[1], tmp_path / "part")
    rows = read_rows(tmp_path / "part")
    lost = rows.loc[rows["solver"] == "random", "key"].iloc[0]
    (tmp_path / "part" / "cells" / f"{lost}.parquet").unlink()
    table, _ = captured(report, tmp_path / "part")
    assert "† random lacks 1 of 3 runs (1 missing): its means are over 2 instances, on which greedy costs" in table


def test_a_killed_cell_is_kept_until_it_is_asked_for_again(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "tests" / "results")
    monkeypatch.setattr(registry, "_registry", dict(registry._registry))  # faulty solvers are for this test alone
    source = tmp_path / "hasty.toml"
    solver = ["slow[seconds=2]"]
    write_campaign(source, solver, seconds=0.2, cell_seconds=0.5)
    _, remarks = captured(run_campaign, str(source), tmp_path / "out")
    assert "timeout: slow[seconds=2] on tiny 0: killed after 0.5 s" in remarks
    write_campaign(source, solver, seconds=0.2, cell_seconds=60)
    assert "nothing to compute" in captured(run_campaign, str(source), tmp_path / "out")[1]
    table, remarks = captured(partial(run_campaign, only="failed"), str(source), tmp_path / "out")
    assert "computed 1 cells" in remarks
    assert "1 / 1" in table


def test_only_failed_leaves_alone_what_is_stored_and_what_is_missing(finished, tmp_path):
    shutil.copytree(finished[1], tmp_path / "part")
    times = stored(tmp_path / "part")
    (tmp_path / "part" / "cells" / min(times)).unlink()
    _, remarks = captured(partial(run_campaign, only="failed"), str(finished[0]), tmp_path / "part")
    said = f"nothing to compute: no failed cell of small is stored in {tmp_path / 'part'}"
    assert remarks.splitlines()[0] == said
    assert stored(tmp_path / "part") == {name: time for name, time in times.items() if name != min(times)}


def test_a_dry_run_says_what_is_stored_and_what_would_run_and_writes_nothing(finished, tmp_path):
    table, remarks = captured(partial(run_campaign, dry_run=True), str(finished[0]), tmp_path / "new")
    assert "would compute 6 of 6 cells" in remarks
    assert not (tmp_path / "new").exists()
    shutil.copytree(finished[1], tmp_path / "part")
    first, second = sorted((tmp_path / "part" / "cells").glob("[!.]*"))[:2]
    first.unlink()
    second.write_bytes(b"")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "part").rglob("*")}
    table, remarks = captured(partial(run_campaign, dry_run=True), str(finished[0]), tmp_path / "part")
    assert "would compute 2 of 6 cells" in remarks
    counts = [
        [int(word) for word in line.split()[1:7]] for line in table.splitlines() if "greedy" in line or "random" in line
    ]
    assert [sum(column) for column in zip(*counts, strict=True)] == [6, 4, 0, 1, 1, 2]
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "part").rglob("*")} == before


def test_a_solver_on_the_command_line_runs_in_place_of_the_campaigns_and_joins_the_table(finished, tmp_path):
    shutil.copytree(finished[1], tmp_path / "part")
    again = partial(run_campaign, solvers=["greedy-mobile[sight=3]"])
    table, remarks = captured(again, str(finished[0]), tmp_path / "part")
    assert "computed 3 cells" in remarks
    assert {line.split()[0] for line in table.splitlines() if " 3 / 3 " in line} == {
        "greedy", "random", "greedy-mobile[sight=3]"
    }  # fmt: skip
    alone, _ = captured(again, str(finished[0]), tmp_path / "alone")
    assert [line.split()[0] for line in alone.splitlines() if " 3 / 3 " in line] == ["greedy-mobile[sight=3]"]


def test_adding_a_solver_computes_only_its_cells(finished, tmp_path):
    _, out, _ = finished
    more = write_campaign(tmp_path / "small.toml", ["random", "kmeans", "greedy"], instances=3, modules=[])
    _, remarks = captured(run_campaign, str(more), out)
    assert "computed 3 cells" in remarks
    assert "6 were stored" in remarks


def heed_ctrl_c() -> None:
    """Undo what shells do to jobs in the background: they ignore SIGINT, and so would their children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def start_slow(folder: Path, solver: str = "slow") -> subprocess.Popen:
    """Start a campaign of 8 slow cells and return once some are stored."""
    write_campaign(folder / "slow.toml", [solver], instances=8)
    command = [*COMMAND, "benchmark", "slow.toml", "-j", "2", "-o", "out"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    process = subprocess.Popen(
        command, cwd=folder, env=environment(), start_new_session=True, preexec_fn=heed_ctrl_c, **pipes
    )
    deadline = time.monotonic() + 60
    while len(stored(folder / "out")) < 2:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return process


def session_is_gone(session: int, within_s: float = 10) -> bool:
    """Whether every process of a session ends in time."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
        if not any(alive(pid) and session_of(pid) == session for pid in pids):
            return True
        time.sleep(0.05)
    return False


def session_of(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return None


def test_a_campaign_killed_in_mid_run_leaves_no_process_and_is_resumed(tmp_path):
    process = start_slow(tmp_path)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert session_is_gone(process.pid)
    before = stored(tmp_path / "out")
    assert 2 <= len(before) < 8
    run = skyedge("benchmark", "slow.toml", "-j", 2, "-o", "out", cwd=tmp_path)
    assert f"computed {8 - len(before)} cells" in run.stderr
    after = stored(tmp_path / "out")
    assert len(after) == 8
    assert {name: after[name] for name in before} == before


def test_ctrl_c_ends_a_campaign_with_one_line_and_keeps_what_is_finished(tmp_path):
    process = start_slow(tmp_path)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to every process of the group
    stdout, stderr = process.communicate(timeout=20)
    before = stored(tmp_path / "out")
    assert process.returncode == 130
    assert stdout == ""
    kept = f"{len(before)} of 8 cells are stored; the same command goes on"
    assert stderr == f"skyedge: error: interrupted: {kept}\n"
    assert session_is_gone(process.pid)
