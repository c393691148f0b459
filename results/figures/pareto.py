"""Decision time against cost: which solvers give more for more time."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter

from skyedge.problem import InputError
from skyedge.results.figures.point_labels import label_points
from skyedge.results.figures.profiles import LINEAR, PERCENT
from skyedge.results.figures.style import COLOURS, GREY, MARKERS, legend, line, panels, style
from skyedge.results.statistics import Worlds, method, undominated, views
from skyedge.results.tables.comparison import compare


def data(rows: pd.DataFrame, worlds: Worlds) -> pd.DataFrame:
    """Return each complete solver's cost, median decision time, and whether no other is better in both.

    Returns
    -------
    DataFrame
        Columns ``table, solver, information, cost, percent, ms_per_slot, front``; ``percent`` is by how much the cost
        exceeds that of the cheapest solver, the mean over instances.

    Raises
    ------
    InputError
        If no solver is complete.
    """
    made = []
    for view in views(rows):
        summaries = compare(view.rows)
        found = summaries[summaries["complete"] & (summaries["scored"] > 0)]
        per_slot = (1e3 * view.rows["wall_s"] / view.rows["slots"]).groupby(view.rows["solver"]).median()
        some = found[["solver", "information", "cost"]].assign(
            percent=100 * (found["relative_cost"] - 1),
            ms_per_slot=found["solver"].map(per_slot).astype(float),  # else of an empty one object
        )
        some.insert(0, "table", view.title)
        made.append(some.assign(front=undominated(some[["ms_per_slot", "percent"]].to_numpy())))
    points = pd.concat(made, ignore_index=True)
    if points.empty:
        raise InputError("pareto needs a solver with a score on every instance: compute what is missing")
    return points


def draw(data: pd.DataFrame) -> Figure:
    """Draw a panel per table; the staircase joins the solvers that none beats in both.

    Parameters
    ----------
    data : DataFrame
        From :func:`data`.
    """
    with style():
        figure, axes = panels(list(data["table"].unique()), (5.2, 3.8))
        for title, panel in axes.items():
            _panel(panel, data[data["table"] == title])
        kinds = [kind for kind in COLOURS if (data["information"] == kind).any()]
        entries = {
            f"{kind} solver": line(color=COLOURS[kind], marker=MARKERS[kind], linestyle="none") for kind in kinds
        }
        entries["none is both faster and cheaper"] = line(color=GREY, linewidth=1, linestyle="--")
        legend(figure, entries, ncols=len(entries))
        figure.supxlabel("decision time per slot, median [ms]", fontsize="medium")
        figure.supylabel("cost above the cheapest solver's, mean", fontsize="medium")
        figure.draw_without_rendering()  # which settles the layout
        for title, panel in axes.items():
            here = data[data["table"] == title]
            label_points(panel, here[["ms_per_slot", "percent"]].to_numpy(), [method(one) for one in here["solver"]])
    return figure


def _panel(panel: Axes, data: pd.DataFrame) -> None:
    front = data[data["front"]].sort_values("ms_per_slot")
    panel.step(front["ms_per_slot"], front["percent"], where="post", color=GREY, linewidth=1, linestyle="--", zorder=2)
    for kind, some in data.groupby("information"):
        x, y, colour = some["ms_per_slot"], some["percent"], COLOURS[str(kind)]
        panel.plot(x, y, marker=MARKERS[str(kind)], color=colour, markersize=5, linestyle="none", zorder=4)
    panel.set_xscale("log")
    panel.set_yscale("symlog", linthresh=LINEAR, linscale=0.7)
    panel.set_yticks(PERCENT)
    panel.set_yticks([], minor=True)
    panel.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    panel.yaxis.set_major_formatter(StrMethodFormatter("{x:g} %"))
    fastest, slowest = data["ms_per_slot"].min(), data["ms_per_slot"].max()
    panel.set(xlim=(fastest / 3, slowest * 12), ylim=(-0.35, 1.8 * max(LINEAR, data["percent"].max())))
