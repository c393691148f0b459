"""Flat observations and their tables."""

import numpy as np
import torch

from skyedge.rl.environment.observation import Layout

LAYOUT = Layout(
    {"device": 3, "uav": 2, "slot": 1}, {"device": {"a": 1, "b": 4}, "uav": {"c": 2}, "slot": {"d": 1, "e": 0}}
)


def test_parts_share_out_an_observation():
    observation = np.zeros((5, LAYOUT.size))
    for name in "abcde":
        LAYOUT.part(observation, name)[:] += 1
    assert (observation == 1).all()
    assert LAYOUT.size == 3 * 5 + 2 * 2 + 1


def test_tables_have_a_row_per_thing_and_named_columns():
    observation = np.arange(LAYOUT.size)
    assert LAYOUT.table(observation, "device").tolist() == [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9], [10, 11, 12, 13, 14]]
    assert LAYOUT.part(observation, "b")[1].tolist() == [6, 7, 8, 9]
    assert LAYOUT.table(observation, "uav").tolist() == [[15, 16], [17, 18]]
    assert LAYOUT.columns["b"] == slice(1, 5)
    assert LAYOUT.groups["device"].width == 5


def test_tensors_come_apart_as_arrays_do():
    observation = np.random.default_rng(0).random((4, 6, LAYOUT.size))
    for name in "abcde":
        found = LAYOUT.part(torch.from_numpy(observation), name)
        np.testing.assert_array_equal(found.numpy(), LAYOUT.part(observation, name))
