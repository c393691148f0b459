"""The registry, options, budgets and failures."""

import numpy as np
import pytest

from skyedge.problem import Decision, InputError, Scenario, generate
from skyedge.solvers import Solution, Solver, get, parse_spec, register, solve
from skyedge.solvers.common import registry
from skyedge.solvers.common.flight import step_towards

INSTANCE = generate(Scenario.preset("tiny"), 0)


@pytest.fixture
def registered():
    """Register a solver for one test."""
    before = dict(registry._registry)
    yield register
    registry._registry.clear()
    registry._registry.update(before)


def test_a_solver_that_raises_has_failed_and_says_why(registered):
    @registered
    class Broken(Solver):
        name, information = "broken", "offline"

        def solve(self, instance, budget, seed, progress):
            raise ZeroDivisionError("no luck")

    solution = solve("broken", INSTANCE)
    assert (solution.status, solution.decision) == ("failed", None)
    assert solution.log == ["ZeroDivisionError: no luck"]


def test_a_solver_whose_decision_is_not_valid_has_failed(registered):
    @registered
    class Cheater(Solver):
        name, information = "cheater", "offline"

        def solve(self, instance, budget, seed, progress):
            return Solution(Decision(np.zeros((2, 4), int), np.full((2, 4), 9.0), np.zeros((2, 2, 2))))

    solution = solve("cheater", INSTANCE)
    assert solution.status == "failed"
    assert "power[0, 0] is 9.0" in solution.log[0]


def test_an_online_solver_out_of_time_keeps_what_it_decided():
    instance = generate(Scenario.preset("paper"), 0)
    solution = solve("greedy", instance, seconds=1e-9)
    assert solution.status == "feasible"
    assert "out of time after slot 0 of 50" in solution.log[0]
    assert (solution.decision.server == -1).all()


def test_two_solvers_cannot_share_a_name(registered):
    class Other(get("greedy")):
        pass

    with pytest.raises(ValueError, match="two solvers are called 'greedy'"):
        registered(Other)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("greedy", ("greedy", {})),
        ("greedy-mobile[sight=3]", ("greedy-mobile", {"sight": "3"})),
        (" ad-sac[track=plain, seed=2] ", ("ad-sac", {"track": "plain", "seed": "2"})),
        ("greedy[]", ("greedy", {})),
    ],
)
def test_specifications_name_a_solver_and_its_options(spec, expected):
    assert parse_spec(spec) == expected


@pytest.mark.parametrize("spec", ["", "Greedy", "greedy[", "greedy[sight]", "greedy[=3]", "greedy]x[", "a b"])
def test_malformed_specifications_are_refused(spec):
    with pytest.raises(InputError):
        parse_spec(spec)


@pytest.mark.parametrize(
    ("name", "config", "message"),
    [
        ("gredy", {}, "did you mean 'greedy'"),
        ("greedy-mobile", {"sigt": 2}, "no option 'sigt': did you mean 'sight'"),
        ("greedy-mobile", {"sight": -1}, "greater than 0"),
        ("greedy-mobile", {"sight": "far"}, "'far'"),
        ("greedy", {"sight": 2}, "it has no options"),
    ],
)
def test_unknown_names_and_bad_options_are_refused_with_a_hint(name, config, message):
    with pytest.raises(InputError, match=message):
        solve(name, INSTANCE, config=config)


@pytest.mark.parametrize("seconds", [0, -1, float("nan")])
def test_a_budget_must_be_positive(seconds):
    with pytest.raises(InputError, match="seconds is"):
        solve("greedy", INSTANCE, seconds=seconds)


def test_steps_end_at_the_target_or_at_the_reach_and_inside_the_area():
    here = np.array([[100.0, 100.0], [100.0, 100.0], [495.0, 250.0]])
    target = np.array([[130.0, 140.0], [100.0, 110.0], [600.0, 250.0]])
    moved = step_towards(here, target, np.array([25.0, 25.0, 25.0]), np.array([500.0, 500.0]))
    assert moved == pytest.approx(np.array([[115.0, 120.0], [100.0, 110.0], [500.0, 250.0]]))
