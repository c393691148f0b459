"""Views of the action: what they say, and that it can always be done."""

import numpy as np
import pytest

from skyedge.problem import generate_batch, score_slots, server_costs, world_of
from skyedge.rl.environment.action_views import (
    LEAST_POWER_SHARE,
    BoxView,
    HybridView,
    MultiDiscreteView,
    PackedView,
    moved,
    power_share,
)
from tests.rl.worlds import SMALL

WORLD = world_of(SMALL)
DEVICES, UAVS, SERVERS = 15, 3, 7
COUNT = 60


@pytest.fixture(scope="module")
def slot():
    return generate_batch(SMALL, (1,), COUNT).at(0)


@pytest.fixture
def rng():
    return np.random.default_rng(2)


def somewhere(rng, count=COUNT):
    return rng.random((count, UAVS, 2)) * WORLD.area_m


def box_action(moves, scores, power):
    return np.concatenate([part.reshape(len(part), -1) for part in (moves, scores, power)], axis=-1)


def test_moves_stay_in_their_disc_and_in_the_area(rng):
    here = np.concatenate([somewhere(rng, 500), np.tile([[0.0, 0.0], [500.0, 500.0], [0.0, 250.0]], (500, 1, 1))])
    there = moved(here, rng.normal(0, 3, here.shape), WORLD)
    assert (np.linalg.norm(there - here, axis=-1) <= WORLD.reach_m).all()
    assert (there >= 0).all()
    assert (there <= WORLD.area_m).all()


def test_moves_within_the_disc_are_carried_out_as_they_are():
    here = np.full((1, 3, 2), 250.0)
    there = moved(here, np.array([[[0.5, 0.0], [0.0, -1.0], [1.0, 1.0]]]), WORLD)
    np.testing.assert_allclose(there[0] - 250, [[30, 0], [0, -60], [60 / 2**0.5, 60 / 2**0.5]], atol=1e-9)


def test_power_runs_from_half_a_percent_to_full_power():
    assert power_share(np.array([-1.0, 0.0, 1.0, -9.0, 9.0])) == pytest.approx([0.005, 0.5025, 1.0, 0.005, 1.0])
    assert power_share(np.ones(1))[0] == 1.0


def test_the_hybrid_action_is_taken_at_its_word(slot, rng):
    view = HybridView(WORLD, masked=False)
    here = somewhere(rng)
    action = {
        "moves": np.zeros((COUNT, UAVS, 2)),
        "server": rng.integers(0, SERVERS + 1, (COUNT, DEVICES)),
        "power": rng.uniform(-1, 1, (COUNT, DEVICES)),
    }
    server, power, there = view.decode(action, slot, here)
    asked = slot.active & (action["server"] < SERVERS)
    assert (server[asked] == action["server"][asked]).all()
    assert (server[~asked] == -1).all()
    assert (power[~asked] == 0).all()
    np.testing.assert_allclose(power[asked], 0.2 * power_share(action["power"])[asked])
    assert (power[asked] >= LEAST_POWER_SHARE * 0.2 * (1 - 1e-12)).all()
    np.testing.assert_array_equal(there, here)


def test_the_packed_action_says_the_same_in_one_vector(slot, rng):
    hybrid, packed, here = HybridView(WORLD, masked=False), PackedView(WORLD, masked=False), somewhere(rng)
    action = {
        "moves": rng.uniform(-1, 1, (COUNT, UAVS, 2)),
        "server": rng.integers(0, SERVERS + 1, (COUNT, DEVICES)),
        "power": rng.uniform(-1, 1, (COUNT, DEVICES)),
    }
    vector = np.concatenate([part.reshape(COUNT, -1) for part in action.values()], axis=-1)
    assert packed.space.contains(vector[0].astype(np.float32))
    expected = hybrid.decode(action, slot, here)
    for vector_like in (vector, vector.astype(np.float32)):
        for ours, theirs in zip(packed.decode(vector_like, slot, here), expected, strict=True):
            np.testing.assert_allclose(ours, theirs, atol=1e-4)


def test_the_plain_box_gives_everyone_the_choice_it_scores_best(slot, rng):
    view = BoxView(WORLD, masked=False)
    scores = rng.uniform(-1, 1, (COUNT, DEVICES, SERVERS + 1))
    action = box_action(np.zeros((COUNT, UAVS, 2)), scores, np.ones((COUNT, DEVICES)))
    assert view.space.shape == action.shape[1:]
    server, power, _ = view.decode(action, slot, somewhere(rng))
    best = scores.argmax(axis=-1)
    assert (server == np.where(slot.active & (best < SERVERS), best, -1)).all()
    assert (power[server >= 0] == 0.2).all()


def test_the_masked_box_masks_at_the_new_positions(slot, rng):
    """At full power, whoever gets a server there is served, and servers are best ones that had room."""
    view = BoxView(WORLD, masked=True)
    here, moves = somewhere(rng), rng.uniform(-1, 1, (COUNT, UAVS, 2))
    scores = rng.uniform(-1, 1, (COUNT, DEVICES, SERVERS + 1))
    scores[..., -1] = -1  # prefer any server to none
    decided = view.decode(box_action(moves, scores, np.ones((COUNT, DEVICES))), slot, here)
    score = score_slots(slot, *decided)
    assert (score.served == (decided.server >= 0)).all()
    assert not score.broken[..., 1:].any()
    feasible = server_costs(slot, moved(here, moves, WORLD)).feasible
    load = (decided.server[..., None] == np.arange(SERVERS)).sum(axis=1)
    room = feasible & (load < WORLD.server_capacity)[:, None]
    assert not room[slot.active & (decided.server < 0)].any()  # none is left over where there is room
    own = np.take_along_axis(scores, np.maximum(decided.server, 0)[..., None], axis=-1)
    better = room & (scores[..., :-1] > own) & (decided.server >= 0)[..., None]
    assert not better.any()


def test_moves_of_the_compass_are_to_stay_and_eight_directions_of_two_lengths():
    compass = MultiDiscreteView.compass()
    assert len(compass) == 17
    assert np.linalg.norm(compass, axis=-1) == pytest.approx([0] + [0.5] * 8 + [1.0] * 8)
    assert compass[[1, 3, 9 + 4]] == pytest.approx(np.array([[0.5, 0], [0, 0.5], [-1, 0]]))


def test_numbers_name_moves_servers_and_powers(slot, rng):
    view = MultiDiscreteView(WORLD, masked=False)
    here = np.full((COUNT, UAVS, 2), 250.0)
    move = rng.integers(0, 17, (COUNT, UAVS))
    choice = rng.integers(0, SERVERS + 1, (COUNT, DEVICES))
    level = rng.integers(0, 5, (COUNT, DEVICES))
    action = np.concatenate([move, choice, level], axis=-1)
    assert all(view.space.contains(one) for one in action)
    server, power, there = view.decode(action, slot, here)
    assert (server == np.where(slot.active & (choice < SERVERS), choice, -1)).all()
    np.testing.assert_allclose(power, np.where(server >= 0, 0.2 * 2.0 ** (level - 4), 0))
    assert power.max() == 0.2
    np.testing.assert_allclose(there, 250 + 60 * view.compass()[move], atol=1e-9)


def test_a_masked_number_gives_way_to_the_next_allowed_one(slot, rng):
    view = MultiDiscreteView(WORLD, masked=True)
    here = somewhere(rng)
    feasible = server_costs(slot, here).feasible
    for k in range(0, DEVICES, 4):  # one device alone, so that no server is full
        for wanted in range(SERVERS + 1):
            choice = np.full((COUNT, DEVICES), SERVERS)
            choice[:, k] = wanted
            action = np.concatenate([np.zeros((COUNT, UAVS), int), choice, np.full((COUNT, DEVICES), 4)], axis=-1)
            server = view.decode(action, slot, here).server[:, k]
            for b in range(COUNT):
                in_turn = [(wanted + step) % SERVERS for step in range(SERVERS)] if wanted < SERVERS else []
                assert server[b] == next((j for j in in_turn if feasible[b, k, j]), -1)


def test_masked_numbers_break_no_constraint_but_by_leaving_tasks(slot, rng):
    view = MultiDiscreteView(WORLD, masked=True)
    view.space.seed(0)
    action = np.stack([view.space.sample() for _ in range(COUNT)])
    action[:, -DEVICES:] = 4  # full power
    score = score_slots(slot, *view.decode(action, slot, somewhere(rng)))
    assert not score.broken[..., 1:].any()
