"""Confidence intervals over instances, and over instances and training seeds."""

import numpy as np
from scipy.stats import norm, t

RESAMPLES = 10_000
SEED = 20250709  # fixed: the same cells give the same table, byte for byte


def mean_interval(
    values: np.ndarray, level: float = 0.95, resamples: int = RESAMPLES, rng: np.random.Generator | None = None
) -> tuple[float, float]:
    """Return a percentile-bootstrap confidence interval of the mean.

    Parameters
    ----------
    values : ndarray, shape (n,)
        One value per instance.
    level : float
        Confidence level.
    resamples : int
        Number of bootstrap samples.
    rng : numpy.random.Generator, optional
        A fixed one if not given.

    Returns
    -------
    tuple of float
        Lower and upper end; NaN for fewer than two values, which say nothing about their spread.

    References
    ----------
    Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13.
    """
    values = np.asarray(values, dtype=float)
    if len(values) < 2:
        return float("nan"), float("nan")
    rng = rng if rng is not None else np.random.default_rng(SEED)
    means = values[rng.integers(len(values), size=(resamples, len(values)))].mean(axis=1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def crossed_interval(
    values: np.ndarray, level: float = 0.95, resamples: int = RESAMPLES, rng: np.random.Generator | None = None
) -> tuple[float, float]:
    """Return a bootstrap confidence interval of the mean over training seeds and instances, both of them random.

    Instances and training seeds are resampled independently, each by their means over the other. Few seeds
    understate their own spread: their part is stretched, so that alone it would give about Student's interval
    (Hesterberg's expanded percentile interval). Over normal seed and instance effects of any proportion, with
    5 seeds and 20 instances, the 95 % interval covered the mean in 93 to 99 % of 600 trials.

    Parameters
    ----------
    values : ndarray, shape (training seeds, instances)
        NaN where there is no value; every row and column has one. Two seeds at least.
    level, resamples, rng
        See :func:`mean_interval`.

    Returns
    -------
    tuple of float
        Lower and upper end; NaN for fewer than two instances.

    References
    ----------
    Hesterberg, What Teachers Should Know About the Bootstrap, The American Statistician 69(4), 2015, section 4.
    Owen, The pigeonhole bootstrap, Annals of Applied Statistics 1(2), 2007: resampling both factors.
    """
    values = np.asarray(values, dtype=float)
    seeds, instances = values.shape
    if instances < 2:
        return float("nan"), float("nan")
    rng = rng if rng is not None else np.random.default_rng(SEED)
    by_instance, by_seed = np.nanmean(values, axis=0), np.nanmean(values, axis=1)
    tail, stretch = (1 + level) / 2, seed_stretch(seeds, level)
    means = by_instance[rng.integers(instances, size=(resamples, instances))].mean(axis=1)
    means += stretch * (by_seed[rng.integers(seeds, size=(resamples, seeds))].mean(axis=1) - by_seed.mean())
    low, high = np.quantile(means, [1 - tail, tail])
    return float(low), float(high)


def seed_stretch(seeds: int, level: float) -> float:
    """Return what stretches the spread of resampled training seeds to about that of Student's interval."""
    tail = (1 + level) / 2
    return float(np.sqrt(seeds / (seeds - 1)) * t.ppf(tail, seeds - 1) / norm.ppf(tail))


def mean_ratio(cost: np.ndarray, reference: np.ndarray) -> float:
    """Return the mean over instances of ``cost / reference``, paired; 0/0 counts as 1 (no request at all).

    Parameters
    ----------
    cost, reference : ndarray, shape (n,)
        Costs of two solvers on the same instances, in the same order.
    """
    cost, reference = np.asarray(cost, dtype=float), np.asarray(reference, dtype=float)
    if not len(cost):
        return float("nan")
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(cost == reference, 1.0, cost / reference)
    return float(ratio.mean())


def mean_gap(cost: np.ndarray, bound: np.ndarray) -> float:
    """Return the mean over instances of ``(cost − bound) / cost``, paired; 0 where both are 0, NaN without instances.

    Parameters
    ----------
    cost, bound : ndarray, shape (n,)
        Costs of a solver and lower bounds on the same instances, in the same order.
    """
    cost, bound = np.asarray(cost, dtype=float), np.asarray(bound, dtype=float)
    if not len(cost):
        return float("nan")
    gap = np.divide(cost - bound, cost, out=np.zeros(len(cost)), where=cost != 0)
    return float(gap.mean())
