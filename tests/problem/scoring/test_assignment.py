"""The exact assignment against enumeration of every assignment there is."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skyedge.problem import best_assignment
from tests.worlds import generators

PENALTY = 5.0
INF = np.inf

quick = settings(max_examples=300, deadline=None)


def total_cost(cost, server, penalty=PENALTY):
    """What an assignment costs, summed task by task."""
    return sum(penalty if j == -1 else cost[k, j] for k, j in enumerate(server))


def keeps_capacity(server, capacity):
    return all(np.count_nonzero(np.asarray(server) == j) <= room for j, room in enumerate(capacity))


def brute_force(cost, capacity):
    """The least total cost over all assignments that keep the capacities."""
    tasks, servers = cost.shape
    choices = product(range(-1, servers), repeat=tasks)
    return min(total_cost(cost, choice) for choice in choices if keeps_capacity(choice, capacity))


def random_costs(rng, *shape):
    """Costs around the penalty, some infinite, often tied."""
    cost = rng.uniform(0, 1.4 * PENALTY, shape) if rng.random() < 0.5 else rng.integers(0, 7, shape).astype(float)
    return np.where(rng.random(shape) < rng.choice([0.0, 0.3, 0.8]), INF, cost)


@given(generators(), st.integers(1, 5), st.integers(1, 3))
@quick
def test_no_assignment_is_cheaper(rng, tasks, servers):
    cost, capacity = random_costs(rng, tasks, servers), rng.integers(0, 4, servers)
    server = best_assignment(cost, capacity, PENALTY)
    assert keeps_capacity(server, capacity)
    assert total_cost(cost, server) == pytest.approx(brute_force(cost, capacity), rel=1e-12)


@given(generators(), st.integers(1, 40), st.integers(1, 8))
@quick
def test_capacity_is_never_exceeded_and_no_impossible_server_is_taken(rng, tasks, servers):
    cost, capacity = random_costs(rng, tasks, servers), rng.integers(0, 6, servers)
    server = best_assignment(cost, capacity, PENALTY)
    assert server.shape == (tasks,)
    assert np.issubdtype(server.dtype, np.integer)
    assert set(server.tolist()) <= set(range(-1, servers))
    assert keeps_capacity(server, capacity)
    assert np.isfinite(total_cost(cost, server))


@given(generators())
@quick
def test_a_batch_is_assigned_problem_by_problem(rng):
    cost, capacity = random_costs(rng, 2, 3, 4, 2), rng.integers(0, 4, 2)
    batch = best_assignment(cost, capacity, PENALTY)
    assert batch.shape == (2, 3, 4)
    for index in np.ndindex(2, 3):
        alone = best_assignment(cost[index], capacity, PENALTY)
        assert total_cost(cost[index], batch[index]) == total_cost(cost[index], alone)


@given(generators(), st.integers(1, 5), st.integers(1, 3))
@quick
def test_permuting_the_tasks_leaves_the_total(rng, tasks, servers):
    cost, capacity = random_costs(rng, tasks, servers), rng.integers(0, 4, servers)
    other = cost[rng.permutation(tasks)]
    before = total_cost(cost, best_assignment(cost, capacity, PENALTY))
    assert total_cost(other, best_assignment(other, capacity, PENALTY)) == pytest.approx(before, rel=1e-12)


def test_with_room_for_all_each_task_takes_its_cheapest_server():
    cost = np.array([[1.0, 2.0], [3.0, 2.0], [2.0, INF]])
    assert best_assignment(cost, np.array([3, 3]), PENALTY).tolist() == [0, 1, 0]


def test_a_scarce_place_goes_to_the_task_that_loses_most_without_it():
    cost = np.array([[1.0, 4.0], [1.5, INF]])  # 4 + 1.5 against 1 + 5
    assert best_assignment(cost, np.array([1, 1]), PENALTY).tolist() == [1, 0]


def test_a_task_dearer_than_the_penalty_is_left_unserved():
    cost = np.array([[6.0], [1.0]])
    assert best_assignment(cost, np.array([2]), PENALTY).tolist() == [-1, 0]


def test_idle_tasks_and_servers_without_room_stay_empty():
    cost = np.array([[INF, INF], [1.0, 2.0], [1.0, 2.0]])
    assert best_assignment(cost, np.array([0, 1]), PENALTY).tolist() in ([-1, 1, -1], [-1, -1, 1])
    assert best_assignment(np.full((3, 2), INF), np.array([3, 3]), PENALTY).tolist() == [-1, -1, -1]
    assert best_assignment(np.ones((3, 2)), np.array([0, 0]), PENALTY).tolist() == [-1, -1, -1]


def test_without_servers_nothing_is_assigned():
    assert best_assignment(np.zeros((2, 3, 0)), np.zeros(0, int), PENALTY).tolist() == [[-1] * 3] * 2
