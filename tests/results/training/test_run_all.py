"""Many trainings in real processes: killed ones go on, failed ones are named, finished ones are published."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from skyedge import paths
from skyedge.problem import InputError, Scenario
from skyedge.results.benchmark import run_campaign
from skyedge.results.campaign.record import read_rows
from skyedge.results.training.run_all import train_all
from skyedge.results.training.run_list import TRAININGS, Trainings
from skyedge.rl import algorithms
from skyedge.rl.policies.policy_files import Policy
from skyedge.rl.policies.record import CURVE, RECORD, WEIGHTS, PolicyRecord
from skyedge.rl.training.run_record import RUN, Run
from skyedge.rl.training.train import train
from skyedge.solvers import configure, get
from tests.results.command_line import COMMAND, environment, skyedge, write_campaign
from tests.results.execution.test_run_cells import session_is_gone

LIST = """
name = "mine"
scenario = "valley.toml"
algorithms = ["ppo"]
tracks = ["plain"]
seeds = 2
slots = 1600
"""


@pytest.fixture
def listed(tmp_path) -> Path:
    """A list of two short trainings in a small world, beside the world's file."""
    (tmp_path / "valley.toml").write_text('base = "tiny"\nslots = 5\n')
    (tmp_path / "mine.toml").write_text(LIST)
    return tmp_path / "mine.toml"


def weights(directory: Path) -> bytes:
    return (directory / WEIGHTS).read_bytes()


def test_every_run_is_trained_as_if_it_were_alone_and_published(listed, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(paths, "POLICIES", tmp_path / "published")
    train_all(str(listed), tmp_path / "out", jobs=2, ship=True)
    said = capsys.readouterr().out.splitlines()
    assert sorted(line.split(":")[0][3:] for line in said) == [f"  ppo, plain, valley, seed {seed}" for seed in (0, 1)]
    scenario = Scenario.load(tmp_path / "valley.toml")
    train("ppo", scenario, tmp_path / "alone", "plain", seed=1, slots=1600)
    assert weights(tmp_path / "alone") == weights(tmp_path / "out" / "ppo-valley-plain-1")
    solver = get("ppo")
    shipped = solver(configure(solver, {"track": "plain", "training_seed": 1}))
    assert shipped.training_seeds(scenario) == [0, 1]
    folder = shipped.directory(scenario)
    assert {path.name for path in folder.iterdir()} == {WEIGHTS, RECORD, CURVE}
    assert Policy.load(folder).record.training.seed == 1
    assert weights(folder) == weights(tmp_path / "alone")
    compare_with_greedy(folder, tmp_path)
    assert "| ppo[policy=" in (tmp_path / "compared" / "table.md").read_text()
    assert {"cost.png", "learning-curves.png"} <= {path.name for path in (tmp_path / "compared").iterdir()}


def compare_with_greedy(folder: Path, here: Path) -> None:
    """Run a campaign with the policy of a folder, and ask for its learning curve."""
    spec, world = f"ppo[track=plain,policy={folder}]", '[[scenarios]]\nbase = "valley.toml"\n'
    figures = ["cost", "learning-curves"]
    campaign = write_campaign(here / "c.toml", [spec, "greedy"], world, figures=figures, modules=[], instances=2)
    run_campaign(str(campaign), here / "compared")
    rows = read_rows(here / "compared")
    assert (rows["error"] == "").all(), rows["error"].tolist()
    learned = rows[rows["track"] == "plain"]
    assert learned[["training_seed", "training_slots"]].to_numpy().tolist() == [[1, 1600]] * 2


def test_a_list_killed_in_mid_run_leaves_no_process_and_goes_on(listed, tmp_path):
    command = [*COMMAND, "train-all", "mine.toml", "-j", "2", "-o", "out"]
    listed.write_text(LIST.replace("1600", "4800"))
    process = subprocess.Popen(command, cwd=tmp_path, env=environment(), start_new_session=True)
    first = tmp_path / "out" / "ppo-valley-plain-0"
    deadline = time.monotonic() + 60
    while not (first / "checkpoint.safetensors").exists():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert session_is_gone(process.pid)
    assert not (first / RECORD).exists(), "else nothing is tested"
    run = skyedge("train-all", "mine.toml", "-j", 2, "-o", "out", cwd=tmp_path)
    assert run.returncode == 0, run
    scenario = Scenario.load(tmp_path / "valley.toml")
    train("ppo", scenario, tmp_path / "alone", "plain", seed=0, slots=4800)
    assert weights(first) == weights(tmp_path / "alone")


def of_other_code(directory: Path) -> None:
    """Make the record of a run say that other code trained it."""
    path = directory / RUN
    path.write_text(Run.load(directory).model_copy(update={"sources": "0" * 64}).model_dump_json())


def test_runs_of_other_code_stop_the_list_until_it_is_said_what_to_do_with_them(listed, tmp_path, capsys):
    out = tmp_path / "out"
    train_all(str(listed), out)
    first = out / "ppo-valley-plain-0"
    assert Run.load(first).sources == PolicyRecord.read(first).sources != ""
    trained = weights(first)
    (first / WEIGHTS).write_bytes(trained + b"older")
    of_other_code(first)
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    capsys.readouterr()

    with pytest.raises(
        InputError, match=r"1 of 2 runs in .*out are of other code than is here, ppo-valley-plain-0 the"
    ):
        train_all(str(listed), out)
    assert before == {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}

    train_all(str(listed), out, stale="keep")
    assert len(capsys.readouterr().out.splitlines()) == 2
    assert before == {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}

    train_all(str(listed), out, stale="retrain")
    assert weights(first) == trained
    train_all(str(listed), out)


def test_an_unfinished_run_of_other_code_is_neither_gone_on_with_nor_kept(listed, tmp_path):
    first = tmp_path / "out" / "ppo-valley-plain-0"
    train_all(str(listed), tmp_path / "out")
    of_other_code(first)
    (first / RECORD).unlink()
    with pytest.raises(InputError, match="holds a run of other code than is here: remove it"):
        train_all(str(listed), tmp_path / "out", stale="keep")
    assert not (first / RECORD).exists()


def test_a_run_that_fails_is_named_and_the_others_finish(listed, tmp_path):
    out = tmp_path / "out"
    train("ppo", Scenario.load(tmp_path / "valley.toml"), out / "ppo-valley-plain-0", "plain", seed=0, slots=800)
    run = skyedge("train-all", "mine.toml", "-o", "out", cwd=tmp_path)
    assert run.returncode == 2
    assert "1/2  ppo, plain, valley, seed 1: 1600 slots" in run.stdout
    reason = "out/ppo-valley-plain-0 holds a run with another slots (800, not 1600): choose another folder"
    assert run.stderr.splitlines() == [reason, f"skyedge: error: 1 of 2 runs failed, the last: {reason}"]


def test_the_shipped_lists_are_valid_and_the_paper_ones_are_what_the_campaign_learners_plays():
    for path in TRAININGS.glob("*.toml"):
        assert Trainings.load(path.stem).name == path.stem
    runs = list(Trainings.load("paper").runs())
    assert {run.algorithm for run in runs} <= set(algorithms.available())
    assert {(run.scenario, run.slots) for run in runs} == {(Scenario.preset("paper"), 50_000)}
    assert len({run.name for run in runs}) == len(runs)
    for algorithm in {run.algorithm for run in runs}:
        for track in ("plain", "structured"):
            same = [run.seed for run in runs if (run.algorithm, run.track) == (algorithm, track)]
            assert same == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('["ppo"]', '["ppq"]', "did you mean 'ppo'"),
        ('["ppo"]', '["ppo", "ppo"]', "algorithms lists one twice"),
        ('["plain"]', '["plane"]', "tracks"),
        ("seeds = 2", "seeds = 0", "seeds"),
        ("seeds = 2", "seeds = 2\nsedes = 2", "sedes"),
        ("valley.toml", "absent.toml", "no such file"),
        ("slots = 1600", "slots = ", "not valid TOML"),
    ],
)
def test_a_mistake_in_a_list_is_one_line_and_nothing_is_trained(listed, tmp_path, old, new, said):
    assert old in LIST
    listed.write_text(LIST.replace(old, new))
    with pytest.raises(InputError) as refused:
        train_all(str(listed), tmp_path / "out")
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
    assert not (tmp_path / "out").exists()
