"""How fast the environment is: many as one against single ones."""

import pytest
from gymnasium.vector.utils import batch_space
from stable_baselines3.common.vec_env import DummyVecEnv

from skyedge.rl.environment.gym_env import OffloadingEnv
from skyedge.rl.environment.vec_env import OffloadingVecEnv
from tests.speed.growth import number
from tests.speed.measure import PAPER, in_slots

COUNTS = (1, 16, 256)
LEAST_RATIO = 16


def whole_episodes(env, actions, episodes=1):
    """A call that plays whole episodes, the drawing of the next ones included."""
    env.reset()
    return lambda: [env.step(actions) for _ in range(episodes * PAPER.slots)]


def vectorised(count, track):
    env = OffloadingVecEnv(PAPER, count, "hybrid", track)
    space = batch_space(env.action_space, count)
    space.seed(0)
    episodes = max(1, 64 // count)
    return in_slots(whole_episodes(env, space.sample(), episodes), rounds=3) / (count * episodes * PAPER.slots)


def one_by_one(count, track):
    env = DummyVecEnv([lambda: OffloadingEnv(PAPER, "hybrid", track)] * count)
    env.action_space.seed(0)
    actions = [env.action_space.sample() for _ in range(count)]
    return in_slots(whole_episodes(env, actions), rounds=3) / (count * PAPER.slots)


@pytest.mark.parametrize("track", ["plain", "structured"])
def test_many_environments_as_one_are_much_faster_than_one_by_one(track, report):
    dummy = one_by_one(COUNTS[-1], track)
    report.row("environment", f"{COUNTS[-1]} in a `DummyVecEnv`, {track}", number(dummy), "1")
    slots = {count: vectorised(count, track) for count in COUNTS}
    for count in COUNTS:
        report.row("environment", f"{count} at once, {track}", number(slots[count]), number(dummy / slots[count]))
    assert dummy / slots[COUNTS[-1]] >= LEAST_RATIO
