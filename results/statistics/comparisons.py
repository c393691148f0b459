"""How sure a comparison is: robust means with intervals, paired tests and ranks, view by view."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd

from skyedge.results.statistics.bootstrap import (
    SEED,
    Statistic,
    crossed_interval,
    interval,
    iqm,
    mean,
    replicates,
    shifted_geometric_mean,
)
from skyedge.results.statistics.samples import Samples, TableView, overall, views
from skyedge.results.statistics.significance import Ranks, holm, pairwise, ranks
from skyedge.results.storage import derive_seed

GROUP = ["table", "scenario", "track"]


def aggregates(view: TableView, samples: Samples, ranking: Ranks | None) -> pd.DataFrame:
    """Summarise each complete solver of a view.

    Returns
    -------
    DataFrame
        Columns ``table, scenario, track, solver, information, instances, training_seeds``; ``mean`` and ``iqm`` of
        the cost, relative to the least over several scenarios, and ``gap``, the mean gap to the bound, each with the
        ends of its 95 % interval in ``..._low`` and ``..._high``; ``seconds``, the shifted geometric mean of
        the wall time; ``rank``, the mean rank.
    """
    place = ranking.mean if ranking else pd.Series(np.nan, index=samples.solvers)
    return pd.DataFrame([_aggregate(view, samples, solver, float(place[solver])) for solver in samples.solvers])


def _aggregate(view: TableView, samples: Samples, solver: str, rank: float) -> dict[str, object]:
    cost, gap = samples.costs[solver], samples.gaps[solver]
    bounded = ~np.isnan(gap).all(axis=0)
    return {
        **dict(zip(GROUP, (view.title, view.scenario, view.track), strict=True)),
        "solver": solver,
        "information": samples.information[solver],
        "instances": cost.shape[1],
        "training_seeds": cost.shape[0] if cost.shape[0] > 1 else np.nan,
        **_with_interval("mean", cost, samples.strata, mean),
        **_with_interval("iqm", cost, samples.strata, iqm),
        **_with_interval("gap", gap[:, bounded], samples.strata[bounded], mean),
        "seconds": shifted_geometric_mean(samples.seconds[solver]),
        "rank": rank,
    }


def _with_interval(name: str, values: np.ndarray, strata: np.ndarray, statistic: Statistic) -> dict[str, float]:
    ends = crossed_interval(values, statistic, strata)
    middle = float(statistic(values.ravel())) if values.size else np.nan
    return {name: middle, f"{name}_low": ends[0], f"{name}_high": ends[1]}


def pairs(view: TableView, samples: Samples) -> pd.DataFrame:
    """Compare the complete solvers of a view two by two, the cheaper one first.

    Returns
    -------
    DataFrame
        Columns ``table, scenario, track, first, first_information, second, second_information``; ``difference``, the
        mean cost of the second less that of the first, with ``difference_low`` and ``difference_high``, its 95 %
        paired-bootstrap interval; then what :func:`skyedge.results.statistics.significance.pairwise` says, and
        ``p_holm_cheapest``: corrected for the number of comparisons with the cheapest solver alone.
    """
    found = pairwise(samples.by_instance)
    drawn = {solver: _replicates(samples, solver) for solver in samples.solvers}
    middle = {solver: float(mean(cost.ravel())) for solver, cost in samples.costs.items()}
    differences = [(one, other) for one, other in zip(found["first"], found["second"], strict=True)]
    ends = [interval(drawn[other] - drawn[one]) for one, other in differences]
    found.insert(2, "difference", [middle[other] - middle[one] for one, other in differences])
    found.insert(3, "difference_low", [low for low, _ in ends])
    found.insert(4, "difference_high", [high for _, high in ends])
    for number, name in enumerate(("first", "second")):
        found.insert(2 * number + 1, f"{name}_information", found[name].map(samples.information))
    for name, value in reversed(list(zip(GROUP, (view.title, view.scenario, view.track), strict=True))):
        found.insert(0, name, value)
    cheapest = found["first"] == next(iter(samples.solvers), None)
    found.loc[cheapest, "p_holm_cheapest"] = holm(found.loc[cheapest, "p"].to_numpy())
    return found


def _replicates(samples: Samples, solver: str) -> np.ndarray:
    """Return replicates of the mean cost on instances that are the same for all; NaN for one instance."""
    cost = samples.costs[solver]
    if cost.shape[1] < 2:
        return np.full(1, np.nan)
    of_seeds = np.random.default_rng(derive_seed(SEED, solver))  # training seeds of two methods are not paired
    return replicates(cost, mean, samples.strata, of_seeds=of_seeds)


class Compared(NamedTuple):
    """The comparisons of one view."""

    view: TableView
    aggregates: pd.DataFrame
    pairs: pd.DataFrame
    ranks: Ranks | None
    left_out: list[str]  # solvers that lack scores; a pure bound is none of them

    @property
    def against_cheapest(self) -> pd.DataFrame:
        """The pairs of which the first is the cheapest solver."""
        return self.pairs[self.pairs["p_holm_cheapest"].notna()]


def compared(rows: pd.DataFrame) -> list[Compared]:
    """Compare solvers in every view that has complete ones, and over all scenarios.

    Parameters
    ----------
    rows : DataFrame
        One row per cell.
    """
    found = []
    for view in (*views(rows), *overall(rows)):
        samples = Samples.of(view)
        if samples.solvers:
            ranking = ranks(samples.by_instance)
            some = aggregates(view, samples, ranking), pairs(view, samples), ranking
            found.append(Compared(view, *some, _left_out(view, samples)))
    return found


def _left_out(view: TableView, samples: Samples) -> list[str]:
    deciding = view.rows.loc[view.rows["status"] != "bound-only", "solver"].unique()
    return [solver for solver in deciding if solver not in samples.solvers]


def joined(frames: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Return tables of several views as one."""
    found = list(frames)
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=GROUP)
