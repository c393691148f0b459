"""Shor's r-algorithm on functions whose maxima are known."""

import numpy as np
import pytest
from scipy.optimize import linprog

from skyedge.solvers.machinery.lagrangian.r_algorithm import SpaceDilation, stretch


def climb(function, start, step, evaluations):
    """Best value found."""
    search, best = SpaceDilation(start, step), -np.inf
    for _ in range(evaluations):
        value, slope = function(search.point)
        best = max(best, value)
        if not search.advance(slope):
            break
    return best


@pytest.mark.parametrize("seed", range(4))
def test_the_least_of_many_planes_is_climbed_to_what_linear_programming_finds(seed):
    rng = np.random.default_rng(seed)
    planes, offset = rng.normal(size=(120, 25)), rng.random(120)

    def lowest(point):
        values = planes @ point + offset
        return values.min(), planes[values.argmin()]

    exact = linprog(
        np.append(np.zeros(25), -1.0),
        A_ub=np.column_stack([-planes, np.ones(120)]),
        b_ub=offset,
        bounds=[(None, None)] * 26,
    )
    assert climb(lowest, np.zeros(25), 1.0, 1200) == pytest.approx(-exact.fun, abs=1e-4)


def test_a_narrow_ridge_is_followed():
    def ridge(point):
        return -abs(point[0]) - 1e3 * abs(point[1] - point[0]), np.array(
            [
                -np.sign(point[0]) + 1e3 * np.sign(point[1] - point[0]),
                -1e3 * np.sign(point[1] - point[0]),
            ]
        )

    assert climb(ridge, np.array([50.0, 48.0]), 1.0, 300) > -1e-3


def test_it_stops_where_the_supergradient_is_zero():
    search = SpaceDilation(np.ones(3), 1.0)
    assert not search.advance(np.zeros(3))
    assert (search.point == 1).all()


def test_stretching_halves_what_lies_along_the_jump_and_nothing_else():
    jumps = np.array([[0.6, 0.8, 0.0], [0.0, 0.0, 1.0]])
    vector = np.array([0.6, 0.8, 2.0]) + np.array([0.8, -0.6, 0.0])
    stretch(jumps, vector)
    assert vector == pytest.approx(np.array([0.3, 0.4, 1.0]) + np.array([0.8, -0.6, 0.0]))
