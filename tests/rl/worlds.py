"""Small scenarios and whole episodes, for the tests of learning."""

from itertools import product

import numpy as np
from gymnasium.vector.utils import batch_space

from skyedge.problem import Scenario
from skyedge.rl.environment.action_views import VIEWS
from skyedge.rl.environment.vec_env import OffloadingVecEnv

SMALL = Scenario.preset("paper").replace(slots=6)
TRACKS = ("plain", "structured")
FACES = list(product(VIEWS, TRACKS))  # every view in every track


def random_actions(env: OffloadingVecEnv, seed: int):
    """Endless actions for all environments, drawn evenly."""
    space = batch_space(env.action_space, env.num_envs)
    space.seed(seed)
    while True:
        yield space.sample()


def play(env: OffloadingVecEnv, actions):
    """One episode of every environment: the list of (observation, reward, done, info, task reward) per slot."""
    env.reset()
    steps = []
    for _ in range(env.process.scenario.slots):
        steps.append((*env.step(next(actions)), env.task_reward))
    return steps


def extremes(action, rng: np.random.Generator):
    """The action with every real number replaced by one at or beyond an end of its range."""
    if isinstance(action, dict):
        return {name: extremes(part, rng) for name, part in action.items()}
    if np.issubdtype(action.dtype, np.integer):
        return action
    return rng.choice([-np.inf, -1e300, -1.0, 0.0, 1.0, 1e300, np.inf], action.shape)
