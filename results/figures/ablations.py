"""A method and what is left of it without one of its parts, side by side."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from skyedge.problem import InputError
from skyedge.results.figures.style import PALETTE, style
from skyedge.results.statistics import Worlds, method, row_evidence
from skyedge.solvers import parse_spec

METRICS = {  # in words, and how their values are written
    "cost": ("cost", ".1f"),
    "mean_latency_s": ("latency [s]", ".3f"),
    "energy_per_slot_j": ("energy [J/slot]", ".1f"),
    "served_fraction": ("share served", ".3f"),
}
MEANS, RATIOS = ["mean", "low", "high"], ["ratio", "ratio_low", "ratio_high"]
COLUMNS = ["scenario", "track", "method", "metric", *MEANS, *RATIOS]
LINE_IN = 0.36  # height of a method's line


def data(rows: pd.DataFrame, worlds: Worlds, methods: Sequence[str]) -> pd.DataFrame:
    """Return what some methods do, in each track that has them all.

    Parameters
    ----------
    rows : DataFrame
        One row per cell.
    worlds : mapping
        Not looked at.
    methods : sequence of str
        ``NAME``, or ``NAME, VARIANT``; the first one is complete.

    Returns
    -------
    DataFrame
        Columns ``scenario, track, method, metric, mean, low, high, ratio, ratio_low, ratio_high``: means, and ratios to
        the mean of the complete method, paired by instance, with 95 % intervals over instances and training seeds.

    Raises
    ------
    InputError
        If no track has them all.
    """
    learned = rows[(rows["track"] != "") & rows["cost"].notna()]
    learned = learned.assign(method=learned["solver"].map(_title))
    groups = learned[learned["method"].isin(methods)].groupby(["scenario", "track"], sort=False)
    whole = [(place, here) for place, here in groups if set(here["method"]) == set(methods)]
    if not whole:
        raise InputError(f"no track has all of {'; '.join(methods)}: add them, or take their figure out of figures")
    return pd.concat([_compared(here, methods) for _, here in whole], ignore_index=True)


def _compared(here: pd.DataFrame, methods: Sequence[str]) -> pd.DataFrame:
    """Return the data of one scenario and track."""
    scenario, track = here[["scenario", "track"]].iloc[0]
    places = {name: (scenario, solver) for name, solver in zip(here["method"], here["solver"], strict=True)}
    made = []
    for metric in METRICS:
        evidence = row_evidence(here, metric, "the campaign")
        for name in (one for one in methods if {places[one], places[methods[0]]} <= evidence.tables.keys()):
            numbers = [*evidence.value(*places[name])[1:], *evidence.ratio(places[name], places[methods[0]])[1:]]
            made.append((scenario, track, name, metric, *numbers))
    return pd.DataFrame(made, columns=COLUMNS)


def _title(spec: str) -> str:
    """Return a solver's name and the variant of its policy."""
    name, options = parse_spec(spec)
    return ", ".join(filter(None, (name, str(options.get("variant", "")))))


def draw(data: pd.DataFrame) -> Figure:
    """Draw a row of panels per scenario and track, one for each metric: changes against the complete method.

    Parameters
    ----------
    data : DataFrame
        From :func:`data`.
    """
    groups = list(data.groupby(["scenario", "track"], sort=False))
    complete, *names = data["method"].unique()
    with style():
        height = len(groups) * (LINE_IN * len(names) + 0.85) + 0.2
        figure = Figure(figsize=(9.2, height), layout="constrained")
        lines = figure.subplots(len(groups), len(METRICS), squeeze=False, sharey=True)
        for line, ((scenario, track), here) in zip(lines, groups, strict=True):
            for panel, metric in zip(line, METRICS, strict=True):
                _panel(panel, here[here["metric"] == metric], complete, names)
            line[0].set_ylabel(f"{scenario}, {track}", fontweight="bold")
            line[0].set_yticks(range(len(names)), [_short(one) for one in names])
            line[0].set_ylim(len(names) - 0.5, -0.5)
        figure.supxlabel(f"change against {complete}, whose own values stand above", fontsize="medium")
    return figure


def _short(name: str) -> str:
    """Return a variant's name alone: all are of one method."""
    return method(name.split(", ")[-1])


def _panel(panel: Axes, data: pd.DataFrame, complete: str, names: Sequence[str]) -> None:
    change = 100 * (data.set_index("method")[RATIOS] - 1)
    for name, (middle, low, high) in change.drop(complete, errors="ignore").iterrows():
        place = names.index(str(name))
        look: dict[str, Any] = {"color": PALETTE[place + 1], "marker": "o", "markersize": 5, "capsize": 3}
        panel.errorbar(middle, place, xerr=[[middle - low], [high - middle]], **look)
    panel.axvline(0, color=PALETTE[0], linewidth=1.2, zorder=1)
    panel.grid(False, axis="y")
    panel.xaxis.set_major_locator(MaxNLocator(3))
    panel.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:+.3g} %" if x else "0"))
    for _, one in data[data["method"] == complete].iterrows():
        title, form = METRICS[one["metric"]]
        panel.set_title(f"{title}: {one['mean']:{form}}", fontsize="medium", fontweight="normal")
