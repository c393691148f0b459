"""Many environments as one array operation: the same as single ones, and what SB3 expects."""

import numpy as np
import pytest
from stable_baselines3 import PPO
from stable_baselines3.common.evaluation import evaluate_policy
from stable_baselines3.common.vec_env import VecMonitor

from skyedge.problem import InputError, evaluate, generate, score_slots
from skyedge.rl.environment.episodes import FreshEpisodes, GivenEpisodes
from skyedge.rl.environment.gym_env import OffloadingEnv
from skyedge.rl.environment.vec_env import OffloadingVecEnv
from tests.rl.worlds import FACES, SMALL, extremes, play, random_actions


def single_action(action, number):
    """The action of one environment."""
    return {name: part[number] for name, part in action.items()} if isinstance(action, dict) else action[number]


@pytest.mark.parametrize(("view", "track"), FACES)
def test_costs_of_a_hundred_random_episodes_add_up_to_the_evaluators(view, track):
    env = OffloadingVecEnv(SMALL, 100, view, track, seed=1)
    steps = play(env, random_actions(env, 0))
    cost = np.array([[info["cost"] for info in step[3]] for step in steps])
    task_cost = -np.array([step[4] for step in steps]) / env.process.xi
    for number in range(100):
        score = evaluate(*env.finished_episode(number))
        assert cost[:, number].sum() == pytest.approx(score.cost, rel=1e-9)
        np.testing.assert_allclose(task_cost[:, number], score.task_cost, rtol=1e-9)


@pytest.mark.parametrize(
    "options", [{"shared_bandwidth": True}, {"interference": True}, {"shared_bandwidth": True, "interference": True}]
)
@pytest.mark.parametrize(("view", "track"), FACES)
def test_costs_add_up_to_the_evaluators_where_tasks_meet_on_the_air(view, track, options):
    env = OffloadingVecEnv(SMALL.replace(**options), 10, view, track, seed=1)
    steps = play(env, random_actions(env, 0))
    cost = np.array([[info["cost"] for info in step[3]] for step in steps])
    for number in range(10):
        instance, decision = env.finished_episode(number)
        assert instance.options == set(options)
        assert cost[:, number].sum() == pytest.approx(evaluate(instance, decision).cost, rel=1e-9)


@pytest.mark.parametrize("options", [{"shared_bandwidth": True}, {"interference": True}])
def test_masks_hold_every_server_that_can_serve_where_tasks_meet_on_the_air(options):
    """Whatever was served had been allowed: costs alone are a lower bound."""
    env = OffloadingVecEnv(SMALL.replace(**options), 20, "hybrid", "structured", seed=1)
    observation = env.reset()
    for action, _ in zip(random_actions(env, 0), range(SMALL.slots), strict=False):
        slot, here = env.process.slot, env.process.uav_xy
        _, allowed = env.process.observer.after_moves(observation, action["moves"])
        decided = env.process.view.decode(action, slot, here)
        served = score_slots(slot, *decided).served
        chosen = np.take_along_axis(allowed, np.maximum(decided.server, 0)[..., None], axis=-1)[..., 0]
        assert served.any()
        assert chosen[served].all()
        observation = env.step(action)[0]


@pytest.mark.parametrize(
    ("track", "options"),
    [
        ("plain", {"uav_battery_j": 2e4}),
        ("structured", {"uav_battery_j": 2e4}),
        ("model-based", {"interference": True}),
    ],
)
def test_an_option_that_a_track_cannot_learn_with_is_refused(track, options):
    view = "moves" if track == "model-based" else "hybrid"
    with pytest.raises(InputError, match="switch it off in the scenario"):
        OffloadingVecEnv(SMALL.replace(**options), 1, view, track)


@pytest.mark.parametrize(("view", "track"), FACES)
def test_vectorised_equals_single(view, track):
    instances = [generate(SMALL, seed) for seed in range(4)]
    many = OffloadingVecEnv(view=view, track=track, count=4, episodes=GivenEpisodes(instances))
    singles = [OffloadingEnv(SMALL, view, track) for _ in instances]
    actions = random_actions(many, 3)
    observation = many.reset()
    for number, env in enumerate(singles):
        given = env.reset(options={"instance": instances[number]})[0]
        np.testing.assert_array_equal(observation[number], given)
    for _ in range(SMALL.slots):
        action = next(actions)
        observation, reward, done, infos = many.step(action)
        for number, env in enumerate(singles):
            alone = env.step(single_action(action, number))
            seen = infos[number].get("terminal_observation", observation[number])
            np.testing.assert_allclose(seen, alone[0], rtol=0, atol=1e-12)
            assert reward[number] == pytest.approx(alone[1], abs=1e-12)
            assert done[number] == alone[2]
            assert infos[number]["cost"] == pytest.approx(alone[4]["cost"], abs=1e-12)
            np.testing.assert_allclose(many.task_reward[number], alone[4]["task_reward"], rtol=0, atol=1e-12)
    for number, env in enumerate(singles):
        _, ours = many.finished_episode(number)
        theirs = env.process.flight.episode(0)[1]
        assert (ours.server == theirs.server).all()
        assert (ours.power == theirs.power).all()
        assert (ours.uav_xy == theirs.uav_xy).all()


@pytest.mark.parametrize(("view", "track"), FACES)
def test_actions_at_and_beyond_the_ends_of_their_range_are_valid_decisions(view, track):
    env = OffloadingVecEnv(SMALL, 20, view, track)
    rng = np.random.default_rng(0)
    play(env, (extremes(action, rng) for action in random_actions(env, 0)))
    for number in range(20):
        instance, decision = env.finished_episode(number)
        decision.check(instance)
        assert 0 <= evaluate(instance, decision).served_fraction <= 1


def test_all_end_together_and_begin_anew():
    env = OffloadingVecEnv(SMALL, 3)
    steps = play(env, random_actions(env, 0))
    assert [step[2].tolist() for step in steps] == [[False] * 3] * 5 + [[True] * 3]
    time = env.process.observer.layout.part(steps[-1][0], "time")
    assert (time == 0).all()
    last = np.stack([info["terminal_observation"] for info in steps[-1][3]])
    assert (env.process.observer.layout.part(last, "time") == 1).all()
    assert (env.process.observer.layout.part(last, "active") == 0).all()


def test_seeds_decide_episodes_and_a_source_goes_on_where_it_was():
    def drawn(episodes, blocks):
        return [episodes.draw(2).instance(1).id for _ in range(blocks)]

    ids = drawn(FreshEpisodes(SMALL, 4), 3)
    resumed = FreshEpisodes(SMALL, 4)
    resumed.drawn = 2
    assert drawn(resumed, 1) == ids[2:]
    assert len({*ids, *drawn(FreshEpisodes(SMALL, 5), 3)}) == 6
    env = OffloadingVecEnv(SMALL, 2)
    env.seed(4)
    env.reset()
    assert env.process.flight.horizons.instance(1).id == ids[0]


def test_given_instances_come_in_turn_whatever_the_seed():
    instances = [generate(SMALL, seed) for seed in range(3)]
    episodes = GivenEpisodes(instances)

    def ids(horizons):
        return [horizons.instance(number).id for number in range(2)]

    expected = [instance.id for instance in instances]
    assert ids(episodes.draw(2)) == expected[:2]
    assert ids(episodes.draw(2)) == [expected[2], expected[0]]
    episodes.restart(9)
    assert ids(episodes.draw(2)) == expected[:2]
    with pytest.raises(InputError, match="name at least one"):
        GivenEpisodes([])


@pytest.mark.parametrize("view", ["box", "multi-discrete"])
def test_an_sb3_algorithm_trains_and_is_evaluated_on_it(view):
    env = VecMonitor(OffloadingVecEnv("tiny", 4, view, "structured"))
    model = PPO("MlpPolicy", env, n_steps=4, batch_size=8, n_epochs=1, seed=0, device="cpu").learn(32)
    held_out = [generate(env.venv.process.scenario, seed) for seed in range(4)]
    test_env = OffloadingVecEnv(view=view, track="structured", count=4, xi=1.0, episodes=GivenEpisodes(held_out))
    rewards, lengths = evaluate_policy(model, VecMonitor(test_env), 4, return_episode_rewards=True, warn=False)
    assert lengths == [2] * 4
    costs = [evaluate(*test_env.finished_episode(number)).cost for number in range(4)]
    assert sorted(rewards) == pytest.approx(sorted(-cost for cost in costs), rel=1e-5)
