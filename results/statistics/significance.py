"""Which differences between solvers are more than chance: paired tests, ranks and critical differences."""

from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import friedmanchisquare, rankdata, studentized_range, wilcoxon

SIGNIFICANCE = 0.05
ROUNDING = 1e-9  # of sums of costs, relative: closer ones are ties


def signed_rank(first: np.ndarray, second: np.ndarray) -> float:
    """Return the two-sided p-value of Wilcoxon's signed-rank test on paired costs; 1 where all are ties.

    It is exact for up to 50 instances without ties. With n instances it is never below ``2 / 2**n``.

    References
    ----------
    Wilcoxon, Individual Comparisons by Ranking Methods, Biometrics Bulletin 1(6), 1945.
    """
    difference = np.where(tied(first, second), 0.0, first - second)
    return float(wilcoxon(difference).pvalue) if difference.any() else 1.0


def tied(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Whether costs are equal but for rounding."""
    return np.isclose(first, second, rtol=ROUNDING, atol=0)


def holm(p: np.ndarray) -> np.ndarray:
    """Return p-values corrected for being several: below 5 % they bound the chance of any false one by 5 %.

    References
    ----------
    Holm, A Simple Sequentially Rejective Multiple Test Procedure, Scandinavian Journal of Statistics 6(2), 1979.
    """
    from statsmodels.stats.multitest import multipletests

    return multipletests(p, method="holm")[1] if len(p) else np.array([])


def pairwise(costs: pd.DataFrame) -> pd.DataFrame:
    """Test every pair of solvers on the same instances.

    Parameters
    ----------
    costs : DataFrame
        A row per instance, a column per solver.

    Returns
    -------
    DataFrame
        Columns ``first, second, wins, ties, losses`` (instances on which the first is cheaper, equal, dearer), ``p``
        and ``p_holm``, which is corrected for the number of pairs.
    """
    columns = ["first", "second", "wins", "ties", "losses", "p"]
    found = pd.DataFrame([_pair(costs, *names) for names in combinations(costs.columns, 2)], columns=columns)
    return found.assign(p_holm=holm(found["p"].to_numpy()))


def _pair(costs: pd.DataFrame, first: str, second: str) -> tuple[str, str, int, int, int, float]:
    one, other = costs[first].to_numpy(), costs[second].to_numpy()
    equal = tied(one, other)
    wins, ties = int(np.sum(~equal & (one < other))), int(equal.sum())
    return first, second, wins, ties, len(one) - wins - ties, signed_rank(one, other)


class Ranks(NamedTuple):
    """Mean ranks of solvers over instances, 1 for the cheapest.

    Attributes
    ----------
    mean : Series
        By solver, least first.
    friedman_p : float
        Chance of ranks that differ so much among equal solvers (Friedman's test).
    critical_difference : float
        Of mean ranks: what differs more, differs at 5 % (Nemenyi's test).
    p : DataFrame
        Nemenyi's p-value of each pair.
    """

    mean: pd.Series
    friedman_p: float
    critical_difference: float
    p: pd.DataFrame


def ranks(costs: pd.DataFrame) -> Ranks | None:
    """Rank solvers on each instance, ties sharing their ranks; None for fewer than three solvers or two instances.

    Parameters
    ----------
    costs : DataFrame
        A row per instance, a column per solver.

    References
    ----------
    Demšar, Statistical Comparisons of Classifiers over Multiple Data Sets, JMLR 7, 2006.
    """
    from scikit_posthocs import posthoc_nemenyi_friedman

    instances, solvers = costs.shape
    if solvers < 3 or instances < 2:
        return None
    rounded = costs.apply(lambda column: column.map(lambda cost: float(f"{cost:.9g}")))
    mean = pd.Series(rankdata(rounded, axis=1).mean(axis=0), index=costs.columns)
    with np.errstate(invalid="ignore"):
        friedman_p = friedmanchisquare(*rounded.to_numpy().T).pvalue  # NaN where all are equal
    spread = studentized_range.ppf(1 - SIGNIFICANCE, solvers, np.inf) / np.sqrt(2)
    difference = spread * np.sqrt(solvers * (solvers + 1) / (6 * instances))
    p = posthoc_nemenyi_friedman(rounded)
    return Ranks(mean.sort_values(kind="stable"), float(np.nan_to_num(friedman_p, nan=1.0)), float(difference), p)
