"""Disks that are full or read-only: one line, nothing finished lost, and the same outcome once there is room."""

import pytest

from skyedge.problem import InputError, Scenario, generate
from skyedge.results.benchmark import report
from skyedge.results.instance_sets.admin import create, improve
from skyedge.results.instance_sets.sets import InstanceSet
from skyedge.results.publication.publish import COPIED, publish
from skyedge.solvers import solve
from tests.faults.campaigns import check_same, run
from tests.faults.disks import read_only
from tests.refusals import assert_refused
from tests.refusals import run as command
from tests.results.command_line import write_campaign
from tests.results.execution.test_run_cells import captured, stored

KB = 1024
TINY = Scenario.preset("tiny")


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A campaign that nothing happened to: its file and its folder."""
    here = tmp_path_factory.mktemp("clean")
    source = write_campaign(here / "small.toml", ["random", "greedy"], instances=6, modules=[], figures=[])
    run(source, here / "out")
    return source, here / "out"


def test_a_campaign_goes_on_to_the_same_table_from_wherever_its_disk_was_full(finished, disk):
    source, clean = finished
    out, before, stages = disk.root / "out", {}, []
    for room in (0, 80 * KB, 500 * KB):  # not even its record; some cells; all cells but not the report
        disk.leave(room)
        with pytest.raises(InputError, match="No space left on device") as refused:
            run(source, out)
        assert "\n" not in str(refused.value)
        after = stored(out)
        assert {name: after[name] for name in before} == before, "a finished cell was computed again"
        assert not [path for path in disk.content() if path.name.startswith(".") and path.suffix]
        stages.append(len(after))
        before = after
    assert stages[0] == 0 < stages[1] < stages[2] == 12
    disk.clear()
    _, remarks = run(source, out)
    assert "nothing to compute" in remarks
    check_same(clean, out)


def test_a_finished_campaign_in_a_read_only_folder_is_one_line_and_stays_as_it_is(finished):
    source, out = finished
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in out.rglob("*") if path.is_file()}
    with read_only(out):
        for work in (lambda: run(source, out), lambda: captured(report, out)):
            with pytest.raises(InputError, match=r"cannot be written .*Read-only file system"):
                work()
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in before} == before


def test_a_new_campaign_in_a_read_only_folder_is_one_line(finished, tmp_path):
    (tmp_path / "locked").mkdir()
    with read_only(tmp_path / "locked"):
        for out in (tmp_path / "locked", tmp_path / "locked" / "out"):
            with pytest.raises(InputError, match="Read-only file system"):
                run(finished[0], out)


def test_what_is_published_is_whole_once_there_is_room(disk, tmp_path):
    write_campaign(tmp_path / "small.toml", ["greedy", "random"], instances=2, modules=[])
    figure = '[[figures]]\nname = "figure-1"\ncampaign = "small"\nplot = "cost"\ncaption = "What it costs."\n'
    (tmp_path / "mine.toml").write_text(f'campaigns = ["small.toml"]\n{figure}')
    arguments = (str(tmp_path / "mine.toml"), 1, tmp_path / "runs", disk.root / "out")
    for room in (0, 12 * KB, 500 * KB):  # not even a folder; no figure; no report
        disk.leave(room)
        with pytest.raises(InputError, match="No space left on device"):
            captured(publish, *arguments)
    with read_only(disk.root), pytest.raises(InputError, match="Read-only file system"):
        captured(publish, *arguments)
    disk.clear()
    _, said = captured(publish, *arguments)
    assert "nothing to compute" in said
    found = {str(path.relative_to(disk.root / "out")) for path in disk.content()}
    expected = {
        *(f"small/{name}" for name in COPIED),
        *(f"figures/figure-1/figure-1.{one}" for one in ("png", "pdf", "csv")),
    }
    assert found == {*expected, "README.md", "provenance.json", "reproduction.md"}


def test_an_instance_set_keeps_both_of_its_files_or_gets_both(disk):
    create("mine-v1", TINY, 3, disk.root)
    path = disk.root / "mine-v1.json"
    with read_only(disk.root), pytest.raises(InputError, match="Read-only file system"):
        improve(str(path), None, "greedy", 5.0)
    refused = 0
    for room in range(0, 20 * KB, 4 * KB):
        disk.leave(room)
        try:
            improve(str(path), None, "greedy", 5.0)
        except InputError as error:
            refused += "No space left on device" in str(error)
        assert len(InstanceSet.load(path).best()) == 3
    assert 0 < refused < 5, "else there was always room, or never any"
    assert {known.cost_by for known in InstanceSet.load(path).known} == {"greedy, 5 s"}
    assert {found.name for found in disk.content()} == {"mine-v1.json", "mine-v1.npz"}


COMMANDS = {
    "generate": ["generate", "tiny", "-o", "{}/day.npz"],
    "solve": ["solve", "greedy", "day.npz", "-o", "{}/plan.npz"],
    "show": ["show", "day.npz", "-o", "{}/map.png"],
    "export": ["export", "day.npz", "-o", "{}/day.nl"],
    "sets instances": ["sets", "instances", "paper-v1", "-o", "{}/worlds"],
    "sets create": ["sets", "create", "mine-v1", "tiny", "-o", "{}"],
    "train": ["train", "ppo", "--scenario", "tiny", "--slots", "100", "-o", "{}/run"],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_whose_output_has_no_place_is_one_line(name, disk, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    instance = generate(TINY, 0)
    instance.save(tmp_path / "day.npz")
    solve("greedy", instance).decision.save(tmp_path / "plan.npz")
    arguments = [word.format(disk.root) for word in COMMANDS[name]]
    disk.leave(0)
    assert_refused(command(monkeypatch, capsys, *arguments), "No space left on device")
    disk.clear()
    assert not disk.content()
    with read_only(disk.root):
        assert_refused(command(monkeypatch, capsys, *arguments), "Read-only file system")
