"""A cloud and motion within slots: who declares an option takes it into account, who does not refuses it."""

import pytest

from skyedge.problem import Scenario, evaluate, generate
from skyedge.problem.arrays import INSTANCE_SHAPES
from skyedge.solvers import available, get, solve
from skyedge.solvers.common.base import DATA_ALONE
from skyedge.solvers.greedy import Greedy
from tests.refusals import assert_refused, run
from tests.solvers.test_order import assert_ordered, enumerated, find, small_world

TINY = Scenario.preset("tiny")
CLOUD = Scenario.preset("cloud").cloud.model_copy(update={"gateway_latitude_deg": 2.0})  # under the same satellites
ON = {
    "cloud": TINY.replace(cloud=CLOUD),
    "device_motion": TINY.replace(device_motion=True, device_speed_mps=12.0),  # 36 m in a slot
}
FEW, MANY = 3, 40


def with_option(option, seed, **changes):
    """A tiny instance with an option on."""
    return generate(ON[option].replace(**changes), seed)


def test_what_solvers_declare_are_options_of_the_model():
    options = {field.option for field in INSTANCE_SHAPES.values()} - {""}
    assert options >= set(ON) | DATA_ALONE
    assert all(get(name).takes_options() <= options for name in available())


@pytest.mark.parametrize("option", ON)
@pytest.mark.parametrize("name", available())
def test_who_takes_an_option_decides_validly_and_bounds_truly(name, option):
    instance = with_option(option, 0, slots=1 if name == "slot-optimum" else 2)
    assert instance.options == {option}
    if option not in get(name).takes_options() or not get(name)().takes(instance):
        pytest.skip("it does not take it, or no policy is shipped for the world")
    first, second = (solve(name, instance, seconds=20, seed=1) for _ in range(2))
    assert first.status in ("optimal", "feasible", "bound-only"), first.log
    assert (first.bound, first.status) == (second.bound, second.status)
    known = evaluate(instance, solve("kmeans", instance).decision).cost
    if first.decision is not None:
        assert (first.decision.server == second.decision.server).all()
        known = min(known, evaluate(instance, first.decision).cost)
    if first.bound is not None:
        assert first.bound <= known * (1 + 1e-9)


def optional_world(option, number):
    """One of the small instances of the order's tests with an option on."""
    scenario = small_world(number).scenario
    if option == "cloud":
        return generate(scenario.replace(cloud=CLOUD), 5000 + number)
    return generate(scenario.replace(device_motion=True, device_speed_mps=20.0), 5000 + number)  # 60 m in a slot


@pytest.mark.parametrize("option", ON)
@pytest.mark.parametrize("number", range(FEW))
def test_bounds_and_costs_are_ordered(option, number):
    assert_ordered(*find(optional_world(option, number)))


@pytest.mark.slow
@pytest.mark.parametrize("option", ON)
@pytest.mark.parametrize("number", range(FEW, MANY))
def test_bounds_and_costs_are_ordered_on_many_instances(option, number):
    assert_ordered(*find(optional_world(option, number)))


@pytest.mark.parametrize("option", ON)
@pytest.mark.parametrize("seed", range(4))
def test_where_uavs_stand_still_enumeration_and_both_exact_solvers_agree(option, seed):
    day = with_option(option, seed, uav_speed_mps=0)
    assert evaluate(day, solve("global-minlp[gap=0]", day).decision).cost == pytest.approx(enumerated(day), rel=1e-6)
    slot = day.window(0, 1, day.uav_start_xy)
    solution = solve("slot-optimum[gap=1e-7]", slot)
    assert evaluate(slot, solution.decision).cost == pytest.approx(enumerated(slot), rel=1e-6)
    assert solution.bound == pytest.approx(enumerated(slot), rel=1e-5)


def test_the_option_is_worth_modelling():
    """Where devices move far, a plan that ignores it loses tasks; where there is a cloud, it is used."""
    moving = with_option("device_motion", 0, slots=20, devices=8, device_speed_mps=25.0, unserved_penalty=20.0)
    blind = solve("kmeans", generate(moving.scenario.replace(device_motion=False), 0)).decision
    assert evaluate(moving, solve("kmeans", moving).decision).cost < evaluate(moving, blind).cost
    clouded = with_option("cloud", 0, slots=10, devices=8)
    assert evaluate(clouded, solve("myopic", clouded).decision).cloud_share > 0.1


def test_who_does_not_take_an_option_refuses_on_one_line(monkeypatch, capsys, tmp_path):
    with_option("device_motion", 0).save(tmp_path / "day.npz")
    monkeypatch.setattr(Greedy, "options", frozenset())
    arguments = ("solve", "greedy", tmp_path / "day.npz", "-o", tmp_path / "plan.npz")
    outcome = run(monkeypatch, capsys, *arguments)
    assert_refused(outcome, "greedy does not take the option device_motion into account: switch it off")
    assert not (tmp_path / "plan.npz").exists()
    assert not Greedy().takes(with_option("device_motion", 0))
    assert Greedy().takes(with_option("cloud", 0))
