"""Costs of solvers: means, intervals and single instances."""

import math
import textwrap
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from skyedge.results.figures.style import COLOURS, GREY, MARKERS, legend, line, style
from skyedge.results.statistics import Worlds, method
from skyedge.results.tables.comparison import compare, per_instance

PANELS_PER_ROW = 3
NAME_WIDTH = 32  # letters in a line of a solver's name
NARROW_IN = 8.0  # a figure in which the legend needs two rows
BOUND_LINE: dict[str, Any] = {"color": "#047857", "linestyle": "--", "linewidth": 1.4}


class Costs(NamedTuple):
    """The cost of every solver on every instance, repeats averaged, and the summaries of those that have scores."""

    table: pd.DataFrame
    summaries: pd.DataFrame


def data(rows: pd.DataFrame, worlds: Worlds) -> Costs:
    """Return the costs of a campaign in which at least one solver has scores."""
    information = rows.drop_duplicates("solver").set_index("solver")["information"]
    table = per_instance(rows)[["scenario", "solver", "instance_seed", "cost"]]
    comparison = compare(rows)
    return Costs(table.assign(information=table["solver"].map(information)), comparison[comparison["scored"] > 0])


def draw(data: Costs) -> Figure:
    """Draw each solver's mean cost with its 95 % interval over the single instances, a panel per scenario."""
    single, shown = data
    scenarios = list(shown["scenario"].unique())
    names = {one["solver"]: _name(one) for _, one in shown.iterrows()}
    order = list(shown.groupby("solver", sort=False)["relative_cost"].mean().sort_values(kind="stable").index)
    columns = min(PANELS_PER_ROW, len(scenarios))
    lines = math.ceil(len(scenarios) / columns)
    size = (6.5, 0.45 * len(order) + 0.9) if columns == 1 else (3.4 * columns, lines * (0.32 * len(order) + 0.75) + 0.6)
    with style():
        figure = Figure(figsize=size, layout="constrained")
        panels = figure.subplots(lines, columns, squeeze=False, sharey=True)
        for panel, scenario in zip(panels.flat, scenarios, strict=False):
            instances, summaries = (frame[frame["scenario"] == scenario] for frame in (single, shown))
            _cost_panel(panel, instances, summaries, order, names)
            panel.set_title(scenario)
            panel.xaxis.set_major_locator(MaxNLocator(8 if columns == 1 else 5))
        for panel in panels.flat[len(scenarios) :]:
            panel.set_visible(False)
        figure.supxlabel("cost per instance (weighted sum of latency and energy, no unit)", fontsize="medium")
        _cost_legend(
            figure, sorted(shown["information"].unique(), reverse=True), bool(shown["best_bound"].notna().any())
        )
    return figure


def _name(summary: pd.Series) -> str:
    """Return a solver's name for an axis, with the track of a learned one; a long one takes several lines."""
    return textwrap.fill(", ".join(filter(None, (method(summary["solver"]), summary["track"]))), NAME_WIDTH)


def _cost_panel(
    panel: Axes, data: pd.DataFrame, summaries: pd.DataFrame, order: list[str], names: dict[str, str]
) -> None:
    """Draw one line per solver: mean and interval above, its instances below."""
    for _, one in summaries.iterrows():
        place = order.index(one["solver"])
        cost = data.loc[data["solver"] == one["solver"], "cost"]
        below = place + 0.24 + 0.07 * (np.arange(len(cost)) % 3 - 1)  # spread a little, the same way each time
        panel.scatter(cost, below, s=11, color=GREY, alpha=0.4, linewidths=0, zorder=2)
        colour, marker = COLOURS[one["information"]], MARKERS[one["information"]]
        if not math.isnan(one["cost_low"]):
            interval = [[one["cost"] - one["cost_low"]], [one["cost_high"] - one["cost"]]]
            panel.errorbar(one["cost"], place - 0.08, xerr=interval, color=colour, elinewidth=1.6, capsize=3, zorder=3)
        panel.plot(one["cost"], place - 0.08, marker=marker, color=colour, markersize=5, zorder=4)
    panel.axvline(summaries["best_bound"].iloc[0], **BOUND_LINE, zorder=1)  # NaN draws nothing
    panel.set_yticks(range(len(order)), [names[solver] for solver in order])
    panel.set_ylim(len(order) - 0.45, -0.5)
    panel.grid(False, axis="y")


def _cost_legend(figure: Figure, kinds: list[str], bounded: bool) -> None:
    entries = {
        f"{kind} solver: mean, 95 % CI": line(color=COLOURS[kind], marker=MARKERS[kind], markersize=5, linewidth=1.6)
        for kind in kinds
    }
    entries["one instance"] = line(color=GREY, alpha=0.5, marker="o", markersize=4, linestyle="none")
    if bounded:
        entries["lower bound, mean"] = line(**BOUND_LINE)
    legend(figure, entries, ncols=len(entries) if figure.get_figwidth() > NARROW_IN else 2, handletextpad=0.5)
