"""How fast algorithms train, against stable-baselines3's SAC, and how AD-SAC's update grows with batch and networks."""

import pytest
import stable_baselines3 as sb3

from skyedge.rl.algorithms import hyperparameters
from skyedge.rl.environment.vec_env import OffloadingVecEnv
from skyedge.solvers.common.learners import learner, learner_modules
from tests.speed.growth import Growth, number
from tests.speed.measure import PAPER, in_slots, per_call_s, ratio

SAME = {"width": 64, "batch_size": 128, "gradient_steps": 1, "train_freq": 1, "learning_starts": 160}
SLOTS, WARM_UP, ROUNDS = 800, 960, 3
LEAST_RATIO = 0.4  # it runs 17 networks forward for an update, SAC 8; 0.56 on a busy machine
BATCHES, WIDTHS = (32, 64, 128, 256, 512, 1024), (32, 64, 128, 256, 512, 1024)
LEARNERS = [(name, track) for name in learner_modules() for track in learner(name).tracks]


def ours(name, track, options):
    entry, config = learner(name), hyperparameters(name, track, options)
    return entry.build(entry.environment(PAPER, config, track, 0), config, track, 0)


@pytest.fixture(scope="module")
def sac():
    """SAC with networks as wide, batches as large, and as many updates."""
    config = hyperparameters("ad-sac", "plain", SAME)
    env = OffloadingVecEnv(PAPER, config.environments, "box", "plain", seed=0)
    shared = {name: getattr(config, name) for name in ("buffer_size", "batch_size", "learning_starts")}
    layers = {"net_arch": [config.width] * 2}
    return sb3.SAC("MlpPolicy", env, train_freq=1, gradient_steps=1, policy_kwargs=layers, seed=0, **shared)


def throughput(model, sac):
    """Slots per second over SAC's."""
    for one in (model, sac):
        one.learn(WARM_UP)
    return ratio(*(lambda one=one: one.learn(SLOTS, reset_num_timesteps=False) for one in (sac, model)), rounds=ROUNDS)


def test_training_is_as_fast_as_that_of_sac(report, sac):
    found = throughput(ours("ad-sac", "plain", SAME), sac)
    report.row("training", "ad-sac, plain, with SAC's sizes", number(found))
    assert found >= LEAST_RATIO


@pytest.mark.parametrize(("name", "track"), LEARNERS)
def test_what_training_takes_is_reported(name, track, report, sac):
    found = throughput(ours(name, track, {}), sac)
    report.row("training", f"{name}, {track}", number(found))
    assert found > 0


def update(track, **options):
    """The time of an update, in slots of the oracle."""
    model = ours("ad-sac", track, {**options, "learning_starts": WARM_UP, "gradient_steps": 1, "train_freq": 1})
    model.learn(WARM_UP)  # fills the memory

    def one() -> None:
        model.train(1, model.batch_size)

    per_call_s(one)  # the first ones make room
    return [in_slots(one, rounds=1) for _ in range(ROUNDS)]


@pytest.mark.parametrize("track", ["plain", "structured"])
@pytest.mark.parametrize(("option", "sizes", "most"), [("batch_size", BATCHES, 1), ("width", WIDTHS, 2)])
def test_an_update_grows_no_faster_than_the_paper_says(option, sizes, most, track, report):
    growth = Growth(f"{option.partition('_')[0]}, {track}", sizes)
    for size in sizes:
        for time in update(track, **{option: size}):
            growth.add(size, time)
    report.growth("updates", growth)
    assert growth.law().low <= most
