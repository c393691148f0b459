"""Gathers of arrays, and limits that hold within a billionth of themselves."""

import numpy as np
import pytest

from skyedge.problem.physics.links import TOLERANCE, accurate, covered, in_time, squared_distances
from tests.worlds import random_world

LITTLE = 1e-12


def test_the_tolerance_is_a_billionth():
    assert TOLERANCE == 1e-9


@pytest.mark.parametrize(("beyond", "kept"), [(0.0, True), (1e-9, True), (1e-9 + LITTLE, False), (-1e-3, True)])
def test_limits_are_kept_up_to_the_tolerance(beyond, kept):
    assert in_time(4.0 * (1 + beyond), 4.0) == kept
    assert accurate(0.5 * (1 - beyond), 0.5) == kept
    assert covered((64.0 * (1 + beyond)) ** 2, 64.0, 0.0) == kept


def test_half_of_the_way_counts_against_the_radius():
    assert covered(50.0**2, 60.0, 20.0)
    assert not covered(50.0**2, 60.0, 20.001)


def test_distances_are_horizontal():
    device_xy, uav_xy = np.array([[1.0, 2.0], [5.0, 5.0]]), np.array([[4.0, 6.0], [1.0, 1.0], [5.0, 5.0]])
    assert squared_distances(device_xy, uav_xy).tolist() == [[25, 1, 25], [2, 32, 0]]


def test_leading_axes_are_merged_into_one():
    world = random_world(np.random.default_rng(0), 2, 1, 1, 6)
    assert world.flattened is world
    grid = np.arange(6).reshape(2, 3)
    double, single = world.at(grid).flattened, world.at(4).flattened
    assert double.leading == (6,)
    assert np.array_equal(double.input_bits, world.input_bits)
    assert np.array_equal(double.uav_fading, world.uav_fading)
    assert single.leading == (1,)
    assert np.array_equal(single.device_xy, world.device_xy[[4]])
