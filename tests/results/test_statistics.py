import numpy as np
import pytest

from results.statistics import crossed_interval, mean_interval, mean_ratio


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


def crossed(rng: np.random.Generator, of_seeds: float, of_instances: float, left: float) -> np.ndarray:
    """Values of mean 0 for 5 training seeds on 20 instances, from effects of so much spread."""
    return of_seeds * rng.normal(size=(5, 1)) + of_instances * rng.normal(size=20) + left * rng.normal(size=(5, 20))


@pytest.mark.parametrize("spread", [(1, 0.2, 0.3), (0.2, 1, 0.3), (1, 1, 1)])
def test_the_crossed_interval_covers_the_true_mean_whichever_source_of_chance_is_the_larger(spread):
    rng = np.random.default_rng(5)
    intervals = [crossed_interval(crossed(rng, *spread), resamples=1000) for _ in range(300)]
    covered = np.mean([low <= 0 <= high for low, high in intervals])
    assert 0.91 <= covered <= 0.99
    one = [mean_interval(crossed(rng, *spread).mean(axis=0), resamples=1000) for _ in range(300)]
    if spread[0] > spread[1]:
        assert np.mean([low <= 0 <= high for low, high in one]) < 0.5, "instances alone would not do"


def test_equal_training_seeds_add_nothing_to_the_interval():
    values = np.random.default_rng(6).random(10)
    assert crossed_interval(np.tile(values, (5, 1))) == pytest.approx(mean_interval(values))


def test_a_crossed_interval_bears_values_that_are_missing_and_needs_two_instances():
    values = np.random.default_rng(7).random((3, 8))
    values[1, 2] = np.nan
    assert np.isfinite(crossed_interval(values)).all()
    assert np.isnan(crossed_interval(values[:, :1])).all()
