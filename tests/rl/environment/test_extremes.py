"""Episodes of worlds at the ends of what scenarios may say: finite observations, and costs that are the evaluator's."""

import numpy as np
import pytest

from skyedge.problem import evaluate
from skyedge.rl.environment.gym_env import OffloadingEnv
from tests.extremes import WORLDS, no_warning
from tests.rl.worlds import TRACKS


@pytest.mark.parametrize("track", TRACKS)
@pytest.mark.parametrize("name", WORLDS)
def test_an_episode_is_finite_and_costs_what_the_evaluator_says(name, track):
    with no_warning():
        env = OffloadingEnv(WORLDS[name], view="hybrid", track=track)
        observation, _ = env.reset(seed=0)
        env.action_space.seed(0)
        costs, ended = [], False
        while not ended:
            assert np.isfinite(observation).all()
            observation, reward, ended, _, info = env.step(env.action_space.sample())
            assert np.isfinite(reward)
            costs.append(info["cost"])
    score = evaluate(info["instance"], info["decision"])
    np.testing.assert_allclose(costs, score.slot_cost, rtol=1e-9)
