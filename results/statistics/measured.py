"""What methods came to, scenario by scenario, with intervals, and what figures call them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import pandas as pd

from skyedge.results.statistics.evidence import row_evidence
from skyedge.results.tables.columns import method


def measured(rows: pd.DataFrame, scenarios: Sequence[str], metrics: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Yield the mean of each metric of each method in some scenarios, where it lacks no run.

    Parameters
    ----------
    rows : DataFrame
        One row per cell, of these scenarios.
    scenarios : sequence of str
    metrics : iterable of str

    Yields
    ------
    dict
        ``scenario, solver, information, track, metric, mean, low, high``: means with 95 % intervals over instances and
        training seeds.
    """
    known, solvers = kinds(rows), rows["solver"].unique()
    for metric in metrics:
        evidence = row_evidence(rows, metric, "the campaign")
        for scenario, solver in (one for one in product(scenarios, solvers) if one in evidence.tables):
            found = evidence.value(scenario, solver)
            numbers = {"mean": found.estimate, "low": found.low, "high": found.high}
            yield {"scenario": scenario, "solver": solver, **known[solver], "metric": metric, **numbers}


def kinds(rows: pd.DataFrame) -> dict[str, dict[str, str]]:
    """Return ``information`` and ``track`` of each solver."""
    known = rows.drop_duplicates("solver").set_index("solver")[["information", "track"]]
    return {str(solver): {"information": one["information"], "track": one["track"]} for solver, one in known.iterrows()}


def method_names(data: pd.DataFrame, looks: Mapping[str, Any]) -> list[str]:
    """Return what to call the methods that a figure draws: the track is said where there are several."""
    tracks = data.drop_duplicates("solver").set_index("solver")["track"]
    several = len({*tracks} - {""}) > 1
    return [", ".join(filter(None, (method(solver), tracks[solver] if several else ""))) for solver in looks]
