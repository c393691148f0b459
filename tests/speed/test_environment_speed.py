"""How fast the environment is: many as one against single ones, as ratios within one run of CPU time."""

import time

import pytest
from gymnasium.vector.utils import batch_space
from stable_baselines3.common.vec_env import DummyVecEnv

from problem import Scenario, generate, generate_batch
from rl.env import OffloadingEnv
from rl.vec_env import OffloadingVecEnv

PAPER = Scenario.preset("paper")
COUNTS = (1, 16, 256)
LEAST_RATIO = 16
LEAST_GENERATION_RATIO = 5


def cpu_s(call, slots, rounds=3):
    """The least CPU time of a call, per slot."""
    times = []
    for _ in range(rounds):
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return min(times) / slots


def whole_episodes(env, actions, episodes=1):
    """A call that plays whole episodes, the drawing of the next ones included."""
    env.reset()
    return lambda: [env.step(actions) for _ in range(episodes * PAPER.slots)]


def vectorised_s(count, track):
    env = OffloadingVecEnv(PAPER, count, "hybrid", track)
    space = batch_space(env.action_space, count)
    space.seed(0)
    episodes = max(1, 64 // count)
    return cpu_s(whole_episodes(env, space.sample(), episodes), count * episodes * PAPER.slots)


def dummy_s(count, track):
    env = DummyVecEnv([lambda: OffloadingEnv(PAPER, "hybrid", track)] * count)
    env.action_space.seed(0)
    return cpu_s(whole_episodes(env, [env.action_space.sample() for _ in range(count)]), count * PAPER.slots)


@pytest.mark.parametrize("track", ["plain", "structured"])
def test_many_environments_as_one_are_much_faster_than_one_by_one(track, report):
    slot_s = {count: vectorised_s(count, track) for count in COUNTS}
    for count in COUNTS:
        report(f"environment, {track}, {count} at once", f"{1 / slot_s[count]:,.0f} slots/s")
    one_by_one_s = dummy_s(COUNTS[-1], track)
    report(f"environment, {track}, {COUNTS[-1]} in a DummyVecEnv", f"{1 / one_by_one_s:,.0f} slots/s")
    ratio = one_by_one_s / slot_s[COUNTS[-1]]
    report(f"ratio (at least {LEAST_RATIO})", f"{ratio:.1f}")
    assert ratio >= LEAST_RATIO


def test_horizons_are_drawn_faster_in_a_batch(report):
    alone_s = cpu_s(lambda: [generate(PAPER, seed) for seed in range(20)], 20 * PAPER.slots)
    batch_s = cpu_s(lambda: generate_batch(PAPER, (0,), 256), 256 * PAPER.slots)
    report("generation, 256 horizons at once", f"{1 / batch_s:,.0f} slots/s")
    report(f"ratio to instances one by one (at least {LEAST_GENERATION_RATIO})", f"{alone_s / batch_s:.1f}")
    assert alone_s / batch_s >= LEAST_GENERATION_RATIO
