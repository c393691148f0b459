"""AD-SAC on the suite's own environment, in its three tracks."""

import numpy as np
import pytest
import torch

from skyedge.problem import InputError, Scenario, evaluate, generate, server_costs
from skyedge.rl.ad_sac.mpo import Temperature
from skyedge.rl.ad_sac.settings import StructuredSettings
from skyedge.rl.ad_sac.structured.critics import DeviceCritic, FutureCostNetwork, PerDevice
from skyedge.rl.ad_sac.structured.mover import LOG_STD, GaussianMover
from skyedge.rl.algorithms import get, hyperparameters
from skyedge.rl.environment.episodes import GivenEpisodes
from skyedge.rl.environment.observation import StructuredObserver
from skyedge.rl.environment.vec_env import OffloadingVecEnv
from skyedge.rl.networks.distributions import Gaussian, log_density
from skyedge.solvers import solve

TINY = Scenario.preset("tiny")
SMALL = Scenario.preset("paper").replace(devices=5, uavs=2, satellites=2, slots=4)
TRACKS = ("plain", "structured")
EVERY = [(name, track) for name in ("ad-sac", "ad-sac-d", "ad-sac-c") for track in TRACKS]
EVERY.append(("ad-sac-exact", "model-based"))
QUICK = {"environments": 4, "width": 16, "batch_size": 8, "learning_starts": 8}


def learned(name, track, world, slots, seed=0, **options):
    entry, config = get(name), hyperparameters(name, track, options)
    env = OffloadingVecEnv(world, config.environments, entry.view, track, seed=seed)
    return entry.build(env, config, track, seed).learn(slots)


def observations(count=6):
    env = OffloadingVecEnv(SMALL, count, "hybrid", "structured", seed=3)
    return env, env.reset()


@pytest.mark.parametrize(("name", "track"), EVERY)
def test_the_same_seed_gives_the_same_weights_and_another_gives_others(name, track):
    first, again, other = (learned(name, track, SMALL, 80, seed, **QUICK).policy.state_dict() for seed in (3, 3, 4))
    assert all(torch.equal(first[key], again[key]) for key in first)
    assert not all(torch.equal(first[key], other[key]) for key in first)


@pytest.mark.parametrize(("name", "track"), EVERY)
def test_a_decision_does_not_depend_on_what_else_is_decided_at_the_time(name, track):
    model = learned(name, track, SMALL, 80, **QUICK)
    seen = OffloadingVecEnv(SMALL, 6, get(name).view, track, seed=3).reset()
    together = model.policy.rows(seen, deterministic=True)
    alone = np.concatenate([model.policy.rows(one[None], deterministic=True) for one in seen])
    np.testing.assert_allclose(together, alone, atol=1e-5)


@pytest.mark.parametrize(("name", "track"), [one for one in EVERY if "plain" not in one])
def test_counterfactual_choices_are_refused_where_places_are_sampled(name, track):
    with pytest.raises(InputError, match="plain track"):
        learned(name, track, SMALL, 80, **QUICK, counterfactuals=1)


def test_what_each_device_might_have_chosen_instead_is_stored_with_the_reward_it_would_have_brought():
    environments = QUICK["environments"]
    model = learned("ad-sac", "plain", SMALL, environments, **QUICK, counterfactuals=2)
    stored, devices = model.replay_buffer.actions[0], SMALL.devices
    rows, options, rewards = np.split(stored, [model.actions.width, model.actions.width + 2 * devices], axis=1)
    again = OffloadingVecEnv(SMALL, environments, "hybrid", "plain", seed=0)
    for device, which in np.ndindex(devices, 2):
        exchanged, place = rows.copy(), 2 * device + which
        exchanged[:, device] = options[:, place]
        again.process.episodes.restart(0)
        again.reset()
        reward = again.step(model.actions.unpack(exchanged))[1]
        np.testing.assert_allclose(rewards[:, place], reward, rtol=1e-5)
    assert len(np.unique(rewards)) > environments


@pytest.mark.parametrize("name", ["ad-sac", "ad-sac-d"])
def test_choosing_in_turn_finds_choices_that_the_critic_and_the_policy_like_better(name):
    model = learned(name, "plain", SMALL, 80, **QUICK)
    agents, seen = model.policy.agents, torch.as_tensor(OffloadingVecEnv(SMALL, 6, get(name).view, seed=3).reset())
    log_l, gaussian = agents._apart(agents.policy(seen))
    what, modes = torch.cat([seen, gaussian.mean.tanh()], dim=1), log_l.argmax(-1)

    def liked(choice):
        of_seen, table = agents.discrete.joint_q.of_seen(what), agents.branches.pad(agents.discrete.q(what)[:, 1:])
        each = log_l + table / 0.01
        return each.gather(-1, choice[..., None]).sum((1, 2)) + agents.discrete.joint_q(of_seen, choice) / 0.01

    chosen = [modes]
    for _ in range(3):
        chosen.append(agents.discrete.in_turn(what, chosen[-1], log_l, torch.tensor(0.01), 1, best=True))
    values = torch.stack([liked(choice) for choice in chosen])
    assert (values.diff(dim=0) >= -1e-3).all()
    assert (values[1] > values[0]).any()


def test_exact_decisions_are_the_best_for_the_moves_that_were_made():
    instances = [generate(SMALL, seed) for seed in range(2)]
    env = OffloadingVecEnv(view="moves", track="model-based", count=2, episodes=GivenEpisodes(instances))
    env.reset()
    rng = np.random.default_rng(0)
    for _ in range(SMALL.slots):
        env.step(rng.uniform(-1, 1, (2, SMALL.uavs, 2)))
    instance, decision = env.finished_episode(1)
    cost = evaluate(instance, decision).cost
    others = [decision.server.copy() for _ in range(30)]
    for server in others:
        t, k = rng.integers(SMALL.slots), rng.integers(SMALL.devices)
        server[t, k] = rng.integers(-1, SMALL.uavs + SMALL.satellites) if instance.active[t, k] else -1
        power = np.where(server >= 0, instance.max_power_w, 0.0)
        assert evaluate(instance, type(decision)(server, power, decision.uav_xy)).cost >= cost - 1e-9


def test_a_new_critic_says_what_devices_cost_when_they_choose_in_turn():
    env, seen = observations()
    critic = DeviceCritic(SMALL, PerDevice(SMALL, 16))
    torch.nn.init.zeros_(critic.later.network.device_head.weight)
    said = -critic(torch.as_tensor(seen)).detach().numpy()
    costs = server_costs(env.process.slot, env.process.uav_xy)
    cheapest = np.minimum(np.where(costs.feasible, costs.cost, np.inf).min(-1), SMALL.unserved_penalty)
    active = env.process.slot.active
    assert (said[~active] == 0).all()
    assert (said[active] >= cheapest[active] - 1e-5).all()
    assert (said[active] <= SMALL.unserved_penalty + 1e-5).all()


def test_what_is_said_of_later_slots_does_not_depend_on_the_requests_of_this_one():
    env, seen = observations()
    later, layout = FutureCostNetwork(SMALL, 16), StructuredObserver(SMALL).layout
    others = seen.copy()
    for name in ("active", "request", "cost", "cost_below", "snr", "window"):
        layout.part(others, name)[:] = layout.part(seen, name)[::-1]
    torch.testing.assert_close(later(torch.as_tensor(seen)), later(torch.as_tensor(others)))
    moved, _ = env.process.observer.after_moves(seen, np.ones((len(seen), SMALL.uavs, 2)))
    assert not torch.equal(later(torch.as_tensor(seen)), later(torch.as_tensor(moved)))


def test_moves_are_never_liked_less_than_the_mean_of_the_policy_itself():
    torch.manual_seed(0)
    _, seen = observations()
    mover = GaussianMover(SMALL, StructuredSettings(width=16, decide_samples=64))
    mover.step.temperature = Temperature(1.0, 0.01)
    torch.nn.init.normal_(mover.mean_q.later.says.weight)  # places differ
    observation = torch.as_tensor(seen)

    def liking(moves):
        """ln of what the E-step makes of ℓ, but for a constant."""
        prior = log_density(moves.atanh(), policy.mean, policy.log_std).sum((1, 2))
        eta = mover.settings.greed * mover.step.temperature.eta()
        return prior + mover.judge(observation, moves) / eta

    with torch.no_grad():
        policy = Gaussian.of(mover.hybrid(observation).uav, LOG_STD)
        own, chosen = liking(policy.mean.tanh()), liking(mover.moves(mover.act(observation, deterministic=True)))
    rounding = 1e-4 * own.abs()
    assert (chosen >= own - rounding).all()
    assert (chosen > own + rounding).any()


def test_each_judgement_changes_the_move_of_one_uav():
    torch.manual_seed(0)
    _, seen = observations()
    mover, observation = GaussianMover(SMALL, StructuredSettings(width=16)), torch.as_tensor(seen)
    raw, others = torch.randn(6, SMALL.uavs, 2).tanh(), torch.randn(3, 6, SMALL.uavs, 2).tanh()
    with torch.no_grad():
        q = mover.judge_each(observation, raw, others)
        for sample, uav in np.ndindex(3, SMALL.uavs):
            joint = raw.clone()
            joint[:, uav] = others[sample, :, uav]
            torch.testing.assert_close(q[sample, :, uav], mover.judge(observation, joint))


def test_with_uavs_elsewhere_an_observation_is_that_of_the_same_slot_there():
    env, seen = observations()
    process, rng = env.process, np.random.default_rng(1)
    there = rng.uniform(0, SMALL.area_m, (6, SMALL.uavs, 2))
    rates = process.flight.horizons.arrival_rate
    expected = process.observer.observe(rates, 0, process.slot, there)
    found, allowed = process.observer.with_uavs_at(seen, there)
    np.testing.assert_allclose(found, expected, atol=2e-4)
    np.testing.assert_array_equal(allowed, process.observer.allowed(expected))


@pytest.mark.slow
@pytest.mark.parametrize(("name", "track"), EVERY)
def test_it_learns_to_beat_random_by_far(name, track):
    instances = [generate(TINY, seed) for seed in range(100)]
    by_chance = np.mean([evaluate(instance, solve("random", instance).decision).cost for instance in instances])
    model = learned(name, track, TINY, 3000)
    env = OffloadingVecEnv(count=100, view=get(name).view, track=track, episodes=GivenEpisodes(instances))
    observation = env.reset()
    for _ in range(TINY.slots):
        observation = env.step(model.predict(observation, deterministic=True)[0])[0]
    cost = np.mean([evaluate(*env.finished_episode(number)).cost for number in range(100)])
    assert cost < (0.8 if track == "plain" else 0.75) * by_chance
