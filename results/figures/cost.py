"""Costs of solvers, and a world from above."""

import math
import textwrap
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, Rectangle
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator

from skyedge.problem import Instance
from skyedge.results.figures.style import COLOURS, GREY, MARKERS, style
from skyedge.results.tables.columns import method
from skyedge.results.tables.comparison import per_instance

PANELS_PER_ROW = 3
NAME_WIDTH = 32  # letters in a line of a solver's name
NARROW_IN = 8.0  # a figure in which the legend needs two rows
BOUND_LINE: dict[str, Any] = {"color": "#047857", "linestyle": "--", "linewidth": 1.4}


def cost_data(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the cost of every solver on every instance, repeats averaged: what :func:`cost_by_solver` shows."""
    information = rows.drop_duplicates("solver").set_index("solver")["information"]
    data = per_instance(rows)[["scenario", "solver", "instance_seed", "cost"]]
    return data.assign(information=data["solver"].map(information))


def cost_by_solver(rows: pd.DataFrame, comparison: pd.DataFrame) -> Figure:
    """Draw each solver's mean cost with its 95 % interval over the single instances, a panel per scenario.

    Parameters
    ----------
    rows : DataFrame
        One row per cell.
    comparison : DataFrame
        From :func:`skyedge.results.tables.comparison.compare`; its means and intervals are drawn. At least one solver
        has scores.
    """
    shown = comparison[comparison["scored"] > 0]
    data, scenarios = cost_data(rows), list(shown["scenario"].unique())
    names = {one["solver"]: _name(one) for _, one in shown.iterrows()}
    order = list(shown.groupby("solver", sort=False)["relative_cost"].mean().sort_values(kind="stable").index)
    columns = min(PANELS_PER_ROW, len(scenarios))
    lines = math.ceil(len(scenarios) / columns)
    size = (6.5, 0.45 * len(order) + 0.9) if columns == 1 else (3.4 * columns, lines * (0.32 * len(order) + 0.75) + 0.6)
    with style():
        figure = Figure(figsize=size, layout="constrained")
        panels = figure.subplots(lines, columns, squeeze=False, sharey=True)
        for panel, scenario in zip(panels.flat, scenarios, strict=False):
            instances, summaries = (frame[frame["scenario"] == scenario] for frame in (data, shown))
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
    handles = [Line2D([], [], color=COLOURS[kind], marker=MARKERS[kind], markersize=5, linewidth=1.6) for kind in kinds]
    handles.append(Line2D([], [], color=GREY, alpha=0.5, marker="o", markersize=4, linestyle="none"))
    labels = [*(f"{kind} solver: mean, 95 % CI" for kind in kinds), "one instance"]
    if bounded:
        handles.append(Line2D([], [], **BOUND_LINE))
        labels.append("lower bound, mean")
    columns = len(handles) if figure.get_figwidth() > NARROW_IN else 2
    figure.legend(handles, labels, loc="outside upper left", ncols=columns, handletextpad=0.5)


def world_map(instance: Instance) -> Figure:
    """Draw the area from above: the devices' tracks and the UAVs' starts with what they cover."""
    across, up = instance.area_m
    with style():
        figure = Figure(figsize=(6.4, 1.2 + 4.6 * min(max(up / across, 0.3), 2)), layout="constrained")
        panel = figure.subplots()
        panel.add_patch(Rectangle((0, 0), across, up, fill=False, edgecolor="#374151", linewidth=1.2, zorder=2))
        _tracks(panel, instance)
        names = instance.scenario.uav_names if instance.scenario else tuple(map(str, range(instance.uavs)))
        for m, (x, y) in enumerate(instance.uav_start_xy):
            panel.add_patch(Circle((x, y), instance.uav_radius_m[m], facecolor=_BLUE, alpha=0.12, zorder=1))
            panel.add_patch(Circle((x, y), instance.uav_radius_m[m], fill=False, edgecolor=_BLUE, alpha=0.6, zorder=2))
            panel.plot(x, y, marker="^", color=_BLUE, markersize=8, markeredgecolor="white", zorder=5)
            label = panel.annotate(names[m], (x, y), (6, 3), textcoords="offset points", color=_BLUE, weight="bold")
            label.set(zorder=6, path_effects=[withStroke(linewidth=2, foreground="white", alpha=0.7)])
        _frame(panel, instance)
        panel.legend(*_map_legend(), loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0)
    return figure


_BLUE, _DEVICE = COLOURS["online"], "#b45309"


def _tracks(panel: Axes, instance: Instance) -> None:
    tracks = np.swapaxes(instance.device_xy, 0, 1)
    panel.add_collection(LineCollection(list(tracks), colors=_DEVICE, alpha=0.55, linewidths=1, zorder=3))
    x, y = instance.device_xy[0].T
    panel.scatter(x, y, s=14, color=_DEVICE, edgecolors="white", linewidths=0.5, zorder=4)


def _frame(panel: Axes, instance: Instance) -> None:
    """Show the whole area and every coverage circle, to scale."""
    radius = instance.uav_radius_m[:, None]
    corners = [np.zeros((1, 2)), instance.area_m[None], instance.uav_start_xy - radius, instance.uav_start_xy + radius]
    points = np.concatenate(corners)
    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.03 * (high - low).max()
    panel.set_xlim(low[0] - margin, high[0] + margin)
    panel.set_ylim(low[1] - margin, high[1] + margin)
    panel.set_aspect("equal")
    name = instance.scenario.name if instance.scenario else "recorded"
    unit, length_m = ("km", 1000) if instance.area_m.max() > 10_000 else ("m", 1)
    for axis, letter in ((panel.xaxis, "x"), (panel.yaxis, "y")):
        axis.set_major_formatter(lambda position_m, _: f"{position_m / length_m:g}")
        axis.set_label_text(f"{letter} [{unit}]")
    panel.set_title(f"{name}: {instance.devices} devices, {instance.uavs} UAVs, {instance.slots_count} slots")


def _map_legend() -> tuple[list, list[str]]:
    entries = {
        "area": Rectangle((0, 0), 1, 1, fill=False, edgecolor="#374151", linewidth=1.2),
        "device, first slot": Line2D([], [], color=_DEVICE, marker="o", markeredgecolor="white", linestyle="none"),
        "device's track": Line2D([], [], color=_DEVICE, alpha=0.55, linewidth=1),
        "UAV, at its start": Line2D([], [], color=_BLUE, marker="^", markeredgecolor="white", linestyle="none"),
        "covered from there": Rectangle((0, 0), 1, 1, facecolor=_BLUE, alpha=0.25, edgecolor=_BLUE),
    }
    return list(entries.values()), list(entries)
