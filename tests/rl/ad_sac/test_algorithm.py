"""AD-SAC on environments from outside: it learns, repeats itself, and needs no glue."""

import numpy as np
import pytest
import torch
from gymnasium.utils.env_checker import check_env
from stable_baselines3.common.env_util import make_vec_env

from skyedge.rl.ad_sac import AdSac
from skyedge.rl.ad_sac.flat.discrete_agent import JointQ
from skyedge.rl.networks.distributions import Branches
from tests.rl.ad_sac.worlds import NamedTarget, OnlyMove, OnlySwitch, Target, mean_return

WORLDS = [Target, NamedTarget, OnlySwitch, OnlyMove]


def share_of_optimum(model):
    """Return what a model gets in :class:`Target`, between random actions (0) and the optimum (1)."""
    env = Target()
    env.action_space.seed(0)
    by_chance = mean_return(env, lambda _: env.action_space.sample())
    best = mean_return(env, lambda _: env.best_action())
    learned = mean_return(env, lambda seen: model.predict(seen, deterministic=True)[0])
    return (learned - by_chance) / (best - by_chance)


def quick(world, seed=0):
    return AdSac("MlpPolicy", world(), seed=seed, width=16, batch_size=16, learning_starts=20).learn(60)


@pytest.mark.slow
def test_the_best_switch_and_the_best_way_are_found_within_a_minute():
    env = make_vec_env(Target, 8, seed=0)
    settings = {"gamma_d": 0.0, "gamma_c": 0.6, "alpha_c": 0.01, "actor_learning_rate": 1e-3}
    model = AdSac("MlpPolicy", env, seed=0, learning_starts=200, **settings).learn(32_000)
    assert share_of_optimum(model) > 0.95


@pytest.mark.parametrize("world", WORLDS)
def test_every_kind_of_action_space_trains_and_its_actions_are_valid(world):
    model = quick(world)
    env = world()
    observation, _ = env.reset(seed=1)
    for deterministic in (True, False):
        action, _ = model.predict(observation, deterministic=deterministic)
        assert env.action_space.contains(action)


def test_several_environments_are_learned_from_at_a_time():
    env = make_vec_env(NamedTarget, 3, seed=0)
    model = AdSac("MlpPolicy", env, seed=0, width=16, batch_size=16, learning_starts=30).learn(90)
    actions, _ = model.predict(env.reset(), deterministic=True)
    assert len(actions) == 3
    assert all(env.action_space.contains(action) for action in actions)


@pytest.mark.parametrize("world", [Target, NamedTarget])
def test_the_same_seed_gives_the_same_weights_and_another_gives_others(world):
    first, again, other = (quick(world, seed).policy.state_dict() for seed in (3, 3, 4))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)


def test_a_saved_model_acts_as_before_and_goes_on_learning(tmp_path):
    model = quick(Target)
    model.save(tmp_path / "model")
    loaded = AdSac.load(tmp_path / "model", env=Target())
    seen = Target().reset(seed=5)[0]
    for ours, theirs in zip(
        model.predict(seen, deterministic=True)[0], loaded.predict(seen, deterministic=True)[0], strict=True
    ):
        np.testing.assert_array_equal(ours, theirs)
    before = {name: weight.clone() for name, weight in loaded.policy.state_dict().items()}
    loaded.learn(60, reset_num_timesteps=False)
    assert not all(torch.equal(before[name], weight) for name, weight in loaded.policy.state_dict().items())


def test_the_environments_of_these_tests_are_sound():
    for world in WORLDS:
        check_env(world(), skip_render_check=True)


def test_exchanges_are_what_the_joint_choices_with_them_give():
    torch.manual_seed(0)
    branches = Branches([2, 4, 3])
    joint = JointQ(5, branches, 8)
    torch.nn.init.normal_(joint.rest[-1].weight)
    seen, choice = torch.randn(6, 5), torch.stack([torch.randint(0, n, (6,)) for n in (2, 4, 3)], dim=1)
    of_seen, branch = joint.of_seen(seen), torch.tensor([2, 0])
    table = joint.exchanged(of_seen, choice, branch, torch.tensor([[0, 1, 2], [0, 1, 1]]))
    own = joint.exchanged(of_seen, choice, branch, torch.stack([choice[:, 2:], choice[:, :1]], dim=1))
    for place, number in enumerate(branch.tolist()):
        for option in range(branches.real[number].sum()):
            exchanged = choice.clone()
            exchanged[:, number] = option
            torch.testing.assert_close(table[:, place, option], joint(of_seen, exchanged))
        torch.testing.assert_close(own[:, place, 0], joint(of_seen, choice))
