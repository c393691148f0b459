"""Decision time against cost: which solvers give more for more time."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke

from results.columns import method
from results.panels import panels
from results.style import COLOURS, GREY, MARKERS, style
from results.table import compare
from results.views import views


def pareto_data(rows: pd.DataFrame) -> pd.DataFrame:
    """Return each complete solver's mean cost, median decision time, and whether no other is better in both.

    Returns
    -------
    DataFrame
        Columns ``table, solver, information, ms_per_slot, cost, cost_low, cost_high, front``.
    """
    made = []
    for view in views(rows):
        summaries = compare(view.rows)
        found = summaries[summaries["complete"] & (summaries["scored"] > 0)]
        per_slot = (1e3 * view.rows["wall_s"] / view.rows["slots"]).groupby(view.rows["solver"]).median()
        some = found[["solver", "information", "cost", "cost_low", "cost_high"]]
        some = some.assign(ms_per_slot=some["solver"].map(per_slot))
        some.insert(0, "table", view.title)
        made.append(some.assign(front=_undominated(some[["ms_per_slot", "cost"]].to_numpy())))
    return pd.concat(made, ignore_index=True)


def _undominated(points: np.ndarray) -> np.ndarray:
    """Whether no other point is as low in both coordinates and lower in one."""
    no_worse = np.all(points[None] <= points[:, None], axis=-1)
    better = np.any(points[None] < points[:, None], axis=-1)
    return ~np.any(no_worse & better, axis=1)


def pareto(data: pd.DataFrame) -> Figure:
    """Draw a panel per table; the staircase joins the solvers that none beats in both.

    Parameters
    ----------
    data : DataFrame
        From :func:`pareto_data`.
    """
    with style():
        figure, axes = panels(list(data["table"].unique()), (5.2, 3.8))
        for title, panel in axes.items():
            _panel(panel, data[data["table"] == title])
        kinds = [kind for kind in COLOURS if (data["information"] == kind).any()]
        handles = [Line2D([], [], color=COLOURS[kind], marker=MARKERS[kind], linestyle="none") for kind in kinds]
        handles.append(Line2D([], [], color=GREY, linewidth=1, linestyle="--"))
        labels = [*(f"{kind} solver: mean, 95 % CI" for kind in kinds), "none is both faster and cheaper"]
        figure.legend(handles, labels, loc="outside upper left", ncols=len(handles))
        figure.supxlabel("decision time per slot, median [ms]", fontsize="medium")
        figure.supylabel("mean cost", fontsize="medium")
    return figure


def _panel(panel: Axes, data: pd.DataFrame) -> None:
    front = data[data["front"]].sort_values("ms_per_slot")
    panel.step(front["ms_per_slot"], front["cost"], where="post", color=GREY, linewidth=1, linestyle="--", zorder=2)
    for _, one in data.iterrows():
        colour, marker = COLOURS[one["information"]], MARKERS[one["information"]]
        if not np.isnan(one["cost_low"]):
            interval = [[one["cost"] - one["cost_low"]], [one["cost_high"] - one["cost"]]]
            panel.errorbar(one["ms_per_slot"], one["cost"], yerr=interval, color=colour, alpha=0.6, elinewidth=1.2)
        panel.plot(one["ms_per_slot"], one["cost"], marker=marker, color=colour, markersize=5, zorder=4)
        label = panel.annotate(
            method(one["solver"]), (one["ms_per_slot"], one["cost"]), (5, 4), textcoords="offset points"
        )
        label.set(fontsize="small", color="#374151", zorder=5)
        label.set_path_effects([withStroke(linewidth=2, foreground="white", alpha=0.8)])
    panel.set(xscale="log", yscale="log")
