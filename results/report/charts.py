"""The figures about costs: intervals and the bound, shares of instances within a gap, decision time against cost.

A figure is plain data for plotly.js: ``title``, ``caption``, a ``legend`` that the page draws, and ``variants`` to
choose from, each with a ``label`` and ``panels``; a panel has ``title``, ``traces`` and ``layout``.
"""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from skyedge.results.report.series import (
    SYMBOLS,
    Figure,
    Look,
    Looks,
    Panel,
    axis_name,
    interval,
    log_axis,
    methods_axis,
    numbers,
)
from skyedge.results.statistics import undominated
from skyedge.results.tables.columns import INCOMPLETE
from skyedge.results.tables.comparison import best_bounds, per_instance

NEAR = 1.15  # times the cheapest: what a panel of its own shows
LEAST_GAP = 0.01  # percent; a logarithmic axis has no zero
LABELS = ["top center", "bottom center"]  # in turn, so that neighbours do not collide


def cost_figure(rows: pd.DataFrame, comparison: pd.DataFrame, looks: Looks) -> Figure:
    """Return every method's mean cost with its 95 % interval, its single instances, and the lower bound."""
    shown, single = comparison[comparison["scored"] > 0], per_instance(rows)
    legend = [
        {"name": f"{kind}: mean and 95 % interval", "colour": f"var(--{kind})", "symbol": SYMBOLS[kind]}
        for kind in _kinds(shown)
    ]
    legend.append({"name": "one instance", "colour": "var(--muted)", "symbol": "circle"})
    if shown["best_bound"].notna().any():
        legend.append({"name": "lower bound", "colour": "var(--bound)", "dash": "dash"})
    return {
        "id": "cost",
        "title": "Cost",
        "caption": "Mean cost over the instances with its 95 % interval, the cheapest on top; small dots are single "
        "instances. Dashed: the mean of the lower bounds, which no decision can undercut.",
        "legend": legend,
        "variants": [
            {"label": scenario, "panels": list(_cost_panels(here, single[single["scenario"] == scenario], looks))}
            for scenario, here in shown.groupby("scenario", sort=False)
        ],
    }


def _cost_panels(here: pd.DataFrame, single: pd.DataFrame, looks: Looks) -> Iterable[Panel]:
    """Yield a panel of all methods, and one of the good ones where others would press them together."""
    here = here.sort_values("cost", kind="stable")
    near = here[here["cost"] <= NEAR * here["cost"].iloc[0]]
    split = 1 < len(near) < len(here)
    yield _cost_panel("all methods" if split else "", here, single, looks)
    if split:
        yield _cost_panel(f"within {100 * (NEAR - 1):.0f} % of the cheapest", near, single, looks)


def _cost_panel(title: str, here: pd.DataFrame, single: pd.DataFrame, looks: Looks) -> Panel:
    marks = here["complete"].map({True: "", False: f" {INCOMPLETE}"})
    names = {solver: axis_name(looks[solver], mark) for solver, mark in zip(here["solver"], marks, strict=True)}
    traces = [_instances(names, single)]
    traces += [_means(kind, here[here["information"] == kind], names) for kind in _kinds(here)]
    if pd.notna(here["best_bound"].iloc[0]):
        traces.append(_bound_line(here["best_bound"].iloc[0], list(names.values())))
    layout = {"xaxis": {"title": {"text": "cost of an instance"}, "nticks": 6}, **methods_axis(list(names.values()))}
    return {"title": title, "traces": traces, "layout": layout}


def _kinds(summaries: pd.DataFrame) -> list[str]:
    return [kind for kind in SYMBOLS if (summaries["information"] == kind).any()]


def _means(kind: str, here: pd.DataFrame, names: Mapping[str, str]) -> Panel:
    return {
        "name": f"{kind}: mean and 95 % interval",
        "x": numbers(here["cost"]),
        "y": [names[solver] for solver in here["solver"]],
        "error_x": interval(here, f"var(--{kind})"),
        "mode": "markers",
        "marker": {"color": f"var(--{kind})", "symbol": SYMBOLS[kind], "size": 9},
        "hovertemplate": "%{y}: %{x:.1f}<extra></extra>",
    }


def _instances(names: Mapping[str, str], single: pd.DataFrame) -> Panel:
    own = single[single["solver"].isin(names)]
    return {
        "name": "one instance",
        "x": numbers(own["cost"]),
        "y": [names[solver] for solver in own["solver"]],
        "text": [f"instance {seed}" for seed in own["instance_seed"]],
        "mode": "markers",
        "marker": {"color": "var(--muted)", "size": 5, "opacity": 0.55},
        "hovertemplate": "%{y}, %{text}: %{x:.1f}<extra></extra>",
    }


def _bound_line(bound: float, names: list[str]) -> Panel:
    return {
        "name": "lower bound",
        "x": [round(bound, 4)] * 2,
        "y": [names[-1], names[0]],
        "mode": "lines",
        "line": {"color": "var(--bound)", "dash": "dash", "width": 2},
        "hovertemplate": "lower bound: %{x:.1f}<extra></extra>",
    }


def gap_figure(rows: pd.DataFrame, looks: Looks) -> Figure | None:
    """Return the share of instances that each method brings within a gap; None where nothing was bounded."""
    variants, seen = [], set()
    for scenario, here in rows.groupby("scenario", sort=False):
        gaps = gap_data(here)
        if gaps.empty:
            continue
        seen |= set(gaps["solver"])
        variants.append({"label": scenario, "panels": [_gap_panel(gaps, looks)]})
    if not variants:
        return None
    return {
        "id": "gaps",
        "title": "Gap to the bound",
        "caption": "The share of instances that a method solves within so many percent of the lower bound; higher and "
        "further left is better. The gap is (cost − bound) / cost, so the distance to the optimum is that or less.",
        "legend": [look.legend() for solver, look in looks.items() if solver in seen],
        "variants": variants,
    }


def gap_data(here: pd.DataFrame) -> pd.DataFrame:
    """Return the gap of each method on each instance that has a bound, in percent; rows are of one scenario."""
    single = per_instance(here)
    bound = single["instance_seed"].map(best_bounds(here))
    gap = np.where(single["cost"] == bound, 0.0, 100 * (1 - bound / single["cost"]))
    return single[["solver", "instance_seed"]].assign(gap=gap)[bound.notna()]


def _gap_panel(gaps: pd.DataFrame, looks: Looks) -> Panel:
    clipped = gaps.assign(gap=gaps["gap"].clip(lower=LEAST_GAP))
    least, most = clipped["gap"].min() / 1.3, clipped["gap"].max() * 1.3
    traces = []
    for solver, own in clipped.groupby("solver", sort=False):
        look, steps = looks[str(solver)], own["gap"].sort_values()
        share = 100 * np.arange(len(steps) + 2).clip(max=len(steps)) / len(steps)
        traces.append(
            {
                "name": look.name,
                "x": numbers(pd.Series([least, *steps, most])),
                "y": numbers(pd.Series(share)),
                "mode": "lines",
                "line": {"shape": "hv", "color": look.colour, "dash": look.dash, "width": 2},
                "hovertemplate": f"{look.name}: %{{y:.0f}} % within %{{x:.3g}} %<extra></extra>",
            }
        )
    layout = {
        "xaxis": log_axis("gap to the bound", " %"),
        "yaxis": {"title": {"text": "instances, %"}, "range": [-2, 104]},
        "height": 420,
    }
    return {"title": "", "traces": traces, "layout": layout}


def time_figure(comparison: pd.DataFrame, looks: Looks) -> Figure | None:
    """Return decision time against cost; None where no time was measured."""
    shown = comparison[(comparison["scored"] > 0) & (comparison["seconds"] > 0)]
    if shown.empty:
        return None
    return {
        "id": "time",
        "title": "Decision time and cost",
        "caption": "The seconds that a method takes for one instance, and what its decision costs; lower and further "
        "left is better. The line joins the methods that none beats in both; training is not counted.",
        "legend": [look.legend() for solver, look in looks.items() if solver in set(shown["solver"])],
        "variants": [
            {"label": scenario, "panels": [_time_panel(here, looks)]}
            for scenario, here in shown.groupby("scenario", sort=False)
        ],
    }


def _time_panel(here: pd.DataFrame, looks: Looks) -> Panel:
    front = here[undominated(here[["seconds", "cost"]].to_numpy())].sort_values("seconds")
    line = {
        "name": "not beaten",
        "x": numbers(front["seconds"]),
        "y": numbers(front["cost"]),
        "mode": "lines",
        "line": {"color": "var(--muted)", "width": 1.5, "dash": "dot", "shape": "hv"},
        "hoverinfo": "skip",
    }
    places = dict(zip(front["solver"], LABELS * len(front), strict=False))
    points = [_time_point(looks[one["solver"]], one, places.get(one["solver"])) for _, one in here.iterrows()]
    ends = np.log10([here["seconds"].min(), here["seconds"].max()])
    layout = {
        "xaxis": log_axis("seconds for one instance") | {"range": [ends[0] - 0.3, ends[1] + 0.3]},
        "yaxis": {"title": {"text": "mean cost"}, "type": "log", "exponentformat": "none", "nticks": 8},
        "height": 440,
    }
    return {"title": "", "traces": [line, *points], "layout": layout}


def _time_point(look: Look, one: pd.Series, label: str | None) -> Panel:
    return {
        "name": look.name,
        "x": numbers(pd.Series([one["seconds"]])),
        "y": numbers(pd.Series([one["cost"]])),
        "text": [look.name],
        "textposition": label or LABELS[0],
        "mode": "markers+text" if label else "markers",
        "marker": {"color": look.colour, "symbol": look.symbol, "size": 11, "line": {"width": 2, "color": look.colour}},
        "hovertemplate": f"{look.name}: %{{y:.1f}} in %{{x:.3g}} s<extra></extra>",
    }
