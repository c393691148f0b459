"""Walks: steps worked out from the same normal draws, and what holds for all of them."""

import numpy as np
import pytest

from skyedge.problem.generation.mobility import gauss_markov_walk, reflect


def test_a_velocity_remembers_that_of_the_slot_before_and_is_drawn_anew_for_the_rest():
    area, start = np.array([1e6, 1e6]), np.array([[4e5, 5e5]])
    track = gauss_markov_walk(np.random.default_rng(3), start, 3, 2.0, 1.5, 0.6, area)
    noise = 1.5 * np.sqrt(2 / np.pi) * np.random.default_rng(3).standard_normal((3, 2))
    second = 0.6 * noise[0] + 0.8 * noise[1]
    third = 0.6 * second + 0.8 * noise[2]
    assert track[:, 0] == pytest.approx(start + 2.0 * np.array([0 * second, second, second + third]), rel=1e-15)


def test_who_is_reflected_walks_back():
    area, start = np.array([10.0, 100.0]), np.array([[9.0, 1.0]])
    track = gauss_markov_walk(np.random.default_rng(0), start, 4, 1.0, 0.0, 1.0, area, np.array([[3.0, -4.0]]))
    assert track[:, 0].tolist() == [[9, 1], [8, 3], [5, 7], [2, 11]]


def test_devices_walk_at_about_the_mean_speed_and_stay_inside():
    area = np.array([500.0, 300.0])
    rng = np.random.default_rng(0)
    track = gauss_markov_walk(rng, rng.random((200, 2)) * area, 300, 3.0, 1.0, 0.85, area)
    assert (track >= 0).all()
    assert (track <= area).all()
    speed = np.linalg.norm(np.diff(track, axis=0), axis=-1) / 3.0
    assert speed.mean() == pytest.approx(1.0, rel=0.03)
    step = np.diff(track[:, :, 0], axis=0)
    assert np.corrcoef(step[:-1].ravel(), step[1:].ravel())[0, 1] == pytest.approx(0.85, abs=0.03)


def test_several_walks_begin_with_the_velocities_of_one():
    start = np.full((3, 2, 2), 50.0)
    rng, area = np.random.default_rng(0), np.array([100.0, 100.0])
    track = gauss_markov_walk(rng, start, 3, 2.0, 1.0, 1.0, area, np.array([[1.0, 0.5], [-1.0, 0.0]]))
    assert track.tolist()[1] == [[[52, 51], [48, 50]]] * 3
    assert track.tolist()[2] == [[[54, 52], [46, 50]]] * 3


def test_reflection_folds_like_mirrors_at_both_borders():
    inside, turned = zip(*(reflect(position, 10.0) for position in (-5.0, 7.0, 12.0, 25.0, 10.0, -15.0)), strict=True)
    assert inside == (5.0, 7.0, 8.0, 5.0, 10.0, 5.0)
    assert turned == (True, False, True, False, False, False)
