"""Sensitivity: what methods do as one number of the world, or one thing that they are told, changes."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from skyedge.problem import InputError
from skyedge.results.figures.style import MARKERS, PALETTE, methods_legend, style
from skyedge.results.statistics import LEAST, Sweep, Worlds, find_sweeps, swept

WIDE = 8  # times the least value: from there a logarithmic axis
NAMES = {
    "channel_error_db": "error of the channel gains shown, standard deviation [dB]",
    "forecast": "forecast of the arrival rates",
    "forecast_factor": "forecast arrival rates / true ones",
    "unserved_penalty": "penalty φ of a request not served",
}


class Metric(NamedTuple):
    """A panel's title, and what its numbers are multiplied by."""

    title: str
    scale: float


METRICS = {
    "gap": Metric("gap to the lower bound [%]", 100),
    "cost": Metric("cost", 1),
    "served_fraction": Metric("requests served [%]", 100),
    "mean_latency_s": Metric("latency of served requests [s]", 1),
    "energy_per_slot_j": Metric("energy of served requests [J per slot]", 1),
}


def data(rows: pd.DataFrame, worlds: Worlds) -> pd.DataFrame:
    """Return what methods do in all sweeps of a campaign; a method that lacks a run in a scenario is left out there.

    Parameters
    ----------
    rows : DataFrame
        One row per cell.
    worlds : mapping
        From :func:`skyedge.results.statistics.varied.described`.

    Returns
    -------
    DataFrame
        Columns ``sweep, field, value, scenario, solver, information, track, metric, mean, low, high``: means with
        95 % intervals over instances and training seeds. The metric is ``gap`` where every instance has a bound,
        else ``cost``.

    Raises
    ------
    InputError
        If nothing is swept.
    """
    sweeps = find_sweeps(worlds)
    if not sweeps:
        raise InputError(f"the figure sensitivity needs {LEAST} scenarios that differ in one field: add some")
    bounds = rows.groupby("instance_id")["bound"].transform("max")  # an instance may be of several scenarios
    rows = rows.assign(gap=((rows["cost"] - bounds) / rows["cost"]).where(rows["cost"] != 0, 0.0))
    return pd.DataFrame([line for sweep in sweeps for line in _measured(rows, sweep)])


def _measured(rows: pd.DataFrame, sweep: Sweep) -> Iterator[dict[str, Any]]:
    here = rows[rows["scenario"].isin(sweep.values)]
    unused = "cost" if here.loc[here["cost"].notna(), "gap"].notna().all() else "gap"
    for line in swept(here, sweep, [one for one in METRICS if one != unused]):
        yield {"sweep": sweep.title, **line}


def draw(data: pd.DataFrame) -> Figure:
    """Draw a row of panels per sweep, a line per method with its intervals.

    Parameters
    ----------
    data : DataFrame
        From :func:`data`.
    """
    looks, titles = method_looks(data), list(data["sweep"].unique())
    columns = data.groupby("sweep")["metric"].nunique().max()
    with style():
        figure = Figure(figsize=(3.2 * columns, 2.9 * len(titles) + 0.5), layout="constrained")
        lines = figure.subplots(len(titles), columns, squeeze=False)
        for title, line in zip(titles, lines, strict=True):
            here = data[data["sweep"] == title]
            for panel, (metric, some) in zip(line, here.groupby("metric", sort=False), strict=True):
                _panel(panel, some, METRICS[str(metric)], looks)
            named = NAMES.get(here["field"].iloc[0], here["field"].iloc[0])
            line[0].set_xlabel(named + title.removeprefix(here["field"].iloc[0]), loc="left")
        methods_legend(figure, data, looks, min(len(looks), 7))
    return figure


def method_looks(data: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Return colour, line and marker of each method: diamonds and dashes for those that see the future."""
    known = data.drop_duplicates("solver")
    dashes = {"online": "-", "offline": (0, (5, 1.5))}
    return {
        solver: {"color": PALETTE[place % len(PALETTE)], "marker": MARKERS[kind], "linestyle": dashes[kind]}
        for place, (solver, kind) in enumerate(zip(known["solver"], known["information"], strict=True))
    }


def _panel(panel: Axes, data: pd.DataFrame, metric: Metric, looks: Mapping[str, dict[str, Any]]) -> None:
    values = list(dict.fromkeys(data["value"]))
    words = any(isinstance(value, str) for value in values)
    places = {value: place if words else value for place, value in enumerate(values)}
    for solver, own in data.groupby("solver", sort=False):
        x, mean = own["value"].map(places), metric.scale * own["mean"]
        spread = [mean - metric.scale * own["low"], metric.scale * own["high"] - mean]
        panel.errorbar(x, mean, yerr=spread, markersize=4, linewidth=1.3, elinewidth=0.9, **looks[str(solver)])
    panel.set_title(metric.title, fontsize="medium")
    if not words and 0 < WIDE * min(values) <= max(values):
        panel.set_xscale("log")
    panel.set_xticks(list(places.values()), [value if words else f"{value:g}" for value in values])
    panel.xaxis.set_minor_locator(NullLocator())
