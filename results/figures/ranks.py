"""The critical-difference diagram: mean ranks, and bars over what the instances cannot tell apart."""

from typing import NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from skyedge.problem import InputError
from skyedge.results.figures.style import COLOURS, legend, line, panels, style
from skyedge.results.statistics import SIGNIFICANCE, Compared, Worlds, compared, method


class Ranked(NamedTuple):
    """The comparisons that have ranks, and these as a table."""

    table: pd.DataFrame
    comparisons: list[Compared]


def data(rows: pd.DataFrame, worlds: Worlds) -> Ranked:
    """Return mean ranks: columns ``table, solver, information, instances, rank, critical_difference``.

    Raises
    ------
    InputError
        If there is none.
    """
    found = [one for one in compared(rows) if one.ranks]
    if not found:
        raise InputError("critical-difference needs three solvers with scores on two instances or more")
    return Ranked(pd.concat(map(_table, found), ignore_index=True), found)


def _table(one: Compared) -> pd.DataFrame:
    assert one.ranks is not None
    names = one.aggregates[["table", "solver", "information", "instances", "rank"]]
    return names.assign(critical_difference=one.ranks.critical_difference).sort_values("rank")


def draw(data: Ranked) -> Figure:
    """Draw a diagram per view (Demšar 2006): solvers that a bar joins do not differ at 5 % by Nemenyi's test."""
    comparisons = data.comparisons
    most = max(len(one.aggregates) for one in comparisons)
    with style():
        figure, axes = panels([one.view.title for one in comparisons], (6.0, 1.3 + 0.16 * most), per_row=2)
        for one in comparisons:
            _diagram(axes[one.view.title], one)
        kinds = [kind for kind in COLOURS if any((one.aggregates["information"] == kind).any() for one in comparisons)]
        entries = {f"{kind} solver": line(color=COLOURS[kind], marker="o", linewidth=1.4) for kind in kinds}
        entries["no difference at 5 % (Nemenyi)"] = line(color="#374151", linewidth=3)
        legend(figure, entries, "outside lower center", ncols=len(entries))
    return figure


def _diagram(panel: Axes, one: Compared) -> None:
    from scikit_posthocs import critical_difference_diagram

    assert one.ranks is not None
    names = {solver: method(solver) for solver in one.ranks.mean.index}
    kinds = one.aggregates.set_index("solver")["information"]
    panel.grid(False)
    critical_difference_diagram(
        one.ranks.mean.rename(names),
        one.ranks.p.rename(index=names, columns=names),
        alpha=SIGNIFICANCE,
        ax=panel,
        text_h_margin=0.08,
        label_fmt_left="{label}  {rank:.2f}",
        label_fmt_right="{rank:.2f}  {label}",
        label_props={"fontsize": "small"},
        crossbar_props={"color": "#374151", "linewidth": 3},
        color_palette={names[solver]: COLOURS[kinds[solver]] for solver in names},
    )
    count, difference = one.aggregates["instances"].iloc[0], one.ranks.critical_difference
    panel.set_title(f"{one.view.title}: mean ranks over {count} instances, CD = {difference:.2f}", pad=10)
