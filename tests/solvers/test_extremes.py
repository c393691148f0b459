"""In worlds at the ends of what scenarios may say, solvers give exact decisions and true bounds, without a warning."""

import pytest

from skyedge.problem import evaluate
from skyedge.solvers import solve
from tests.extremes import WORLDS, assert_exact, drawn, no_warning

QUICK = ("random", "greedy", "myopic")
SLOW = ("relaxed-minlp", "block-coordinate", "horizon")
SECONDS = 5
ROUNDING = 1e-9


def solved(solver, name):
    with no_warning():  # inside `solve` a warning becomes a failure
        return drawn(name), solve(solver, drawn(name), seconds=SECONDS)


def assert_sound(solver, name):
    instance, solution = solved(solver, name)
    assert solution.status in ("optimal", "feasible"), solution.log
    score = evaluate(instance, solution.decision)
    assert_exact(instance, solution.decision, score)
    if solution.bound is not None:
        assert solution.bound <= score.cost * (1 + ROUNDING) + ROUNDING


@pytest.mark.parametrize("name", WORLDS)
@pytest.mark.parametrize("solver", QUICK)
def test_an_online_solver_decides_exactly_in(solver, name):
    assert_sound(solver, name)


@pytest.mark.slow
@pytest.mark.parametrize("name", WORLDS)
@pytest.mark.parametrize("solver", SLOW)
def test_an_offline_solver_decides_exactly_in(solver, name):
    assert_sound(solver, name)


@pytest.mark.parametrize("name", WORLDS)
def test_the_bound_is_below_what_a_decision_costs_in(name):
    instance, solution = solved("bound", name)
    assert solution.status == "bound-only", solution.log
    cost = min(evaluate(instance, solve(solver, instance).decision).cost for solver in ("kmeans", "myopic"))
    assert -1e-6 <= solution.bound <= cost * (1 + ROUNDING) + ROUNDING


def test_a_slot_whose_tasks_cost_next_to_nothing_is_closed():
    """Costs are far below the safety that is taken off bounds; the search once went on for ever."""
    _, solution = solved("myopic", "payloads of a millionth of a bit")
    assert solution.status == "feasible"
    assert solution.wall_s < SECONDS
