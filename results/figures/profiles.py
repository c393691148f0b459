"""Profiles: the share of instances on which a solver comes within so much of the least cost, or of the bound."""

from itertools import cycle
from typing import Any, Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter, StrMethodFormatter

from skyedge.problem import InputError
from skyedge.results.figures.style import PALETTE, panels, style
from skyedge.results.statistics import INSTANCE, Worlds, method, views

Measure = Literal["excess", "gap"]
LABELS: dict[Measure, str] = {
    "excess": "cost above the least of the table's solvers on the same instance",
    "gap": "gap to the lower bound of the instance, (cost − bound) / cost",
}
LINES: dict[str, list[Any]] = {
    "online": ["-", (0, (1, 1)), (0, (3, 1, 1, 1, 1, 1))],
    "offline": [(0, (5, 1.5)), (0, (5, 1, 1, 1))],
}  # the next when colours end
LINEAR = 1.0  # per cent, below which the axis is linear
PERCENT = [0, 0.5, 1, 3, 10, 30, 100, 300, 1000]  # ticks
SEES = ["information", "track"]
COLUMNS = ["table", "solver", *SEES, *INSTANCE, "percent"]


def data(rows: pd.DataFrame, worlds: Worlds, measure: Measure) -> pd.DataFrame:
    """Return what each solver is away from the best on each instance, repeats and training seeds averaged.

    Parameters
    ----------
    rows : DataFrame
        One row per cell.
    worlds : mapping
        Not looked at.
    measure : {"excess", "gap"}
        Cost above the least in the solver's table, or the gap to the bound, where there is one.

    Returns
    -------
    DataFrame
        Columns ``table, solver, information, track, scenario, instance_seed, percent``; infinite where a solver has
        no score.

    Raises
    ------
    InputError
        If gaps are asked for and no instance has a bound.

    References
    ----------
    Dolan and Moré, Benchmarking Optimization Software with Performance Profiles, Mathematical Programming 91, 2002.
    """
    if measure == "gap":
        rows = _bounded(rows)
    made = []
    for view in views(rows):
        deciding = view.rows[view.rows["status"] != "bound-only"]
        cost = deciding.pivot_table("cost", INSTANCE, "solver", sort=False, dropna=False)
        bound = view.rows.groupby(INSTANCE)["bound"].max().reindex(cost.index)
        with np.errstate(divide="ignore", invalid="ignore"):
            away = 1 - cost.rdiv(bound, axis=0) if measure == "gap" else cost.div(cost.min(axis=1), axis=0) - 1
            percent = (100 * away).where(cost != 0, 0.0).where(cost.notna(), np.inf)
        long = percent.reset_index().melt(INSTANCE, var_name="solver", value_name="percent")
        sees = deciding.drop_duplicates("solver").set_index("solver")[SEES]
        made.append(long.join(sees, on="solver").assign(table=view.title))
    return pd.concat(made, ignore_index=True)[COLUMNS]


def _bounded(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of instances that have a bound."""
    if rows["bound"].isna().all():
        raise InputError("gap-profile needs lower bounds: add the solver bound")
    return rows[rows["bound"].notna().groupby([rows[name] for name in INSTANCE]).transform("any")]


def draw(data: pd.DataFrame, measure: Measure) -> Figure:
    """Draw a panel per table and a staircase per solver; a method looks the same in all tracks, which panels name.

    Parameters
    ----------
    data : DataFrame
        From :func:`data`.
    measure : {"excess", "gap"}
    """
    looks = _looks(data)
    most = data["percent"].replace(np.inf, np.nan).max()
    with style():
        figure, axes = panels(list(data["table"].unique()), (4.4, 3.4), legend_in=2.4)
        for title, panel in axes.items():
            here = data[data["table"] == title]
            for solver, some in here.groupby("solver", sort=False):
                _staircase(panel, some["percent"].to_numpy(), most, looks[method(str(solver)), _sees(some)])
            _frame(panel, most)
        handles = [panel.plot([], [], **look)[0] for look in looks.values()]
        labels = [f"{name} ({sees})" for name, sees in looks]
        figure.legend(handles, labels, loc="outside right upper")
        figure.supxlabel(LABELS[measure], fontsize="medium")
        figure.supylabel("share of instances", fontsize="medium")
    return figure


def _sees(data: pd.DataFrame) -> str:
    """Return whether a solver is online or offline."""
    return str(data["information"].iloc[0])


def _looks(data: pd.DataFrame) -> dict[tuple[str, str], dict[str, Any]]:
    """Return a colour and a line for each method and what it sees, in order of the median of its least solver.

    Full and dotted lines are online, dashed ones offline.
    """
    known = data.drop_duplicates("solver").set_index("solver")["information"]
    order = data.groupby("solver")["percent"].median().sort_values(kind="stable").index
    names = dict.fromkeys((method(str(solver)), str(known[solver])) for solver in order)
    supply = {kind: cycle([(c, line) for line in lines for c in PALETTE]) for kind, lines in LINES.items()}
    chosen = {name: next(supply[name[1]]) for name in names}
    return {name: {"color": c, "linestyle": line, "linewidth": 1.5} for name, (c, line) in chosen.items()}


def _staircase(panel: Axes, percent: np.ndarray, most: float, look: dict[str, Any]) -> None:
    reached = np.sort(percent[np.isfinite(percent)])
    share = np.arange(len(reached) + 1) / len(percent)
    panel.step([0, *reached, 2 * most], [*share, share[-1]], where="post", **look)


def _frame(panel: Axes, most: float) -> None:
    panel.set_xscale("symlog", linthresh=LINEAR, linscale=0.7)
    panel.set_xticks(PERCENT)
    panel.set_xticks([], minor=True)
    panel.xaxis.set_major_formatter(StrMethodFormatter("{x:g} %"))
    panel.yaxis.set_major_formatter(PercentFormatter(1))
    panel.set(xlim=(-0.02 * LINEAR, 1.1 * max(most, LINEAR)), ylim=(0, 1.02))
