"""The figures that a campaign may ask for, by name."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from skyedge.results.figures.ablations import KINDS, PARTS, ablation_data, ablation_figure
from skyedge.results.figures.cost import cost_by_solver, cost_data
from skyedge.results.figures.flight_paths import paths_data, paths_figure, plays
from skyedge.results.figures.growth import growth, growth_data
from skyedge.results.figures.learning_curves import CRITIC_RATES, LEARNERS, curve_data, curves_of, learning_curves
from skyedge.results.figures.pareto import pareto, pareto_data
from skyedge.results.figures.profiles import gap_data, performance_data, profile
from skyedge.results.figures.ranks import critical_difference, rank_data, ranked
from skyedge.results.figures.sensitivity import sensitivity, sensitivity_data
from skyedge.results.figures.sweep import sweep_data, sweep_figure
from skyedge.results.figures.trade_off import trade_off, trade_off_data
from skyedge.results.statistics.varied import Worlds, described
from skyedge.results.tables.comparison import compare


def _cost(rows: pd.DataFrame, worlds: Worlds) -> tuple[Figure, pd.DataFrame]:
    return cost_by_solver(rows, compare(rows)), cost_data(rows)


def _growth(rows: pd.DataFrame, worlds: Worlds) -> tuple[Figure, pd.DataFrame]:
    data = growth_data(rows, worlds)
    return growth(data), data


def _learning_curves(rows: pd.DataFrame, worlds: Worlds) -> tuple[Figure, pd.DataFrame]:
    data = curve_data(rows, worlds)
    return learning_curves(data), data


def _performance(rows: pd.DataFrame, worlds: Worlds) -> tuple[Figure, pd.DataFrame]:
    data = performance_data(rows)
    return profile(data, "cost above the least of the table's solvers on the same instance"), data


def _gaps(rows: pd.DataFrame, worlds: Worlds) -> tuple[Figure, pd.DataFrame]:
    data = gap_data(rows)
    return profile(data, "gap to the lower bound of the instance, (cost − bound) / cost"), data


def _ranks(rows: pd.DataFrame, worlds: Worlds) -> tuple[Figure, pd.DataFrame]:
    found = ranked(rows)
    return critical_difference(found), rank_data(found)


def _pareto(rows: pd.DataFrame, worlds: Worlds) -> tuple[Figure, pd.DataFrame]:
    data = pareto_data(rows)
    return pareto(data), data


def _sweep(rows: pd.DataFrame, worlds: Worlds, field: str) -> tuple[Figure, pd.DataFrame]:
    data = sweep_data(rows, worlds, field)
    return sweep_figure(data), data


def _ablations(rows: pd.DataFrame, worlds: Worlds, methods: Sequence[str]) -> tuple[Figure, pd.DataFrame]:
    data = ablation_data(rows, methods)
    return ablation_figure(data), data


def _curves_of(rows: pd.DataFrame, worlds: Worlds, lines: Mapping[str, str]) -> tuple[Figure, pd.DataFrame]:
    data = curves_of(curve_data(rows, worlds), lines)
    return learning_curves(data, closer=True), data


def _paths(rows: pd.DataFrame, worlds: Worlds) -> tuple[Figure, pd.DataFrame]:
    found = plays(rows, worlds)
    return paths_figure(*found), paths_data(*found)


def _sensitivity(rows: pd.DataFrame, worlds: Worlds) -> tuple[Figure, pd.DataFrame]:
    data = sensitivity_data(rows, worlds)
    return sensitivity(data), data


def _trade_off(rows: pd.DataFrame, worlds: Worlds) -> tuple[Figure, pd.DataFrame]:
    data = trade_off_data(rows, worlds)
    return trade_off(data), data


PLOTS: dict[str, Callable[[pd.DataFrame, Worlds], tuple[Figure, pd.DataFrame]]] = {
    "accuracy-floors": partial(_sweep, field="min_accuracy"),
    "ablations": partial(_ablations, methods=KINDS),
    "convergence": partial(_curves_of, lines=LEARNERS),
    "cost": _cost,
    "critic-rates": partial(_curves_of, lines=CRITIC_RATES),
    "critical-difference": _ranks,
    "devices": partial(_sweep, field="devices"),
    "gap-profile": _gaps,
    "growth": _growth,
    "latency-limits": partial(_sweep, field="max_latency_s"),
    "learning-curves": _learning_curves,
    "parts": partial(_ablations, methods=PARTS),
    "paths": _paths,
    "pareto": _pareto,
    "performance-profile": _performance,
    "sensitivity": _sensitivity,
    "trade-off": _trade_off,
}
TOLD = ("sensitivity",)  # figures that also count what online solvers are told as a field of a scenario


def draw(plot: str, rows: pd.DataFrame, record: Mapping[str, Any]) -> tuple[Figure, pd.DataFrame]:
    """Return a figure and the data behind it.

    Parameters
    ----------
    plot : str
        Its name.
    rows : DataFrame
        One row per cell.
    record : mapping
        The campaign's.

    Raises
    ------
    InputError
        If the rows lack what it shows.
    """
    return PLOTS[plot](rows, described(record) if plot in TOLD else record["scenarios"])
