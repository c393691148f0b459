"""Hybrid actions: any space is packed into rows and comes back as it was."""

import numpy as np
import pytest
from gymnasium import spaces

from skyedge.problem import InputError
from skyedge.rl.ad_sac.hybrid_actions import HybridActions

MIXED = spaces.Dict(
    {
        "gear": spaces.Discrete(3, start=-1),
        "move": spaces.Tuple((spaces.Box(-2.0, 4.0, (2, 1)), spaces.MultiBinary(2))),
        "switches": spaces.MultiDiscrete([[2, 3], [4, 5]]),
    }
)


def test_a_nested_space_has_its_branches_and_coordinates_in_order():
    actions = HybridActions(MIXED)
    assert (actions.options, actions.coordinates, actions.width) == ((3, 2, 2, 2, 3, 4, 5), 2, 9)


def test_rows_are_unpacked_into_the_space():
    row = np.array([[2, 1, 0, 1, 2, 3, 4, -1.0, 0.5]])
    (action,) = HybridActions(MIXED).unpack(row)
    assert action["gear"] == 1
    np.testing.assert_array_equal(action["move"][0], [[-2.0], [2.5]])
    np.testing.assert_array_equal(action["move"][1], [1, 0])
    np.testing.assert_array_equal(action["switches"], [[1, 2], [3, 4]])


@pytest.mark.parametrize("space", [MIXED, spaces.Discrete(4), spaces.MultiDiscrete([2, 5]), spaces.Box(-1, 3, (2, 2))])
def test_whatever_is_sampled_lies_in_the_space(space):
    actions = HybridActions(space)
    rows = actions.sample(200, np.random.default_rng(0))
    assert all(space.contains(action) for action in actions.unpack(rows))
    reached = [len(np.unique(column)) for column in rows[:, : len(actions.options)].T]
    assert reached == list(actions.options)


@pytest.mark.parametrize(
    ("space", "reason"),
    [
        (spaces.Tuple((spaces.Discrete(2), spaces.Text(3))), r"action\[1\] is a Text"),
        (spaces.Dict({"a": spaces.Box(0, np.inf, (1,))}), r"action\['a'\] is a Box without bounds"),
    ],
)
def test_other_spaces_are_refused_with_their_place(space, reason):
    with pytest.raises(InputError, match=reason):
        HybridActions(space)
