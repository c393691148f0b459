"""How the time of a solver grows with the size of a world: devices, UAVs and slots, one at a time."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, StrMethodFormatter

from skyedge.results.figures.style import GREY, PALETTE, legend, line, style
from skyedge.results.statistics import Worlds, method

SIZES = {"devices": "devices K", "uavs": "UAVs M", "slots": "slots T"}
REACHED = "optimal"


def data(rows: pd.DataFrame, worlds: Worlds) -> pd.DataFrame:
    """Return the seconds of every finished run and the size of its world.

    Parameters
    ----------
    rows : DataFrame
        One row per cell.
    worlds : mapping
        The fields of each scenario, by label.

    Returns
    -------
    DataFrame
        Columns ``solver, instance_seed, devices, uavs, slots, seconds, reached`` (false for a solver that proves bounds
        and was stopped before it had proved what its options ask for).
    """
    done = rows[rows["cost"].notna()]
    runs = done[["solver", "instance_seed"]].assign(
        **{size: [worlds[label][size] for label in done["scenario"]] for size in SIZES},
        seconds=done["wall_s"],
        reached=(done["status"] == REACHED) | done["bound"].isna(),
    )
    return runs.reset_index(drop=True)


def draw(data: pd.DataFrame) -> Figure:
    """Draw seconds against each size, the other sizes being the commonest; a line through the medians.

    Parameters
    ----------
    data : DataFrame
        From :func:`data`, of up to seven solvers.
    """
    common = {size: data[size].mode()[0] for size in SIZES}
    with style():
        figure = Figure(figsize=(9.2, 3.4), layout="constrained")
        panels = figure.subplots(1, len(SIZES), sharey=True)
        for panel, (size, label) in zip(panels, SIZES.items(), strict=True):
            others = [data[other] == common[other] for other in SIZES if other != size]
            _panel(panel, data[np.logical_and.reduce(others)], size)
            fixed = ", ".join(f"{SIZES[other][-1]} = {common[other]}" for other in SIZES if other != size)
            panel.set(xlabel=f"{label} ({fixed})")
        panels[0].set_ylabel("seconds: instances and median")
        _legend(figure, list(data["solver"].unique()), bool((~data["reached"]).any()))
    return figure


def _panel(panel: Axes, data: pd.DataFrame, size: str) -> None:
    for colour, (_, runs) in zip(PALETTE, data.groupby("solver", sort=False), strict=False):
        for reached, some in runs.groupby("reached"):
            face = colour if reached else "none"
            panel.scatter(some[size], some["seconds"], s=16, facecolors=face, edgecolors=colour, alpha=0.6, zorder=3)
        median = runs.groupby(size)["seconds"].median()
        panel.plot(median.index, median, color=colour, linewidth=1.4, zorder=2)
    panel.set(xscale="log", yscale="log")
    ticks = sorted(data[size].unique())
    panel.set_xticks(ticks, [str(tick) for tick in ticks])
    panel.xaxis.set_minor_formatter(NullFormatter())
    panel.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))


def _legend(figure: Figure, solvers: list[str], unfinished: bool) -> None:
    entries = {
        method(solver): line(color=colour, marker="o", markersize=4, linewidth=1.4)
        for solver, colour in zip(solvers, PALETTE, strict=False)
    }
    if unfinished:
        hollow = line(color=GREY, marker="o", markerfacecolor="none", markersize=4, linestyle="none")
        entries["stopped before its goal"] = hollow
    legend(figure, entries, ncols=min(len(entries), 4))
