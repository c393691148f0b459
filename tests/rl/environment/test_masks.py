"""Who may choose what, one after the other."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from skyedge.rl.environment.masks import allowed_choices, assign_in_turn


def plain_assignment(logits, allowed, capacity, score):
    """The same in plain loops, for one slot: choices, and what was allowed to each device when it chose."""
    devices, none = len(logits), len(capacity)

    def regret(k):
        best = sorted((logits[k][j] for j in range(none + 1) if allowed[k][j]), reverse=True)
        return best[0] - best[1] if len(best) > 1 else -math.inf

    room, choice, used = list(capacity), [none] * devices, [None] * devices
    for k in sorted(range(devices), key=lambda k: -regret(k)):
        used[k] = [bool(allowed[k][j] and (j == none or room[j] > 0)) for j in range(none + 1)]
        choice[k] = max((j for j in range(none + 1) if used[k][j]), key=lambda j: score[k][j])
        if choice[k] < none:
            room[choice[k]] -= 1
    return choice, used


def random_case(seed, slots=3, devices=6, servers=4):
    rng = np.random.default_rng(seed)
    logits = rng.integers(-3, 4, (slots, devices, servers + 1)) + rng.choice([0.0, 0.5])  # with equals
    allowed = allowed_choices(rng.random((slots, devices, servers)) < rng.choice([0.2, 0.6, 1.0]))
    return logits, allowed, rng.integers(0, 4, servers), rng.gumbel(size=logits.shape)


@given(st.integers(0, 2**32 - 1), st.booleans())
def test_devices_choose_as_plain_loops_would_let_them(seed, noisy):
    logits, allowed, capacity, noise = random_case(seed)
    choice, used = assign_in_turn(logits, allowed, capacity, noise if noisy else None)
    for slot in range(len(logits)):
        score = logits[slot] + noise[slot] if noisy else logits[slot]
        expected = plain_assignment(logits[slot], allowed[slot], capacity, score)
        assert choice[slot].tolist() == expected[0]
        assert used[slot].tolist() == expected[1]


@given(st.integers(0, 2**32 - 1))
def test_no_server_gets_more_than_it_admits_and_nobody_what_is_not_allowed(seed):
    logits, allowed, capacity, noise = random_case(seed)
    choice, used = assign_in_turn(logits, allowed, capacity, noise)
    load = (choice[..., None] == np.arange(len(capacity))).sum(axis=1)
    assert (load <= capacity).all()
    assert np.take_along_axis(used, choice[..., None], axis=-1).all()
    assert not (used & ~allowed).any()


def test_what_was_given_is_not_changed():
    logits, allowed, capacity, noise = random_case(0)
    before = [array.copy() for array in (logits, allowed, capacity, noise)]
    assign_in_turn(logits, allowed, capacity, noise)
    for array, copy in zip((logits, allowed, capacity, noise), before, strict=True):
        assert (array == copy).all()


def test_who_would_lose_most_chooses_first():
    logits = np.array([[1.0, 0.9, -9.0], [1.0, 0.0, -9.0]])  # both want server 0; the second has more to lose
    choice, used = assign_in_turn(logits, np.ones((2, 3), bool), np.array([1, 1]))
    assert choice.tolist() == [1, 0]
    assert used.tolist() == [[False, True, True], [True, True, True]]


def test_gumbel_noise_samples_the_masked_softmax_and_its_log_probability_is_exact():
    draws = 40_000
    rng = np.random.default_rng(0)
    logits = np.broadcast_to([[0.3, 1.0, -0.5], [2.0, 0.1, 0.0]], (draws, 2, 3))
    allowed = np.broadcast_to([[True, True, True], [True, True, True]], (draws, 2, 3))
    choice, used = assign_in_turn(logits, allowed, np.array([1, 5]), rng.gumbel(size=logits.shape))
    masked = np.where(used, logits, -np.inf)
    log_softmax = masked - np.log(np.exp(masked).sum(axis=-1, keepdims=True))
    log_probability = np.take_along_axis(log_softmax, choice[..., None], axis=-1).sum(axis=(-2, -1))
    pair = choice[:, 0] * 3 + choice[:, 1]
    for outcome in np.unique(pair):
        probability = np.exp(log_probability[pair == outcome])
        assert np.ptp(probability) < 1e-12
        deviation = math.sqrt(probability[0] / draws)
        assert abs((pair == outcome).mean() - probability[0]) < 5 * deviation
