"""Learning curves: what policies cost on held-out instances, against the slots that they have learned from."""

from collections.abc import Mapping

import pandas as pd

from skyedge.problem import InputError
from skyedge.results.figures import learning_curves
from skyedge.results.report.series import COLOURS, Figure, Panel, numbers
from skyedge.results.statistics import Worlds


def learning_figure(rows: pd.DataFrame, worlds: Worlds) -> Figure | None:
    """Return a panel per scenario and track, a line per algorithm with its band; None where nothing was learned.

    Parameters
    ----------
    rows : DataFrame
        One row per cell.
    worlds : mapping
        The fields of each scenario, by label.
    """
    try:
        data = learning_curves.data(rows[rows["cost"].notna()], worlds)
    except InputError:  # no learned method, or policies that were copied here without their curves
        return None
    learned = data["slots"].notna()
    points, references = learning_curves.summarise(data[learned]), data[~learned]
    algorithms = sorted(points["algorithm"].unique())
    colours = {name: f"var(--series-{number % COLOURS})" for number, name in enumerate(algorithms)}
    legend = [{"name": name, "colour": colour, "dash": "solid"} for name, colour in colours.items()]
    if len(references):
        legend.append({"name": "not learned", "colour": "var(--muted)", "dash": "dash"})
    return {
        "id": "learning",
        "title": "Learning curves",
        "caption": "Cost on held-out instances after so many slots of learning: the mean over the training seeds with "
        "its 95 % band (Student). Compare algorithms within a track only. Dashed: methods that do not learn, their "
        "mean on the instances of this campaign.",
        "legend": legend,
        "variants": [
            {"label": scenario, "panels": _panels(here, references[references["scenario"] == scenario], colours)}
            for scenario, here in points.groupby("scenario", sort=False)
        ],
    }


def _panels(points: pd.DataFrame, references: pd.DataFrame, colours: Mapping[str, str]) -> list[Panel]:
    return [_panel(f"track {track}", here, references, colours) for track, here in points.groupby("track", sort=False)]


def _panel(title: str, points: pd.DataFrame, references: pd.DataFrame, colours: Mapping[str, str]) -> Panel:
    traces: list[Panel] = []
    ends = [float(points["slots"].min()), float(points["slots"].max())]
    for _, one in references.iterrows():
        traces.append(_reference(one, ends))
    for algorithm, line in points.groupby("algorithm"):
        traces += _line(str(algorithm), line, colours[str(algorithm)])
    layout = {
        "xaxis": {"title": {"text": "slots learned from"}, "tickformat": ",d", "nticks": 6},
        "yaxis": {"title": {"text": "cost"}, "type": "log", "exponentformat": "none", "nticks": 8},
        "height": 360,
    }
    return {"title": title, "traces": traces, "layout": layout}


def _reference(one: pd.Series, ends: list[float]) -> Panel:
    return {
        "name": "not learned",
        "x": ends,
        "y": [round(one["cost"], 2)] * 2,
        "text": ["", one["algorithm"]],
        "textposition": "top left",
        "textfont": {"color": "var(--muted)"},
        "mode": "lines+text",
        "line": {"color": "var(--muted)", "dash": "dash", "width": 1},
        "hovertemplate": f"{one['algorithm']}: %{{y:.1f}}<extra></extra>",
    }


def _line(algorithm: str, line: pd.DataFrame, colour: str) -> list[Panel]:
    """Return the band, drawn as a closed outline, and the mean over it."""
    band = line.dropna(subset=["low", "high"])
    outline = {
        "name": algorithm,
        "x": numbers(pd.concat([band["slots"], band["slots"][::-1]])),
        "y": numbers(pd.concat([band["high"], band["low"][::-1]])),
        "fill": "toself",
        "fillcolor": f"{colour}/0.18",
        "mode": "none",
        "hoverinfo": "skip",
    }
    mean = {
        "name": algorithm,
        "x": numbers(line["slots"]),
        "y": numbers(line["cost"]),
        "mode": "lines",
        "line": {"color": colour, "width": 2},
        "hovertemplate": f"{algorithm}: %{{y:.1f}} after %{{x:,d}} slots<extra></extra>",
    }
    return [outline, mean]
