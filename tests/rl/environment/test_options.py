"""Learning with options of the model on: the environment's costs are the evaluator's, and what is seen is complete."""

import gymnasium
import numpy as np
import pytest

from skyedge.problem import InputError, Scenario, evaluate, generate
from skyedge.rl import ID
from skyedge.rl.environment.masks import moved
from skyedge.rl.environment.observation import StructuredObserver
from skyedge.rl.policies.player import PolicyPlayer
from skyedge.rl.policies.policy_files import Policy
from skyedge.rl.training.train import train
from skyedge.solvers import solve
from tests.rl.environment.test_gym_env import episode
from tests.rl.environment.test_observation import Seen
from tests.rl.worlds import TRACKS

CLOUD = Scenario.preset("cloud").replace(slots=6)
MOVING = Scenario.preset("paper").replace(slots=6, device_motion=True, device_speed_mps=12.0)
ON = {"cloud": CLOUD, "device_motion": MOVING, "both": CLOUD.replace(device_motion=True)}


@pytest.mark.parametrize("on", ON)
@pytest.mark.parametrize("track", TRACKS)
def test_costs_of_an_episode_add_up_to_the_evaluators(on, track):
    env = gymnasium.make(ID, scenario=ON[on], view="hybrid", track=track)
    steps = episode(env, 0)
    last = steps[-1][4]
    score = evaluate(last["instance"], last["decision"])
    assert last["instance"].options == ({"cloud", "device_motion"} if on == "both" else {on})
    assert sum(step[4]["cost"] for step in steps) == pytest.approx(score.cost, rel=1e-9)
    np.testing.assert_allclose([step[4]["cost"] for step in steps], score.slot_cost, rtol=1e-9)


@pytest.mark.parametrize("on", ON)
def test_after_moves_is_what_would_be_seen_from_the_new_positions(on):
    seen = Seen(StructuredObserver, ON[on])
    moves = seen.rng.uniform(-1, 1, (40, 3, 2))
    observation, allowed = seen.observer.after_moves(seen.observation, moves)
    expected = seen.look(moved(seen.uav_xy, moves, seen.observer.world))
    np.testing.assert_allclose(observation, expected, rtol=0, atol=1e-4)
    assert (allowed == seen.observer.allowed(expected)).all()


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A policy that has learned a little in a world with a cloud, and its folder."""
    directory = tmp_path_factory.mktemp("policy")
    train("ppo", CLOUD, directory, "plain", slots=256, options={"width": 16}, evaluate_every=256)
    return directory


def test_a_policy_learns_with_a_cloud_and_plays_there(trained):
    instance = generate(CLOUD, 0)
    solution = solve("ppo", instance, config={"track": "plain", "policy": str(trained)})
    assert np.isfinite(evaluate(instance, solution.decision).cost)
    assert solution.decision.server.max() < instance.servers


@pytest.mark.parametrize(
    ("scenario", "message"),
    [
        (CLOUD.replace(cloud=None), "trained with cloud = True, not False: train one"),
        (CLOUD.replace(device_motion=True), "trained with device_motion = False, not True: train one"),
    ],
)
def test_a_plain_policy_does_not_fit_worlds_with_other_options(trained, scenario, message):
    with pytest.raises(InputError) as refused:
        PolicyPlayer(Policy.load(trained), scenario)
    assert message in str(refused.value)
