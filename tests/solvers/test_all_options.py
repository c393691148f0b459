"""All options of the model at once: each is one rule more, and none undoes another."""

import gymnasium
import pytest

from skyedge.problem import Scenario, evaluate, generate
from skyedge.problem.arrays import INSTANCE_SHAPES
from skyedge.rl import ID
from skyedge.solvers import available, get, solve
from tests import oracle
from tests.problem.scoring.test_evaluate_properties import assert_same_score
from tests.rl.environment.test_gym_env import episode
from tests.rl.worlds import TRACKS

OPTIONS = {field.option for field in INSTANCE_SHAPES.values()} - {""}
AIR = {"shared_bandwidth": True, "interference": True}
MOVING = {"device_motion": True, "device_speed_mps": 12.0}
WORLD = Scenario.preset("cloud").replace(slots=6, devices=10, uav_battery_j=(2500.0, 0.0), **MOVING, **AIR)
WITHOUT_BATTERY = WORLD.replace(uav_battery_j=0.0)
TAKERS = [name for name in available() if get(name).takes_options() >= OPTIONS]


def test_all_options_are_on():
    assert generate(WORLD, 0).options == OPTIONS
    assert generate(WITHOUT_BATTERY, 0).options == OPTIONS - {"battery"}
    assert {"random", "greedy", "kmeans", "myopic", "rolling", "bound"} <= set(TAKERS)


@pytest.mark.parametrize("seed", range(20))
def test_random_decisions_score_as_the_oracle_says(seed):
    day = generate(WORLD, seed)
    decision = solve("random", day, seed=seed).decision
    assert_same_score(evaluate(day, decision), oracle.evaluate(day, decision))


@pytest.mark.parametrize("name", TAKERS)
def test_who_takes_them_all_decides_validly_and_no_cheaper_than_the_bound(name):
    day = generate(WORLD, 0)
    solution = solve(name, day, seconds=10)
    assert solution.status in ("feasible", "bound-only"), solution.log
    bound = solution.bound if solution.decision is None else solve("bound", day, seconds=4).bound
    decision = solution.decision or solve("kmeans", day).decision
    score = evaluate(day, decision)
    assert score.cost >= bound > 0
    assert_same_score(score, oracle.evaluate(day, decision))


@pytest.mark.parametrize("track", TRACKS)
def test_costs_of_an_episode_add_up_to_the_evaluators(track):
    steps = episode(gymnasium.make(ID, scenario=WITHOUT_BATTERY, view="hybrid", track=track), 0)
    last = steps[-1][4]
    score = evaluate(last["instance"], last["decision"])
    assert last["instance"].options == OPTIONS - {"battery"}
    assert sum(step[4]["cost"] for step in steps) == pytest.approx(score.cost, rel=1e-9)
