"""A view as numbers for statistics: what each solver costs, by training seed and instance."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Self, get_args

import numpy as np
import pandas as pd

from skyedge.results.statistics.bootstrap import gaps, ratios
from skyedge.rl.policies.record import Track

ALL = "all scenarios"


class TableView(NamedTuple):
    """The rows of one table: all on the same instances, no two tracks among them."""

    scenario: str
    track: str  # of its learned solvers; empty if there are none
    rows: pd.DataFrame

    @property
    def title(self) -> str:
        """The table's heading."""
        return f"{self.scenario}, track {self.track}" if self.track else self.scenario


def views(rows: pd.DataFrame) -> Iterator[TableView]:
    """Yield a view per scenario, or per scenario and track where solvers have learned; the others are in each.

    Parameters
    ----------
    rows : DataFrame
        One row per cell.
    """
    for scenario, here in rows.groupby("scenario", sort=False):
        yield from by_track(str(scenario), here)


def overall(rows: pd.DataFrame) -> Iterator[TableView]:
    """Yield the views over all scenarios together, where there are several."""
    if len(rows["scenario"].unique()) > 1:
        yield from by_track(ALL, rows)


def by_track(scenario: str, here: pd.DataFrame) -> Iterator[TableView]:
    """Yield a view per track of a scenario's rows, cells or summaries; one if nothing has learned."""
    tracks = [track for track in get_args(Track) if (here["track"] == track).any()]
    for track in tracks or [""]:
        yield TableView(scenario, track, here[here["track"].isin(["", track])])


INSTANCE = ["scenario", "instance_seed"]


@dataclass(frozen=True)
class Samples:
    """The solvers of a view that have a score in each of their runs: all are over the same instances.

    Attributes
    ----------
    costs : mapping
        By solver, cheapest first: an array (training seeds, instances), repeats averaged; one row for what has not
        learned. Over several scenarios, a cost is divided by the least that any of the solvers has on the instance.
    gaps : mapping
        By solver: (cost − bound) / cost, with the highest bound of each instance; NaN where there is none.
    seconds : mapping
        By solver: wall times of its runs.
    strata : ndarray, shape (instances,)
        The scenario of each instance, as a number.
    information : mapping
        By solver: ``online`` or ``offline``.
    relative : bool
        Whether costs have been divided by the least.
    """

    costs: Mapping[str, np.ndarray]
    gaps: Mapping[str, np.ndarray]
    seconds: Mapping[str, np.ndarray]
    strata: np.ndarray
    information: Mapping[str, str]
    relative: bool

    @classmethod
    def of(cls, view: TableView) -> Self:
        """Read a view."""
        rows, relative = view.rows, view.scenario == ALL
        everywhere = rows.groupby(INSTANCE, sort=False)["bound"].max()
        complete = [solver for solver, cells in rows.groupby("solver", sort=False) if _complete(cells, len(everywhere))]
        runs = {str(solver): _by_run(rows[rows["solver"] == solver], everywhere.index) for solver in complete}
        best = np.min([np.nanmean(cost, axis=0) for cost in runs.values()], axis=0) if runs else np.array([])
        costs = {solver: ratios(cost, best) if relative else cost for solver, cost in runs.items()}
        order = sorted(costs, key=lambda solver: float(np.nanmean(costs[solver])))
        kinds = rows.drop_duplicates("solver").set_index("solver")["information"]
        return cls(
            costs={solver: costs[solver] for solver in order},
            gaps={solver: gaps(runs[solver], everywhere.to_numpy()) for solver in order},
            seconds={solver: rows.loc[rows["solver"] == solver, "wall_s"].to_numpy() for solver in order},
            strata=pd.factorize(everywhere.index.get_level_values("scenario"))[0],
            information={solver: kinds[solver] for solver in order},
            relative=relative,
        )

    @property
    def solvers(self) -> list[str]:
        """Their names, cheapest first."""
        return list(self.costs)

    @property
    def by_instance(self) -> pd.DataFrame:
        """Costs averaged over training seeds: a row per instance, a column per solver."""
        return pd.DataFrame({solver: np.nanmean(cost, axis=0) for solver, cost in self.costs.items()})


def _complete(cells: pd.DataFrame, instances: int) -> bool:
    return bool(cells["cost"].notna().all()) and len(cells.drop_duplicates(INSTANCE)) == instances


def _by_run(cells: pd.DataFrame, instances: pd.Index) -> np.ndarray:
    """Return costs by training seed and instance."""
    table = cells.assign(training_seed=cells["training_seed"].fillna(0)).pivot_table("cost", "training_seed", INSTANCE)
    return table.reindex(columns=instances).to_numpy()
