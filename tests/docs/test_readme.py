"""Everything that the README tells its readers to type."""

import re
from fnmatch import fnmatch

import pytest

from skyedge.problem import Scenario
from skyedge.results.campaign.spec import Campaign
from skyedge.results.training.run_list import Trainings
from tests import ROOT
from tests.docs.pages import README, commands, fences

# What takes too long, or does not end, and what covers it.
ELSEWHERE = {
    "git clone *": ".ci/run",  # CI runs in a fresh clone
    "cd skyedge": ".ci/run",
    "make benchmark": "tests/results/campaign/test_spec.py",
    "make lint": ".ci/run",
    "make docs": ".ci/run",
    "make test": ".ci/run",
    "make test-all": ".ci/run",
    "make speed": "tests/test_speed_page.py",
    "skyedge *harbour*": "tests/test_harbour.py",
    "skyedge train hybrid-ppo --scenario paper --seed 0": "tests/rl/training/test_train.py",  # another runs here
    "skyedge train-all *": "tests/results/training/test_run_all.py",
    "skyedge report *": "tests/test_cli.py",
    "skyedge profile-model *": "tests/results/model_profile/test_model_profile.py",  # no model can be downloaded here
    "skyedge publish *": "tests/results/publication/test_publish.py",
    "tensorboard *": "tests/rl/training/test_train.py",
}
# What is run with less to do.
SHORTER = {
    "skyedge train hybrid-ppo *": "--slots 800 -o results/runs/training/hybrid-ppo-paper-structured-0",
    "skyedge benchmark *": "--dry-run",
}
HERE = [line for line in commands(README) if not any(fnmatch(line, known) for known in ELSEWHERE)]


def block(words: str) -> str:
    """The TOML block that contains some words."""
    return next(fence.text for fence in fences(README, "toml") if words in fence.text)


def test_what_is_not_run_here_is_in_the_readme_and_covered_elsewhere():
    for pattern, where in ELSEWHERE.items():
        assert any(fnmatch(line, pattern) for line in commands(README)), f"{pattern} is not in the README any more"
        assert (ROOT / where).exists()


def test_every_command_runs_in_the_order_of_the_readme(call, tmp_path):
    (tmp_path / "plans").mkdir()
    for line in HERE:
        if line.startswith("skyedge verify"):  # the decisions are the reader's
            call("skyedge solve greedy days/0.npz -o plans/0.npz")
        further = " ".join(words for pattern, words in SHORTER.items() if fnmatch(line, pattern))
        call(f"{line} {further}")
    made = {path.name for path in tmp_path.iterdir()}
    assert {"day.npz", "day.png", "plan.npz", "day.nl", "days", "results"} <= made
    assert len(list((tmp_path / "days").glob("*.npz"))) >= 10


def test_the_scenario_the_campaign_and_the_trainings_are_valid(tmp_path):
    busy, campaign, trainings = (tmp_path / name for name in ("busy.toml", "campaign.toml", "trainings.toml"))
    busy.write_text(block("# busy.toml"))
    campaign.write_text(block("cell_seconds"))
    trainings.write_text(block("algorithms = "))
    world = Scenario.load(busy)
    assert (world.devices, world.uavs, world.min_accuracy) == (40, 5, (0.3, 0.6))
    cells = Campaign.load(campaign).cells()
    assert len(cells) == 3 * 5 * 2
    assert {cell.scenario for cell in cells} == {"paper", "slow UAVs"}
    assert len(list(Trainings.load(trainings).runs())) == 2 * 5


@pytest.mark.parametrize("fence", fences(README, "python"), ids=str)
def test_every_piece_of_python_runs(fence, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shorter = re.sub(r"\.learn\(\d+\)", ".learn(800)", fence.text)
    exec(compile(shorter, str(fence), "exec"), {"__name__": "reader"})
