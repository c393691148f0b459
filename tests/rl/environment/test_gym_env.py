"""One environment: Gymnasium's contract, and costs that are the evaluator's."""

import warnings

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env as check_for_gymnasium
from stable_baselines3.common.env_checker import check_env as check_for_sb3

from skyedge.problem import InputError, Scenario, evaluate, generate
from skyedge.rl import ID
from skyedge.rl.environment.gym_env import OffloadingEnv
from skyedge.rl.environment.process import Process, expected_tasks
from tests.rl.worlds import FACES, SMALL, TRACKS

ENV = ID


def episode(env, seed=None, options=None):
    """Steps of one random episode, as (observation, reward, terminated, truncated, info)."""
    env.reset(seed=seed, options=options)
    env.action_space.seed(seed)
    steps = [env.step(env.action_space.sample())]
    while not steps[-1][2]:
        steps.append(env.step(env.action_space.sample()))
    return steps


@pytest.mark.parametrize(("view", "track"), FACES)
def test_the_checkers_of_gymnasium_and_sb3_pass(view, track):
    env = gymnasium.make(ENV, scenario="tiny", view=view, track=track)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # unbounded observations, and SB3 has no use for the hybrid action
        check_for_gymnasium(env.unwrapped)
        check_for_sb3(env.unwrapped)


@pytest.mark.parametrize(("view", "track"), FACES)
def test_costs_of_an_episode_add_up_to_the_evaluators(view, track):
    env = gymnasium.make(ENV, scenario=SMALL, view=view, track=track)
    for seed in range(3):
        steps = episode(env, seed)
        last = steps[-1][4]
        score = evaluate(last["instance"], last["decision"])
        assert sum(step[4]["cost"] for step in steps) == pytest.approx(score.cost, rel=1e-9)
        np.testing.assert_allclose([step[4]["cost"] for step in steps], score.slot_cost, rtol=1e-9)


def test_the_last_slot_ends_the_episode_and_is_no_truncation():
    steps = episode(gymnasium.make(ENV, scenario=SMALL))
    assert [step[2] for step in steps] == [False] * 5 + [True]
    assert not any(step[3] for step in steps)
    assert all("decision" not in step[4] for step in steps[:-1])


def test_a_slot_after_the_last_is_refused():
    env = OffloadingEnv(SMALL)
    episode(env, 0)
    with pytest.raises(InputError, match="call reset first"):
        env.step(env.action_space.sample())


def test_rewards_are_minus_xi_times_cost_in_all_and_per_device():
    env = gymnasium.make(ENV, scenario=SMALL, xi=0.25)
    for _, reward, _, _, info in episode(env, 1):
        assert reward == pytest.approx(-0.25 * info["cost"])
        assert info["task_reward"].sum() == pytest.approx(reward)
        assert info["task_reward"].shape == (15,)


def test_inverse_rewards_are_xi_over_cost_and_nothing_where_nobody_asks():
    quiet = SMALL.replace(arrival_rate=[0.02, 0.05], slots=20)
    found = set()
    for _, reward, _, _, info in episode(gymnasium.make(ENV, scenario=quiet, reward="inverse", xi=2.0), 0):
        assert reward == (pytest.approx(2 / info["cost"]) if info["cost"] else 0)
        found.add(info["cost"] > 0)
    assert found == {True, False}


@pytest.mark.parametrize("preset", ["paper", "hotspot"])
def test_the_default_xi_counts_the_tasks_of_a_slot(preset):
    scenario = Scenario.preset(preset)
    active = np.mean([generate(scenario, seed).active.sum(axis=-1).mean() for seed in range(20)])
    assert expected_tasks(scenario) == pytest.approx(active, rel=0.05)
    assert OffloadingEnv(scenario).process.xi == pytest.approx(1 / expected_tasks(scenario))
    assert OffloadingEnv(scenario, reward="inverse").process.xi == pytest.approx(expected_tasks(scenario))


def test_the_same_seed_gives_the_same_episodes_and_none_gives_others():
    def first_instances(env, seed, episodes=2):
        ids = []
        for number in range(episodes):
            env.reset(seed=seed if number == 0 else None)
            ids.append(env.process.flight.horizons.instance(0).id)
        return ids

    env, other = (
        OffloadingEnv("tiny"),
        OffloadingEnv("tiny"),
    )
    seeded = first_instances(env, 7)
    assert seeded[0] != seeded[1]
    assert first_instances(other, 7) == seeded == first_instances(env, 7)
    assert first_instances(OffloadingEnv("tiny"), None) != first_instances(OffloadingEnv("tiny"), None)


def test_an_episode_can_be_a_given_instance():
    instance = generate(SMALL, 3)
    env = OffloadingEnv(SMALL)
    assert episode(env, 0, {"instance": instance})[-1][4]["instance"].id == instance.id
    with pytest.raises(InputError, match="of another scenario"):
        env.reset(options={"instance": generate(Scenario.preset("tiny"), 0)})


@pytest.mark.parametrize("track", TRACKS)
def test_only_the_structured_track_gives_masks(track):
    env = OffloadingEnv(SMALL, track=track)
    _, info = env.reset(seed=0)
    assert ("allowed" in info) == (track == "structured")
    if track == "structured":
        assert info["allowed"].shape == (15, 8)
        assert info["allowed"][:, -1].all()


@pytest.mark.parametrize("sizes", [{"uavs": 0}, {"satellites": 0}, {"devices": 1, "uavs": 1, "satellites": 1}])
@pytest.mark.parametrize(("view", "track"), FACES)
def test_worlds_without_a_kind_of_server_work(sizes, view, track):
    infos = [step[4] for step in episode(OffloadingEnv(SMALL.replace(**sizes), view, track), 0)]
    score = evaluate(infos[-1]["instance"], infos[-1]["decision"])
    assert score.cost == pytest.approx(sum(info["cost"] for info in infos), rel=1e-9)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"view": "boxes"}, "no view is called 'boxes': did you mean 'box'"),
        ({"track": "structure"}, "no track is called 'structure': did you mean 'structured'"),
        ({"reward": "invers"}, "no reward is called 'invers': did you mean 'inverse'"),
        ({"xi": 0.0}, "xi is 0.0: it must be a positive number"),
        ({"scenario": "papre"}, "no preset is called 'papre'"),
    ],
)
def test_unknown_names_are_refused_with_a_hint(arguments, message):
    with pytest.raises(InputError, match=message):
        OffloadingEnv(**arguments)


def test_a_step_before_the_first_reset_is_refused():
    env = OffloadingEnv("tiny")
    assert isinstance(env.process, Process)
    with pytest.raises(InputError, match="call reset first"):
        env.step(env.action_space.sample())
