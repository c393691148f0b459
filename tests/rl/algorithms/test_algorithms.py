"""Learning algorithms: all of them learn, repeat themselves, and are the same again after saving."""

from itertools import product

import numpy as np
import pytest
import torch
from stable_baselines3.common.vec_env import VecMonitor

from skyedge.problem import InputError, Scenario, evaluate, generate
from skyedge.rl.algorithms import available, get, hyperparameters
from skyedge.rl.algorithms.common.hyperparameters import HYPERPARAMETERS
from skyedge.rl.environment.episodes import GivenEpisodes
from skyedge.rl.environment.vec_env import OffloadingVecEnv
from skyedge.solvers import solve
from tests.rl.worlds import TRACKS

TINY = Scenario.preset("tiny")
NAMES = ["d3qn", "ddpg", "hybrid-ppo", "ppo"]
EVERY = list(product(NAMES, TRACKS))
QUICK = {"environments": 4, "width": 16, "batch_size": 8}


@pytest.fixture(autouse=True)
def _one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def build(name, track, seed=0, **options):
    entry, config = get(name), hyperparameters(name, track, options)
    env = VecMonitor(OffloadingVecEnv(TINY, config.environments, entry.view, track, seed=seed))
    return entry.build(env, config, track, seed)


def quick(name, track, seed=0):
    """A short training of a small network."""
    options = QUICK | ({"n_steps": 10} if "ppo" in name else {"learning_starts": 8})
    return build(name, track, seed, **options).learn(80)


def held_out_cost(model, name, track, instances):
    env = OffloadingVecEnv(count=len(instances), view=get(name).view, track=track, episodes=GivenEpisodes(instances))
    observation = env.reset()
    for _ in range(TINY.slots):
        observation = env.step(model.predict(observation, deterministic=True)[0])[0]
    return np.mean([evaluate(*env.finished_episode(number)).cost for number in range(len(instances))])


def test_all_baselines_are_found_by_name_and_others_refused():
    assert set(NAMES) <= set(available())
    assert [get(name).name for name in NAMES] == NAMES
    with pytest.raises(InputError, match="did you mean 'hybrid-ppo'"):
        get("hybrid_ppo")


@pytest.mark.parametrize(("name", "track"), EVERY)
def test_files_of_hyperparameters_are_valid_and_options_go_before_them(name, track):
    assert (HYPERPARAMETERS / f"{name}.toml").exists()
    assert hyperparameters(name, track, {"gamma": 0.125}).gamma == 0.125
    with pytest.raises(InputError, match="did you mean 'gamma'"):
        hyperparameters(name, track, {"gama": 0.5})
    with pytest.raises(InputError, match="'batch_size' of"):
        hyperparameters(name, track, {"batch_size": 0})


@pytest.mark.parametrize(("name", "track"), EVERY)
def test_the_same_seed_gives_the_same_weights_and_another_gives_others(name, track):
    first, again, other = (quick(name, track, seed).policy.state_dict() for seed in (3, 3, 4))
    assert all(torch.equal(first[key], again[key]) for key in first)
    assert not all(torch.equal(first[key], other[key]) for key in first)


@pytest.mark.parametrize(("name", "track"), EVERY)
def test_a_saved_algorithm_says_the_same_after_loading_and_goes_on_learning(name, track, tmp_path):
    model = quick(name, track)
    model.save(tmp_path / "model")
    env = OffloadingVecEnv(TINY, 4, get(name).view, track, seed=9)
    loaded = type(model).load(tmp_path / "model", env=env, device="cpu")
    observation = env.reset()
    np.testing.assert_array_equal(
        loaded.predict(observation, deterministic=True)[0], model.predict(observation, deterministic=True)[0]
    )
    model.policy.save(tmp_path / "policy")
    policy = type(model.policy).load(tmp_path / "policy", device="cpu")
    np.testing.assert_array_equal(
        policy.predict(observation, deterministic=True)[0], model.predict(observation, deterministic=True)[0]
    )
    before = {key: value.clone() for key, value in loaded.policy.state_dict().items()}
    loaded.learn(80, reset_num_timesteps=False)
    after = loaded.policy.state_dict()
    assert not all(torch.equal(before[key], after[key]) for key in before)


def learned_cost(name, track, slots):
    """Held-out cost after learning, over that of the solver `random`."""
    instances = [generate(TINY, seed) for seed in range(100)]
    by_chance = np.mean([evaluate(instance, solve("random", instance).decision).cost for instance in instances])
    model = build(name, track).learn(slots)
    return held_out_cost(model, name, track, instances) / by_chance


@pytest.mark.parametrize("name", NAMES)
def test_flat_networks_learn_to_beat_random_by_far(name):
    assert learned_cost(name, "plain", 3000) < 0.8


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_set_networks_learn_to_beat_random_by_far(name):
    assert learned_cost(name, "structured", 3000) < 0.75
