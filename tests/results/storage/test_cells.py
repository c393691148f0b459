import pytest

from skyedge.problem import Scenario
from skyedge.results.storage.store import Cell, derive_seed


def cell(**changes) -> Cell:
    fields = {
        "scenario": "tiny",
        "scenario_json": Scenario.preset("tiny").model_dump_json(),
        "instance_seed": 0,
        "solver": "greedy",
        "solver_name": "greedy",
        "solver_module": "skyedge.solvers.greedy",
        "information": "online",
        "track": "",
        "config": "{}",
        "repeat": 0,
        "solver_seed": 7,
        "seconds": 5.0,
        "sources": "abc",
    }
    return Cell(**fields | changes)


@pytest.mark.parametrize(
    "change",
    [
        {"scenario_json": Scenario.preset("tiny").replace(devices=5).model_dump_json()},
        {"instance_seed": 1},
        {"solver_name": "random"},
        {"config": '{"sight": 3.0}'},
        {"solver_seed": 8},
        {"seconds": 6.0},
        {"sources": "abd"},
        {"knowledge": '{"channel_error_db":3.0}'},
    ],
)
def test_the_key_follows_all_that_determines_the_result(change):
    assert cell(**change).key != cell().key


def test_the_key_ignores_what_only_names_things():
    assert cell(scenario="another label", solver="greedy[]").key == cell().key


def test_the_key_of_a_cell_never_changes_between_processes():
    assert cell(scenario_json="{}").key == "d75cbf235b119ff3344f996202be231c79a9c50d"


def test_seeds_follow_their_names_and_fit_every_generator():
    assert derive_seed("paper", 0, "random", 0) == derive_seed("paper", 0, "random", 0)
    seeds = {derive_seed("paper", instance, "random", repeat) for instance in range(50) for repeat in range(5)}
    assert len(seeds) == 250
    assert all(0 <= seed < 2**32 for seed in seeds)


def test_a_row_names_its_cell():
    row = cell().blank_row()
    assert row["key"] == cell().key
    assert row["slots"] == Scenario.preset("tiny").slots
    assert row["status"] == "missing"
    assert row["cost"] != row["cost"], "NaN until it is known"
