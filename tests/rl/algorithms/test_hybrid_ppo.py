"""Hybrid-PPO: its log-probabilities are those of what it does."""

from itertools import product

import numpy as np
import pytest
import torch
from torch.distributions import Normal, TransformedDistribution
from torch.distributions.transforms import TanhTransform

from skyedge.problem import Scenario
from skyedge.rl.algorithms.hybrid.credit import CREDITS, Outcome
from skyedge.rl.algorithms.hybrid.policy import HybridPolicy
from skyedge.rl.environment.vec_env import OffloadingVecEnv
from skyedge.rl.networks.distributions import squashed_log_density
from tests.rl.worlds import TRACKS

BUSY = Scenario.preset("tiny").replace(
    arrival_rate=(4.0, 4.0), uav_capacity=1, sat_capacity=1, uav_radius_m=300.0, min_accuracy=0.3
)
DEVICES, CHOICES = 4, 4


def policy_of(scenario, track):
    env = OffloadingVecEnv(scenario, 6, "packed", track, seed=2)
    spaces = (env.observation_space, env.action_space)
    policy = HybridPolicy(*spaces, lambda _: 1e-3, scenario=scenario, track=track, width=16, log_std=-0.3)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for weight in policy.parameters():
            weight += 0.3 * torch.randn(weight.shape, generator=generator)
    return policy, torch.as_tensor(env.reset())


def in_turn(logits, allowed, capacity, choice):
    """Log-probability that devices, by falling regret, choose so; -inf if they cannot."""
    room, total = list(capacity), 0.0

    def regret(k):
        known = sorted((logits[k][j] for j in range(len(logits[k])) if allowed[k][j]), reverse=True)
        return known[0] - known[1] if len(known) > 1 else -np.inf

    for k in sorted(range(len(logits)), key=lambda k: -regret(k)):
        free = [j for j in range(len(logits[k])) if allowed[k][j] and (j == len(room) or room[j] > 0)]
        if choice[k] not in free:
            return -np.inf
        total += logits[k][choice[k]] - np.log(sum(np.exp(logits[k][j]) for j in free))
        if choice[k] < len(room):
            room[choice[k]] -= 1
    return total


def brute_force(policy, sample, row):
    """Log-probabilities of all joint choices of servers in a row, by what is chosen."""
    observer = policy.observer
    allowed = np.ones((DEVICES, CHOICES), bool)
    if policy.track == "structured":
        allowed = observer.allowed(sample.after.numpy())[row]
    logits = policy.offloader(sample.after).choice.detach().numpy()[row].astype(float)
    every = product(range(CHOICES), repeat=DEVICES)
    return {choice: in_turn(logits, allowed, policy.capacity, choice) for choice in every}


@pytest.mark.parametrize("track", TRACKS)
def test_log_probabilities_equal_those_found_by_enumeration(track):
    policy, observation = policy_of(BUSY, track)
    torch.manual_seed(5)
    sample = policy.act(observation)
    with torch.no_grad():
        judged, said = policy.judge(observation, sample), policy.offloader(sample.after)
    spread = policy.log_std.detach().exp()
    power = TransformedDistribution(Normal(said.device[..., 0], spread[1]), TanhTransform())
    loudness = power.log_prob(sample.power.tanh())
    mean = policy.mover(observation).uav.detach().double()  # far moves have squashed numbers near 1
    moves = TransformedDistribution(Normal(mean, spread[0].double()), TanhTransform())
    expected = moves.log_prob(sample.moves.double().tanh()).sum(-1).float()
    torch.testing.assert_close(judged.uav_log_prob, expected, atol=1e-3, rtol=1e-4)
    for row in range(len(observation)):
        table = brute_force(policy, sample, row)
        assert np.exp(list(table.values())).sum() == pytest.approx(1)
        server = sample.server[row]
        expected = table[tuple(server.tolist())] + float(loudness[row][server < CHOICES - 1].sum())
        assert float(judged.device_log_prob[row].sum()) == pytest.approx(expected, abs=1e-3)


def test_servers_are_drawn_as_often_as_their_probabilities_say():
    policy, observation = policy_of(BUSY, "structured")
    with torch.no_grad():
        policy.log_std.fill_(-30.0)  # always the same moves
        for weight in policy.offloader.choice_head.parameters():
            weight /= 4  # choices that are open
    torch.manual_seed(7)
    draws = 4000
    sample = policy.act(observation[:1].expand(draws, -1))
    probability = {choice: np.exp(log) for choice, log in brute_force(policy, sample, 0).items()}
    counts = dict.fromkeys(probability, 0)
    for server in sample.server.tolist():
        counts[tuple(server)] += 1
    likely = [choice for choice in probability if probability[choice] > 0.005]
    assert len(likely) > 5
    assert all(counts[choice] == 0 for choice in probability if probability[choice] == 0)
    for choice in likely:
        spread = np.sqrt(probability[choice] * (1 - probability[choice]) / draws)
        assert abs(counts[choice] / draws - probability[choice]) < 5 * spread


def test_the_density_of_squashed_numbers_integrates_to_one():
    squashed = torch.linspace(-1, 1, 200_001, dtype=torch.float64)[1:-1]
    for mean, log_std in [(0.0, -0.5), (1.2, -1.0), (-0.7, 0.2)]:
        spread = torch.tensor(log_std, dtype=torch.float64)
        density = squashed_log_density(squashed.atanh(), torch.tensor(mean, dtype=torch.float64), spread).exp()
        assert float(torch.trapezoid(density, squashed)) == pytest.approx(1, abs=1e-3)
    far = squashed_log_density(torch.tensor([-40.0, 40.0]), torch.zeros(2), torch.tensor(0.0))
    assert far.isfinite().all()


def test_the_likeliest_action_is_the_same_again_and_keeps_capacities():
    policy, observation = policy_of(BUSY, "structured")
    first, second = policy.act(observation, deterministic=True), policy.act(observation, deterministic=True)
    assert all(torch.equal(*pair) for pair in zip(first, second, strict=True))
    for server in first.server:
        assert (np.bincount(server, minlength=CHOICES)[:-1] <= policy.capacity).all()
    assert first.used.gather(-1, first.server[..., None]).all()
    packed = policy.predict(observation.numpy(), deterministic=True)[0]
    np.testing.assert_array_equal(packed, policy.packed(first).numpy())


def test_devices_are_credited_with_their_own_rewards_and_uavs_with_the_joint_advantage():
    policy, observation = policy_of(BUSY, "structured")
    with torch.no_grad():
        judged = policy.judge(observation, policy.act(observation))
    active = torch.ones(6, DEVICES)
    active[:, 0] = 0
    own = torch.zeros(6, DEVICES)
    own[0, 2] = 5.0
    outcome = Outcome(judged.device_value + own, active, torch.arange(6.0), judged.value + 2)
    advantage = CREDITS["structured"].advantages(judged, outcome)
    assert (advantage[:, 2].argmax(), advantage.shape[1]) == (0, DEVICES + 2)
    torch.testing.assert_close(advantage[1:, 1], advantage[1:, 3])
    torch.testing.assert_close(advantage[:, DEVICES], advantage[:, DEVICES + 1])
    assert advantage[:, DEVICES].mean().abs() < 1e-6
    assert float(CREDITS["structured"].value_loss(judged, outcome)) == pytest.approx(4 + 25 / 18, rel=1e-4)
    assert float(CREDITS["plain"].value_loss(judged, outcome)) == pytest.approx(4, rel=1e-4)
    factors = CREDITS["structured"].factors(judged, active)
    assert factors.weight[:, 0].sum() == 0
    total = CREDITS["plain"].factors(judged, active).log_prob
    torch.testing.assert_close(factors.log_prob.sum(1, keepdim=True), total)
