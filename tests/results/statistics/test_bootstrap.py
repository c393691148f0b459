import numpy as np
import pytest
from scipy.stats import bootstrap, gmean, trim_mean

from skyedge.results.statistics.bootstrap import (
    crossed_interval,
    interval,
    iqm,
    mean,
    mean_interval,
    mean_ratio,
    replicates,
    shifted_geometric_mean,
)


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


@pytest.mark.parametrize("count", [1, 3, 4, 8, 10, 21])
def test_the_interquartile_mean_is_scipys_trimmed_mean(count):
    values = np.random.default_rng(8).random((3, count))
    assert iqm(values) == pytest.approx(trim_mean(values, 0.25, axis=-1))
    assert iqm(np.insert(values, 1, np.nan, axis=-1)) == pytest.approx(iqm(values)), "what is missing does not count"


def test_the_interquartile_mean_of_one_to_eight_is_that_of_three_to_six_and_bears_an_outlier():
    values = np.array([8.0, 1, 7, 2, 6, 3, 5, 4])
    assert iqm(values) == 4.5
    assert iqm(np.where(values == 8, 1e9, values)) == 4.5


def test_the_shifted_geometric_mean_is_the_geometric_one_of_shifted_values():
    seconds = np.array([0.0, 1.0, 30.0])
    assert shifted_geometric_mean(seconds) == pytest.approx(gmean(seconds + 1) - 1)
    assert shifted_geometric_mean(seconds) == pytest.approx(62 ** (1 / 3) - 1), "1 · 2 · 31"
    assert shifted_geometric_mean(np.array([7.0, 7.0]), shift=10) == pytest.approx(7)


def test_the_interval_of_the_interquartile_mean_agrees_with_scipys():
    values = np.random.default_rng(9).lognormal(size=40)
    theirs = bootstrap((values,), lambda x, axis: trim_mean(x, 0.25, axis=axis), method="percentile", random_state=1)
    ours = crossed_interval(values[None], iqm)
    assert ours == pytest.approx(tuple(theirs.confidence_interval), rel=0.02)


def test_strata_keep_their_number_of_instances():
    values, strata = np.array([[1.0, 1, 1, 9, 9]]), np.array([0, 0, 0, 1, 1])
    assert set(replicates(values, mean, strata).round(9)) == {4.2}, "all spread is between strata"
    assert len(set(replicates(values, mean))) > 1
    low, high = crossed_interval(values, mean, strata)
    assert low == pytest.approx(high)


def test_the_spread_of_stratified_means_is_that_of_the_formula():
    rng = np.random.default_rng(10)
    strata = np.repeat([0, 1], [30, 10])
    values = np.where(strata == 0, rng.normal(0, 1, 40), rng.normal(50, 3, 40))[None]
    expected = sum(values[0, strata == one].var() * (strata == one).sum() for one in (0, 1)) / 40**2
    assert replicates(values, mean, strata).var() == pytest.approx(expected, rel=0.05)


def test_differences_of_replicates_are_those_of_a_paired_bootstrap():
    rng = np.random.default_rng(11)
    first = rng.normal(100, 20, size=30)
    second = first + rng.normal(1, 0.1, size=30)
    found = replicates(second[None]) - replicates(first[None])
    low, high = interval(found)
    assert (low, high) == pytest.approx(mean_interval(second - first), abs=1e-9)
    assert high - low < 0.2, "what instances have in common cancels"
