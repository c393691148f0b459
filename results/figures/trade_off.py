"""Latency against energy: what methods reach as their weights ω1 : ω2 change."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from skyedge.problem import InputError
from skyedge.results.figures.point_labels import label_points
from skyedge.results.figures.sensitivity import method_looks
from skyedge.results.figures.style import methods_legend, panels, style
from skyedge.results.statistics import Quantity, Worlds, differing, in_words, kinds, row_evidence

WEIGHTS = ("latency_weight", "energy_weight")
MEASURES = {"mean_latency_s": "latency_s", "energy_per_slot_j": "energy_j", "served_fraction": "served_fraction"}


def data(rows: pd.DataFrame, worlds: Worlds) -> pd.DataFrame:
    """Return latency and energy of every method in every scenario, in the campaign's order.

    Parameters
    ----------
    rows : DataFrame
        One row per cell.
    worlds : mapping
        From :func:`skyedge.results.statistics.varied.described`.

    Returns
    -------
    DataFrame
        Columns ``world`` (what else scenarios differ in, in words), ``scenario, latency_weight, energy_weight, solver,
        information, track``, and ``latency_s``, ``energy_j`` (per slot) and ``served_fraction``, each with the ends
        of its 95 % interval in ``..._low`` and ``..._high``. A method that lacks a run in a scenario is left out there.

    Raises
    ------
    InputError
        If all scenarios have the same weights, or there is no score.
    """
    weights = {label: tuple(fields[name] for name in WEIGHTS) for label, fields in worlds.items()}
    names = _names(worlds)
    evidence = {metric: row_evidence(rows, metric, "the campaign") for metric in MEASURES}
    places = evidence["mean_latency_s"].tables
    if len({weights[scenario] for scenario, _ in places}) < 2:
        raise InputError("the figure trade-off needs scores under two pairs of weights or more: add scenarios")
    known = kinds(rows)
    made = []
    for scenario, solver in places:
        line = {"world": names[scenario], "scenario": scenario, **dict(zip(WEIGHTS, weights[scenario], strict=True))}
        line |= {"solver": solver, **known[solver]}
        for metric, name in MEASURES.items():
            line |= _spelled(name, evidence[metric].value(scenario, solver))
        made.append(line)
    return pd.DataFrame(made)


def _names(worlds: Worlds) -> dict[str, str]:
    """Return what each scenario differs in from others, its weights and its name aside."""
    fields = differing(worlds.values(), {*WEIGHTS, "name"})
    return {label: in_words(world, fields) for label, world in worlds.items()}


def _spelled(name: str, found: Quantity) -> dict[str, Any]:
    return {name: found.estimate, f"{name}_low": found.low, f"{name}_high": found.high}


def draw(data: pd.DataFrame) -> Figure:
    """Draw a panel per world, a line per method through its weights with intervals in both directions.

    Points of the line with the least energy say the weights.

    Parameters
    ----------
    data : DataFrame
        From :func:`data`.
    """
    looks = method_looks(data)
    with style():
        figure, axes = panels(list(data["world"].unique()), (5.4, 4.2))
        for world, panel in axes.items():
            _panel(panel, data[data["world"] == world], looks)
        figure.supxlabel("latency of served requests [s]", fontsize="medium")
        figure.supylabel("energy of served requests [J per slot]", fontsize="medium")
        methods_legend(figure, data, looks, 3 * len(axes))
        figure.draw_without_rendering()  # which settles the layout
        for world, panel in axes.items():
            _label(panel, data[data["world"] == world])
    return figure


def _panel(panel: Axes, data: pd.DataFrame, looks: Mapping[str, dict[str, Any]]) -> None:
    for solver, own in data.groupby("solver", sort=False):
        panel.errorbar(
            own["latency_s"],
            own["energy_j"],
            xerr=_spread(own, "latency_s"),
            yerr=_spread(own, "energy_j"),
            markersize=4.5,
            linewidth=1.3,
            elinewidth=0.7,
            **looks[str(solver)],
        )


def _spread(own: pd.DataFrame, name: str) -> list[pd.Series]:
    return [own[name] - own[f"{name}_low"], own[f"{name}_high"] - own[name]]


def _label(panel: Axes, data: pd.DataFrame) -> None:
    """Write ω1 : ω2, in 1/s and 1/J, at the points of the method that needs least energy."""
    lowest = data.groupby("solver", sort=False)["energy_j"].mean().idxmin()
    own = data[data["solver"] == lowest]
    names = [f"{one:g} : {other:g}" for one, other in zip(own["latency_weight"], own["energy_weight"], strict=True)]
    label_points(panel, own[["latency_s", "energy_j"]].to_numpy(), names)
