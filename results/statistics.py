"""Confidence intervals over instances."""

import numpy as np

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
