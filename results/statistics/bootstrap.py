"""Means that are robust, and confidence intervals over instances, and over instances and training seeds."""

from collections.abc import Callable

import numpy as np
from scipy.stats import norm, t

LEVEL = 0.95
RESAMPLES = 10_000
SEED = 20250709  # fixed: the same cells give the same table, byte for byte


Statistic = Callable[[np.ndarray], np.ndarray]  # over the last axis, NaN left out


def mean(values: np.ndarray) -> np.ndarray:
    """Return the mean over the last axis, NaN left out."""
    return np.nanmean(values, axis=-1)


def iqm(values: np.ndarray) -> np.ndarray:
    """Return the interquartile mean over the last axis, NaN left out: the mean of the middle half.

    The lowest and the highest quarter of the n values are dropped, ``n // 4`` each.

    References
    ----------
    Agarwal et al., Deep Reinforcement Learning at the Edge of the Statistical Precipice, NeurIPS 2021.

    Examples
    --------
    >>> float(iqm(np.array([1.0, 2.0, 3.0, 100.0])))
    2.5
    """
    ordered = np.sort(values, axis=-1)  # NaN last
    count = np.sum(~np.isnan(ordered), axis=-1, keepdims=True)
    place, cut = np.arange(ordered.shape[-1]), count // 4
    middle = (place >= cut) & (place < count - cut)
    return np.sum(np.where(middle, ordered, 0.0), axis=-1) / np.sum(middle, axis=-1)


def shifted_geometric_mean(values: np.ndarray, shift: float = 1.0) -> float:
    """Return ``exp(mean(log(x + shift))) - shift``: neither the longest nor the shortest times decide it.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Non-negative, e.g. seconds.
    shift : float
        Differences well below it hardly count.

    References
    ----------
    Achterberg, Constraint Integer Programming, 2007, appendix A.3.
    """
    return float(np.exp(np.mean(np.log(np.asarray(values, dtype=float) + shift))) - shift)


def replicates(
    values: np.ndarray,
    statistic: Statistic = mean,
    strata: np.ndarray | None = None,
    resamples: int = RESAMPLES,
    rng: np.random.Generator | None = None,
    of_seeds: np.random.Generator | None = None,
) -> np.ndarray:
    """Return bootstrap replicates of a statistic over training seeds and instances, both of them random.

    Instances are resampled within their strata; training seeds independently of them. Few seeds understate their
    own spread: their part is stretched, so that alone it would give about Student's interval (Hesterberg's expanded
    percentile interval). Two samples with equal ``rng`` meet the same instances in each replicate: the difference of
    their replicates is that of a paired bootstrap.

    Parameters
    ----------
    values : ndarray, shape (training seeds, instances)
        One row for what has not learned. NaN where there is no value; every row and column has one.
    statistic : callable
        :func:`mean` or :func:`iqm`.
    strata : ndarray, shape (instances,), optional
        What each instance belongs to; each stratum keeps its number of instances.
    resamples : int
        How many replicates.
    rng, of_seeds : numpy.random.Generator, optional
        For instances, fixed if not given, and for training seeds, the same one if not given.

    Returns
    -------
    ndarray, shape (resamples,)

    References
    ----------
    Hesterberg, What Teachers Should Know About the Bootstrap, The American Statistician 69(4), 2015, section 4.
    Owen, The pigeonhole bootstrap, Annals of Applied Statistics 1(2), 2007: resampling both factors.
    """
    rng = rng if rng is not None else np.random.default_rng(SEED)
    seeds, instances = values.shape
    drawn = values[:, _draw(np.zeros(instances) if strata is None else strata, resamples, rng)]
    found = statistic(np.moveaxis(drawn, 0, 1).reshape(resamples, -1))
    if seeds > 1:
        of_seeds = of_seeds if of_seeds is not None else rng
        drawn = values[of_seeds.integers(seeds, size=(resamples, seeds))].reshape(resamples, -1)
        found = found + seed_stretch(seeds, LEVEL) * (statistic(drawn) - statistic(values.ravel()))
    return found


def _draw(strata: np.ndarray, resamples: int, rng: np.random.Generator) -> np.ndarray:
    """Return resampled positions, shape (resamples, instances), each from the same stratum as often as it has any."""
    groups = [np.flatnonzero(strata == one) for one in dict.fromkeys(strata)]
    return np.concatenate([some[rng.integers(len(some), size=(resamples, len(some)))] for some in groups], axis=1)


def seed_stretch(seeds: int, level: float) -> float:
    """Return what stretches the spread of resampled training seeds to about that of Student's interval."""
    tail = (1 + level) / 2
    return float(np.sqrt(seeds / (seeds - 1)) * t.ppf(tail, seeds - 1) / norm.ppf(tail))


def interval(found: np.ndarray, level: float = LEVEL) -> tuple[float, float]:
    """Return the percentile interval of bootstrap replicates."""
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def mean_interval(
    values: np.ndarray, level: float = LEVEL, resamples: int = RESAMPLES, rng: np.random.Generator | None = None
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
    return crossed_interval(np.asarray(values, dtype=float)[None], level=level, resamples=resamples, rng=rng)


def crossed_interval(
    values: np.ndarray,
    statistic: Statistic = mean,
    strata: np.ndarray | None = None,
    level: float = LEVEL,
    resamples: int = RESAMPLES,
    rng: np.random.Generator | None = None,
) -> tuple[float, float]:
    """Return a confidence interval of a statistic over training seeds and instances; see :func:`replicates`.

    Over normal seed and instance effects of any proportion, with 5 seeds and 20 instances, the 95 % one of the mean
    covered it in 93 to 99 % of 600 trials.

    Returns
    -------
    tuple of float
        Lower and upper end; NaN for fewer than two instances.
    """
    values = np.asarray(values, dtype=float)
    if values.shape[1] < 2:
        return float("nan"), float("nan")
    return interval(replicates(values, statistic, strata, resamples, rng), level)


def ratios(cost: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Return ``cost / reference``; 0/0 counts as 1 (no request at all)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(cost == reference, 1.0, cost / reference)


def gaps(cost: np.ndarray, bound: np.ndarray) -> np.ndarray:
    """Return ``(cost − bound) / cost``; 0 where the cost is."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(cost == 0, 0.0, (cost - bound) / cost)


def mean_ratio(cost: np.ndarray, reference: np.ndarray) -> float:
    """Return the mean over instances of :func:`ratios`, NaN without instances.

    Parameters
    ----------
    cost, reference : ndarray, shape (n,)
        Costs of two solvers on the same instances, in the same order.
    """
    return float(ratios(cost, reference).mean()) if len(cost) else float("nan")


def mean_gap(cost: np.ndarray, bound: np.ndarray) -> float:
    """Return the mean over instances of :func:`gaps`, NaN without instances.

    Parameters
    ----------
    cost, bound : ndarray, shape (n,)
        Costs of a solver and lower bounds on the same instances, in the same order.
    """
    return float(gaps(cost, bound).mean()) if len(cost) else float("nan")


def undominated(points: np.ndarray) -> np.ndarray:
    """Tell of each point (n, 2) whether no other is as low in both coordinates and lower in one."""
    no_worse = np.all(points[None] <= points[:, None], axis=-1)
    better = np.any(points[None] < points[:, None], axis=-1)
    return ~np.any(no_worse & better, axis=1)
