"""The ablations: the same agents, with everything discretised or everything relaxed, or with a part left out."""

import numpy as np
import pytest
import torch

from skyedge.problem import Scenario, score_slots
from skyedge.rl.ad_sac.batch import Action
from skyedge.rl.ad_sac.settings import StructuredSettings
from skyedge.rl.ad_sac.structured.critics import shortfall
from skyedge.rl.ad_sac.structured.offloader import GaussianPowers, LevelPowers
from skyedge.rl.algorithms import get, hyperparameters
from skyedge.rl.environment.action_views import MultiDiscreteView, power_share

SMALL = Scenario.preset("paper").replace(devices=6, uavs=2, satellites=2, slots=4)
QUICK = {"environments": 8, "width": 16, "batch_size": 8, "learning_starts": 8}
SETTINGS = StructuredSettings(width=16)


def made(name, **options):
    entry, config = get(name), hyperparameters(name, "structured", QUICK | options)
    env = entry.environment(SMALL, config, "structured", 0)
    return entry.build(env, config, "structured", 0), env


@pytest.mark.parametrize("name", ["ad-sac", "ad-sac-d", "ad-sac-c"])
@pytest.mark.parametrize("deterministic", [True, False])
def test_what_agents_mean_is_what_the_environment_does(name, deterministic):
    model, env = made(name)
    seen, agents = torch.as_tensor(env.reset()), model.policy.agents
    rows = agents.act(seen, deterministic)
    decided = env.process.view.decode(model.actions.unpack(rows.numpy()), env.process.slot, env.process.uav_xy)
    branches = len(model.actions.options)
    action = Action(rows[:, :branches].long(), rows[:, branches:])
    after, allowed = agents.observer.after_moves(seen.numpy(), agents.mover.moves(action).numpy())
    there = agents.observer.positions(after)
    np.testing.assert_allclose(decided.uav_xy, there, atol=0.01)
    score = score_slots(env.process.slot, *decided)
    assert (score.served == (decided.server >= 0)).mean() > 0.75  # half of full power may be too little
    if name != "ad-sac-c":
        server = action.choice[:, agents.mover.branches :][:, : SMALL.devices].numpy()
        offloaded = decided.server >= 0
        np.testing.assert_array_equal(server[offloaded], decided.server[offloaded])
        assert (np.take_along_axis(allowed, server[..., None], axis=-1)).all()


def test_power_levels_of_the_discrete_agent_are_those_of_its_view():
    powers = LevelPowers(SETTINGS)
    shares = power_share(powers.levels.numpy())
    np.testing.assert_allclose(shares, MultiDiscreteView.shares, rtol=1e-6)
    action, level = powers.act(torch.eye(5)[None], deterministic=True)
    assert action.choice.tolist() == [[0, 1, 2, 3, 4]]
    both = Action(torch.cat([torch.zeros(1, 5, dtype=torch.long), action.choice], dim=1), action.level)
    assert torch.equal(powers.level(both), level)


@pytest.mark.parametrize("powers", [LevelPowers(SETTINGS), GaussianPowers(SETTINGS)])
def test_the_powers_of_the_hybrid_policy_go_where_they_are_worth_most(powers):
    torch.manual_seed(0)
    weights = torch.zeros(4, 3, powers.width, requires_grad=True)
    optimizer = torch.optim.Adam([weights, *powers.parameters()], lr=0.05)
    old = weights.detach().clone()
    for step in range(400):
        loss = powers.improvement(lambda level: -(level + 0.5).abs(), old, weights, old, torch.ones(4, 3))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 20 == 19:
            old = weights.detach().clone()
    level = powers.act(weights.detach(), deterministic=True)[1]
    assert level.numpy() == pytest.approx(-0.5, abs=0.15)


def test_shared_errors_are_those_of_sums_and_own_ones_those_of_devices():
    said, goal = torch.tensor([[1.0, 2.0]]), torch.tensor([[2.0, 1.0]])
    assert shortfall(said, goal, apart=True).tolist() == [[1.0, 1.0]]
    assert shortfall(said, goal, apart=False).tolist() == [[0.0]]


@pytest.mark.parametrize("name", ["ad-sac", "ad-sac-d", "ad-sac-c"])
@pytest.mark.parametrize("without", ["hybrid_policy", "masks", "device_rewards"])
def test_each_agent_learns_without_each_part(name, without):
    model, _ = made(name, **{without: False})
    before = {key: value.clone() for key, value in model.policy.state_dict().items()}
    model.learn(64)
    changed = {key for key, value in model.policy.state_dict().items() if not torch.equal(value, before[key])}
    hybrid = {key for key in changed if ".hybrid." in key}
    assert any(".q." in key for key in changed)
    assert any(".policy." in key for key in changed)
    assert bool(hybrid) == (without != "hybrid_policy")


def test_without_masks_a_policy_may_choose_what_cannot_be():
    model, env = made("ad-sac", masks=False, hybrid_policy=False)
    seen = torch.as_tensor(env.reset())
    agents = model.policy.agents
    choice = agents.act(seen, deterministic=False)[:, : SMALL.devices].long().numpy()
    _, allowed = agents.observer.after_moves(seen.numpy(), np.zeros((8, SMALL.uavs, 2)))
    assert not np.take_along_axis(allowed, choice[..., None], axis=-1).all()
