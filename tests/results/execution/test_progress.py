"""How long the rest takes, and how that is said."""

import io

import pytest
from rich.console import Console

from skyedge.results.execution import progress
from skyedge.results.execution.progress import Forecast, Progress, in_words
from tests.results.storage.test_cells import cell


def row(one, seconds: float, **values) -> dict:
    return one.blank_row() | {"status": "feasible", "wall_s": seconds} | values


def test_a_forecast_knows_the_solver_in_the_scenario_then_the_solver_then_the_budget():
    here, elsewhere, unknown = cell(), cell(scenario="large"), cell(solver="myopic")
    forecast = Forecast([row(here, 1.0), row(here, 3.0), row(elsewhere, 20.0)])
    assert forecast.seconds(here) == 2
    assert forecast.seconds(elsewhere) == 20
    assert forecast.seconds(cell(scenario="new")) == 8, "the mean of all its runs"
    assert forecast.seconds(unknown) == unknown.seconds


def test_what_is_left_is_shared_by_those_that_run_and_no_shorter_than_the_longest():
    forecast = Forecast([row(cell(), 2.0)])
    assert forecast.left_s([cell()] * 6, jobs=3) == 4
    assert forecast.left_s([cell()] * 6, jobs=0) == 12, "a cluster without workers yet"
    assert forecast.left_s([cell(), cell(solver="myopic", seconds=60)], jobs=2) == 60
    assert forecast.left_s([], jobs=2) == 0


def test_a_run_whose_time_nobody_knows_teaches_nothing():
    forecast = Forecast([row(cell(), float("nan"))])
    assert forecast.seconds(cell()) == cell().seconds


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.4, "0 s"), (99, "99 s"), (100, "2 min"), (7000, "117 min"), (12060, "3 h 21 min")]
)
def test_durations_are_said_as_people_do(seconds, words):
    assert in_words(seconds) == words


def test_without_a_terminal_there_is_a_line_now_and_then_with_failures_and_the_time_left(monkeypatch):
    monkeypatch.setattr(progress, "EVERY_S", -1.0)
    said = Console(file=io.StringIO(), width=200)
    cells = [cell(instance_seed=seed) for seed in range(4)]
    with Progress.shown(cells, Forecast(), said) as shown:
        shown.finished(row(cells[0], 2.0))
        shown.finished(row(cells[1], 4.0, status="failed", error="no luck"))
        shown.elsewhere(cells[2])
        shown.tick(jobs=1)
        assert (shown.computed, shown.computed_elsewhere) == (2, 1)
        shown.say_failures()
    assert said.file.getvalue().splitlines() == [
        "3 of 4 cells, 1 failed, about 3 s left",
        "failed: greedy on tiny 1: no luck",
    ]
