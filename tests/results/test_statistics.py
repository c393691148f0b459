import numpy as np
import pytest

from results.statistics import mean_interval, mean_ratio


def test_the_interval_covers_the_true_mean_about_as_often_as_it_says():
    rng = np.random.default_rng(1)
    draws = rng.normal(10.0, 3.0, size=(300, 30))
    intervals = [mean_interval(draw, resamples=1000) for draw in draws]
    covered = np.mean([low <= 10.0 <= high for low, high in intervals])
    assert 0.90 <= covered <= 0.98


def test_the_interval_agrees_with_the_normal_one_for_many_values():
    values = np.random.default_rng(2).normal(5.0, 2.0, size=400)
    half = 1.96 * values.std(ddof=1) / 20
    assert mean_interval(values) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.02)


def test_the_interval_is_the_same_each_time():
    values = np.random.default_rng(3).random(10)
    assert mean_interval(values) == mean_interval(values)


def test_a_wider_level_gives_a_wider_interval():
    values = np.random.default_rng(4).random(10)
    narrow, wide = mean_interval(values, level=0.8), mean_interval(values, level=0.99)
    assert wide[0] < narrow[0] < values.mean() < narrow[1] < wide[1]


def test_one_value_has_no_interval():
    assert np.isnan(mean_interval(np.array([3.0]))).all()


def test_ratios_are_paired_before_they_are_averaged():
    assert mean_ratio(np.array([2.0, 30.0]), np.array([1.0, 20.0])) == pytest.approx(1.75)


def test_two_free_instances_are_equally_good():
    assert mean_ratio(np.array([0.0, 3.0]), np.array([0.0, 2.0])) == pytest.approx(1.25)
