"""The replay holds what cells computed, and nothing that the evaluator would not confirm."""

import json

import numpy as np
import pandas as pd
import pytest

from skyedge.problem import Scenario, evaluate, generate
from skyedge.results.execution.cell_process import run_cell
from skyedge.results.report import replay
from skyedge.results.report.replay import IDLE, UNITS, replays
from skyedge.results.report.series import looks
from skyedge.results.storage.store import pack, unpack
from skyedge.results.tables.comparison import compare
from tests.results.storage.test_cells import cell
from tests.results.tables.test_comparison import rows

TINY = Scenario.preset("tiny")
WORLDS = {"tiny": TINY.model_dump(mode="json")}


@pytest.fixture(scope="module")
def computed():
    """Rows of two solvers on four instances, as cells give them."""
    done = [
        run_cell(cell(solver=name, solver_name=name, solver_module=f"skyedge.solvers.{name}", instance_seed=seed))
        for seed in range(4)
        for name in ("greedy", "random")
    ]
    return rows(*((row["solver"], row["instance_seed"], row["cost"], row) for row in done))


def shown(data) -> dict:
    return replays(data, WORLDS, looks(compare(data)))


def test_a_packed_decision_keeps_every_bit():
    instance = generate(TINY, 0)
    decision = unpack(run_cell(cell())["decision"])
    again = unpack(pack(decision))
    for name in ("server", "power", "uav_xy"):
        assert np.array_equal(getattr(again, name), getattr(decision, name))
    assert evaluate(instance, again).cost == evaluate(instance, decision).cost


def test_of_repeats_the_first_is_played(computed):
    again = computed.assign(repeat=1, cost=computed["cost"] + 1)
    found = shown(pd.concat([computed, again], ignore_index=True))
    assert [len(one["plays"]) for one in found["instances"]] == [2, 2, 2, 2]
    assert found["left_out"] == 0


def test_a_replay_adds_up_to_the_score(computed):
    found = shown(computed)
    assert [one["seed"] for one in found["instances"]] == [0, 1, 2, 3]
    for one in found["instances"]:
        instance = generate(TINY, one["seed"])
        assert one["id"] == instance.id
        for play in one["plays"]:
            row = computed[(computed["solver"] == play["solver"]) & (computed["instance_seed"] == one["seed"])].iloc[0]
            score = evaluate(instance, unpack(row["decision"]))
            assert np.sum(play["task_cost"]) * UNITS["cost"] == pytest.approx(row["cost"], rel=1e-4)
            assert (np.array(play["server"]) != IDLE).tolist() == instance.active.tolist()
            assert (np.array(play["broken"]) > 0).tolist() == (instance.active & ~score.served).tolist()
    assert found["left_out"] == 0


@pytest.mark.parametrize("change", [{"cost": 1.0}, {"instance_id": "of another version"}])
def test_a_decision_that_does_not_give_the_stored_score_is_not_shown(computed, change):
    altered = computed.copy()
    first = altered.index[0]
    for name, value in change.items():
        altered.loc[first, name] = value
    found = shown(altered)
    assert [play["solver"] for play in found["instances"][0]["plays"]] == ["random"]
    assert found["left_out"] == 1


def test_what_does_not_fit_is_left_out_and_counted_the_first_instances_stay(computed, monkeypatch):
    one = len(json.dumps(shown(computed)["instances"][0]))
    monkeypatch.setattr(replay, "MAX_BYTES", int(1.5 * one))
    found = shown(computed)
    assert [one["seed"] for one in found["instances"]] == [0]
    assert found["left_out"] == 6


def test_where_little_fits_every_scenario_has_its_best_method(computed, monkeypatch):
    other = computed.assign(scenario="other")
    data = pd.concat([computed.assign(scenario="tiny"), other], ignore_index=True)
    one = len(json.dumps(shown(computed)["instances"][0]))
    monkeypatch.setattr(replay, "MAX_BYTES", int(1.5 * one))
    found = replays(data, WORLDS | {"other": WORLDS["tiny"]}, looks(compare(data)))
    assert [(one["scenario"], one["seed"]) for one in found["instances"]] == [("tiny", 0), ("other", 0)]
    assert [[play["solver"] for play in one["plays"]] for one in found["instances"]] == [["greedy"], ["greedy"]]
    assert found["left_out"] == 14
