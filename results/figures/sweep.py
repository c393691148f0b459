"""What methods do as one number of the world grows: the paper's figures 5 to 7."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from skyedge.problem import InputError
from skyedge.results.figures.style import GREY, PALETTE, methods_legend, panels, style
from skyedge.results.statistics import Worlds, find_sweeps, swept

FIELDS = {
    "devices": "devices K",
    "max_latency_s": "latency limit $T^{max}$ [s]",
    "min_accuracy": "accuracy floor $A^{min}$",
}
METRICS = {
    "mean_latency_s": "latency of served requests [s]",
    "energy_per_slot_j": "energy of served requests [J per slot]",
    "served_fraction": "requests served",
    "satellite_share": "of these, by satellites",
}
SHARES = ("served_fraction", "satellite_share")
REFERENCES: dict[str, dict[str, Any]] = {  # beside learned methods, where the campaign has them
    "horizon": {"color": "#000000", "linestyle": (0, (5, 1.5)), "marker": "D"},
    "myopic": {"color": "#000000", "linestyle": (0, (1, 1)), "marker": "s"},
    "random": {"color": GREY, "linestyle": (0, (3, 1, 1, 1)), "marker": "x"},
}
DODGE = 0.05  # of the width, over which lines are spread, so that their intervals stand apart


def data(rows: pd.DataFrame, worlds: Worlds, field: str) -> pd.DataFrame:
    """Return what learned methods and the references among others do at each value of a swept field.

    Parameters
    ----------
    rows : DataFrame
        One row per cell.
    worlds : mapping
        The fields of each scenario, by label.
    field : str

    Returns
    -------
    DataFrame
        Columns ``field, value, scenario, solver, information, track, metric, mean, low, high``: means with 95 %
        intervals over instances and training seeds; a solver that lacks a run in a scenario is left out there.

    Raises
    ------
    InputError
        If the field is not swept, or none of the methods is there.
    """
    sweep = next((one for one in find_sweeps(worlds) if one.field == field), None)
    if sweep is None:
        raise InputError(f"no three scenarios differ in {field} alone: take its figure out of figures, or add some")
    here = rows[rows["scenario"].isin(sweep.values)]
    shown = here[(here["track"] != "") | here["solver"].isin(REFERENCES)]
    if shown["cost"].isna().all():
        raise InputError(f"the figure of {field} needs learned solvers, or one of {', '.join(REFERENCES)}")
    return pd.DataFrame(swept(shown, sweep, METRICS))


def draw(data: pd.DataFrame) -> Figure:
    """Draw a panel per metric, a line per method with its intervals.

    Parameters
    ----------
    data : DataFrame
        From :func:`data`.
    """
    looks = _looks(data)
    with style():
        figure, axes = panels([METRICS[one] for one in METRICS], (3.6, 2.6), per_row=2)
        for metric, title in METRICS.items():
            _panel(axes[title], data[data["metric"] == metric], looks)
            if metric in SHARES:
                axes[title].yaxis.set_major_formatter(PercentFormatter(1))
        figure.supxlabel(FIELDS.get(data["field"].iloc[0], data["field"].iloc[0]), fontsize="medium")
        methods_legend(figure, data, looks, 4)
    return figure


def _looks(data: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Return colour, line and marker of each method: learned ones in alphabetical order, then the references."""
    solvers = list(data["solver"].unique())
    learned = sorted(one for one in solvers if one not in REFERENCES)
    looks = {one: {"color": PALETTE[place % len(PALETTE)], "marker": "o"} for place, one in enumerate(learned)}
    return looks | {one: look for one, look in REFERENCES.items() if one in solvers}


def _panel(panel: Axes, data: pd.DataFrame, looks: Mapping[str, dict[str, Any]]) -> None:
    values = np.sort(data["value"].unique())
    aside = DODGE * (values[-1] - values[0]) / max(len(looks) - 1, 1)
    for place, (solver, look) in enumerate(looks.items()):
        one = data[data["solver"] == solver].sort_values("value")
        x = one["value"] + aside * (place - (len(looks) - 1) / 2)
        spread = [one["mean"] - one["low"], one["high"] - one["mean"]]
        panel.errorbar(x, one["mean"], yerr=spread, markersize=3.5, linewidth=1.3, elinewidth=0.9, **look)
    panel.set_xticks(values, [f"{value:g}" for value in values])
