"""What version 0.1.0 wrote is read by this one: instances, decisions, campaigns, lists of trainings, policies."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from skyedge.problem import Decision, Instance, Scenario, evaluate, generate
from skyedge.results.benchmark import report
from skyedge.results.campaign.spec import Campaign
from skyedge.results.instance_sets.sets import InstanceSet
from skyedge.results.training.run_list import Trainings
from skyedge.solvers import solve
from tests import ROOT

BEFORE = ROOT / "tests" / "upgrade" / "written_by_0_1_0"
ID = "ec1bb66c17807a6fa0cb5bd59d4e394964fd438b596ee14ccd9e0cbad43c160d"


@pytest.fixture(scope="module")
def day() -> Instance:
    return Instance.load(BEFORE / "day.npz")


def test_an_instance_is_what_it_was_and_is_drawn_anew_alike(day):
    assert day.id == ID
    assert generate(Scenario.preset("tiny"), 3).id == ID


@pytest.mark.parametrize(("name", "cost"), [("plan", 12.629624421255674), ("learned", 32.378908)])
def test_a_decision_costs_what_it_did(day, name, cost):
    assert evaluate(day, Decision.load(BEFORE / f"{name}.npz")).cost == pytest.approx(cost, rel=1e-7)


def test_a_policy_decides_as_it_did(day):
    solution = solve("ppo", day, config={"policy": str(BEFORE / "policy"), "track": "plain"})
    decision = Decision.load(BEFORE / "learned.npz")
    assert (solution.decision.server == decision.server).all()
    np.testing.assert_allclose(solution.decision.power, decision.power, rtol=1e-4)
    np.testing.assert_allclose(solution.decision.uav_xy, decision.uav_xy, atol=1e-2)


def test_a_campaigns_folder_gives_the_same_table(tmp_path):
    folder = Path(shutil.copytree(BEFORE / "campaign", tmp_path / "campaign"))
    report(folder)
    assert (folder / "table.csv").read_text() == (BEFORE / "campaign" / "table.csv").read_text()


def test_campaigns_and_lists_of_trainings_are_read():
    assert len(Campaign.load(BEFORE / "small.toml").cells()) == 12
    assert [run.name for run in Trainings.load(BEFORE / "list.toml").runs()] == ["ppo-tiny-plain-0"]


@pytest.mark.parametrize("name", InstanceSet.shipped())
def test_frozen_sets_verify(name):
    assert InstanceSet.load(name).instances()
