"""What can happen to a campaign while it runs: what was finished stays, and the table is a true one."""

import contextlib
import os
import signal
import sys
from multiprocessing import forkserver

import pytest

from skyedge.cli import cli, main
from skyedge.problem import InputError
from skyedge.results.benchmark import report
from skyedge.results.campaign.record import read_rows
from skyedge.solvers.common import registry
from tests.faults.campaigns import OURS, check_same, meanwhile, run
from tests.results.command_line import write_campaign
from tests.results.execution.test_run_cells import captured, stored

SLOW = "slow[seconds=0.2]"


@pytest.fixture(autouse=True)
def _known(monkeypatch):
    """Let campaigns of this process find the faulty solvers, then forget them."""
    monkeypatch.syspath_prepend(OURS)
    _forget()
    yield
    _forget()


def _forget() -> None:
    sys.modules.pop("faulty_solvers", None)
    for name in [name for name, solver in registry._registry.items() if solver.__module__ == "faulty_solvers"]:
        del registry._registry[name]


@pytest.fixture
def slow(tmp_path):
    return write_campaign(tmp_path / "small.toml", [SLOW, "greedy"], instances=5, figures=[])


@pytest.fixture
def clean(slow, tmp_path):
    """The folder of the campaign, run without any trouble."""
    run(slow, tmp_path / "clean")
    return tmp_path / "clean"


def test_a_results_folder_that_vanishes_is_one_line_and_the_campaign_begins_anew(slow, clean, tmp_path):
    out = tmp_path / "out"
    vanish = meanwhile(lambda: len(stored(out)) >= 2, lambda: out.rename(tmp_path / "gone"))
    with pytest.raises(InputError, match=r"cannot be written .*No such file or directory") as refused, vanish:
        run(slow, out)
    assert "\n" not in str(refused.value)
    run(slow, out)
    check_same(clean, out)


def test_a_fork_server_that_is_killed_costs_no_cell(slow, clean, tmp_path):
    out = tmp_path / "out"

    def kill() -> None:
        os.kill(forkserver._forkserver._forkserver_pid, signal.SIGKILL)

    with meanwhile(lambda: len(stored(out)) >= 2, kill):
        run(slow, out, jobs=2)
    assert set(read_rows(out)["status"]) == {"feasible"}
    check_same(clean, out)


@pytest.fixture
def _interruptible():
    """Undo what shells do to jobs in the background: they ignore SIGINT."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_interruptible")
@pytest.mark.parametrize("file", ["table.csv", "report.html"])
def test_ctrl_c_while_the_report_is_written_keeps_every_cell(file, slow, clean, tmp_path, monkeypatch, capsys):
    out, replace = tmp_path / "out", os.replace

    def interrupted(source, target):
        if target == out / file:
            signal.raise_signal(signal.SIGINT)
        replace(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(sys, "argv", ["skyedge", "benchmark", str(slow), "-o", str(out)])
        patched.setattr(os, "replace", interrupted)
        with pytest.raises(SystemExit) as left:
            main()
    printed = capsys.readouterr()
    assert (left.value.code, printed.out) == (130, "")
    assert printed.err.splitlines()[-1] == "skyedge: error: interrupted: what was not finished is not written"
    assert not (out / file).exists()
    before = stored(out)
    assert "nothing to compute" in run(slow, out)[1]
    assert stored(out) == before
    check_same(clean, out)


def test_a_reader_that_leaves_early_gets_no_less_written(slow, clean, tmp_path, monkeypatch):
    out = tmp_path / "out"
    ours, theirs = os.pipe()
    os.close(ours)
    with contextlib.suppress(SystemExit, BrokenPipeError), os.fdopen(theirs, "w") as stdout, monkeypatch.context() as m:
        m.setattr(sys, "stdout", stdout)
        cli(["benchmark", str(slow), "-o", str(out)], standalone_mode=False)
    assert {path.name for path in out.iterdir()} == {path.name for path in clean.iterdir()}
    check_same(clean, out)


def test_a_record_that_is_cut_off_is_one_line_and_written_anew(slow, clean, tmp_path):
    whole = clean / "campaign.json"
    before, content = stored(clean), whole.read_bytes()
    expected = captured(report, clean)[0]
    for damaged in (content[: len(content) // 2], b"", b"\xff" + content):
        whole.write_bytes(damaged)
        with pytest.raises(InputError, match="not a campaign's record: run `skyedge benchmark` again"):
            report(clean)
        printed, remarks = run(slow, clean)
        assert "nothing to compute" in remarks
        assert printed == expected
    assert stored(clean) == before


def test_a_policy_that_changes_meanwhile_never_stands_under_the_name_of_the_old_one(tmp_path):
    policy, out = tmp_path / "policy", tmp_path / "out"
    policy.write_text("old")
    learned = f"reads[file={policy}]"
    source = write_campaign(tmp_path / "small.toml", [SLOW, learned], instances=5, figures=[])
    with meanwhile(lambda: len(stored(out)) >= 4, lambda: policy.write_text("new")):
        run(source, out)
    rows = read_rows(out).query("solver == @learned")
    changed = rows[rows["error"].str.contains("its files have changed since the campaign began")]
    assert 0 < len(changed) < 5
    assert set(changed["status"]) == {"failed"}
    assert changed["cost"].isna().all()
    assert rows.drop(changed.index)["cost"].notna().all()
    assert f"lacks {len(changed)} of 5 runs ({len(changed)} failed)" in (out / "table.md").read_text()
    assert "computed 5 cells" in run(source, out)[1]
    run(source, tmp_path / "clean")
    check_same(tmp_path / "clean", out)
