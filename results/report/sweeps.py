"""What methods do as one number of the world grows, or one thing of it changes."""

from collections.abc import Iterator

import pandas as pd

from skyedge.results.report.series import Figure, Looks, Panel, interval, log_axis, numbers
from skyedge.results.statistics import Sweep, Worlds, find_sweeps

BOUND = "lower bound"
MEASURES = {
    "cost": ("cost", 1),
    "gap": ("gap to the bound, %", 100),
    "mean_latency_s": ("latency of served requests, s", 1),
    "energy_per_slot_j": ("energy per slot, J", 1),
    "served_fraction": ("requests served, %", 100),
    "satellite_share": ("served requests that satellites run, %", 100),
    "seconds": ("decision time, s per instance", 1),
}


def sweep_figure(comparison: pd.DataFrame, worlds: Worlds, looks: Looks) -> Figure | None:
    """Return how cost, latency, energy and more follow each swept value; None where nothing is swept.

    Parameters
    ----------
    comparison : DataFrame
        From :func:`skyedge.results.tables.comparison.compare`.
    worlds : mapping
        From :func:`skyedge.results.statistics.varied.described`.
    looks : mapping
        From :func:`skyedge.results.report.series.looks`.
    """
    sweeps = find_sweeps(worlds)
    if not sweeps:
        return None
    labels = {label for sweep in sweeps for label in sweep.labels.values()}
    here = comparison[comparison["scenario"].isin(labels)]
    legend = [look.legend() for solver, look in looks.items() if solver in set(here["solver"])]
    if here["best_bound"].notna().any():
        legend.append({"name": BOUND, "colour": "var(--bound)", "dash": "dash"})
    return {
        "id": "sweeps",
        "title": "Sweeps",
        "choice": "Swept",
        "caption": "One thing changes, everything else stays. Bars are 95 % intervals of the mean cost. "
        "Latency and energy count served requests only: read them beside the share served.",
        "legend": legend,
        "variants": [{"label": sweep.title, "panels": list(_panels(comparison, sweep, looks))} for sweep in sweeps],
    }


def _panels(comparison: pd.DataFrame, sweep: Sweep, looks: Looks) -> Iterator[Panel]:
    here = comparison[comparison["scenario"].isin(sweep.values)]
    here = here.sort_values("scenario", key=lambda labels: labels.map(sweep.places), kind="stable")
    here = here.assign(swept=here["scenario"].map(sweep.values))
    for measure, (title, scale) in MEASURES.items():
        shown = here[here[measure].notna()]
        if shown.empty:
            continue
        traces = [_trace(own, measure, scale, looks, str(solver)) for solver, own in shown.groupby("solver")]
        if measure == "cost":
            traces.append(_bound(here))
        yaxis = log_axis("") if measure in ("gap", "seconds") else {}
        layout = {"xaxis": {"title": {"text": sweep.field}}, "yaxis": yaxis, "height": 300}
        yield {"title": title, "traces": traces, "layout": layout}


def _bound(here: pd.DataFrame) -> Panel:
    """Return the mean lower bound at each swept value that has one."""
    bounds = here.drop_duplicates("swept")
    return {
        "name": BOUND,
        "x": bounds["swept"].tolist(),
        "y": numbers(bounds["best_bound"]),
        "mode": "lines",
        "line": {"color": "var(--bound)", "dash": "dash", "width": 2},
        "hovertemplate": f"{BOUND}: %{{y:.1f}} at %{{x}}<extra></extra>",
    }


def _trace(own: pd.DataFrame, measure: str, scale: float, looks: Looks, solver: str) -> Panel:
    look = looks[solver]
    trace: Panel = {
        "name": look.name,
        "x": own["swept"].tolist(),
        "y": numbers(scale * own[measure]),
        "mode": "lines+markers",
        "line": {"color": look.colour, "dash": look.dash, "width": 2},
        "marker": {"color": look.colour, "symbol": look.symbol, "size": 7},
        "hovertemplate": f"{look.name}: %{{y:.4g}} at %{{x}}<extra></extra>",
    }
    if measure == "cost":
        trace["error_y"] = interval(own, look.colour)
    return trace
