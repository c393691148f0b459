"""The figures that a campaign may ask for, by name."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from results.figures import cost_by_solver, cost_data
from results.growth import growth, growth_data
from results.learning_curves import curve_data, learning_curves
from results.pareto import pareto, pareto_data
from results.profiles import gap_data, performance_data, profile
from results.rank_figure import critical_difference, rank_data, ranked
from results.sensitivity import sensitivity, sensitivity_data
from results.swept import Worlds, described
from results.table import compare
from results.trade_off import trade_off, trade_off_data


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


def _sensitivity(rows: pd.DataFrame, worlds: Worlds) -> tuple[Figure, pd.DataFrame]:
    data = sensitivity_data(rows, worlds)
    return sensitivity(data), data


def _trade_off(rows: pd.DataFrame, worlds: Worlds) -> tuple[Figure, pd.DataFrame]:
    data = trade_off_data(rows, worlds)
    return trade_off(data), data


PLOTS: dict[str, Callable[[pd.DataFrame, Worlds], tuple[Figure, pd.DataFrame]]] = {
    "cost": _cost,
    "critical-difference": _ranks,
    "gap-profile": _gaps,
    "growth": _growth,
    "learning-curves": _learning_curves,
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
