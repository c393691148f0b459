"""Learning curves: what policies cost on held-out instances, against the slots that they have learned from."""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator, StrMethodFormatter
from scipy.stats import t

from skyedge.problem import InputError, Scenario
from skyedge.results.figures.style import GREY, PALETTE, legend, line, style
from skyedge.results.statistics import Worlds
from skyedge.results.tables.comparison import best_bounds, per_instance
from skyedge.rl.policies.record import CURVE, PolicyRecord
from skyedge.solvers import configure, get, parse_spec

LEVEL = 0.95
REFERENCES = ("greedy", "myopic", "horizon")  # what the figure compares with, where the campaign has it
BOUND = "lower bound"  # the mean of the highest that were proved, where every instance has one
NOT_LEARNED: dict[str, Any] = {"color": GREY, "linewidth": 1, "linestyle": (0, (4, 2))}
SETTLING = 0.1  # of the budget, which a closer look leaves out of its frame
LABEL_HEIGHT = 0.055  # of a panel
LEAST_IN = 6.5  # wide, for the legend
Stroke = Literal["-", "-.", ":"]
STROKES: tuple[Stroke, ...] = ("-", "-.", ":")  # the next when the colours are used up
Look = tuple[Stroke, str]  # and colour
NUMBERS = ["seed", "slots", "cost"]  # columns that are read
MOST_POINTS = 100_000
POINT = ["scenario", "track", "algorithm", "slots"]


def data(rows: pd.DataFrame, worlds: Worlds, lines: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Return the curves of all policies that a campaign's learned methods play, and what other methods cost.

    Parameters
    ----------
    rows : DataFrame
        One row per cell.
    worlds : mapping
        The fields of each scenario, by label.
    lines : mapping, optional
        Those to show, see :func:`curves_of`; all by default.

    Returns
    -------
    DataFrame
        Columns ``scenario, track, algorithm, seed, slots, cost``; a curve is of the scenario that its policy was
        trained in. References have neither track nor seed nor slots; their cost is the mean over the instances of
        the campaign, and they are there only where one of its scenarios is that of a curve.

    Raises
    ------
    InputError
        If there is no curve, or the file of one is missing.
    """
    scenarios = {label: Scenario.from_json(json.dumps(fields)) for label, fields in worlds.items()}
    folders = dict(sorted(_policies(rows, scenarios)))
    if not folders:
        raise InputError("the figure learning-curves needs learned solvers: take it out of figures, or add some")
    columns = ["scenario", "track", "algorithm", "seed", "slots", "cost"]
    records = [PolicyRecord.read(folder) for folder in folders]
    read = [
        read_curve(folder / CURVE).assign(algorithm=title, scenario=record.scenario.name, track=record.track)
        for (folder, title), record in zip(folders.items(), records, strict=True)
    ]
    curves = pd.concat(read, ignore_index=True)[columns]
    trained_in = [record.scenario for record in records]
    labels = {label: one.name for label, one in scenarios.items() if one in trained_in}
    references = pd.DataFrame(_references_in(rows[rows["scenario"].isin(labels)]))
    if not references.empty:
        references = references.assign(scenario=references["scenario"].map(labels))
        curves = pd.concat([curves, references], ignore_index=True)
    return curves_of(curves, lines) if lines else curves


def _references_in(rows: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Yield what methods that have not learned cost on average in each scenario, and the mean lower bound."""
    for scenario, here in rows.groupby("scenario"):
        for solver, scores in per_instance(here[here["solver"].isin(REFERENCES)]).groupby("solver"):
            yield {"scenario": scenario, "algorithm": solver, "cost": scores["cost"].mean()}
        bounds = best_bounds(here)
        if len(bounds) == here["instance_seed"].nunique():
            yield {"scenario": scenario, "algorithm": BOUND, "cost": bounds.mean()}


def _policies(rows: pd.DataFrame, scenarios: Mapping[str, Scenario]) -> Iterator[tuple[Path, str]]:
    """Yield the folders of the policies behind a campaign's rows, and what to call each: its algorithm and variant."""
    for _, one in rows[rows["track"] != ""].drop_duplicates(["scenario", "solver", "config"]).iterrows():
        solver = get(parse_spec(one["solver"])[0])
        options = json.loads(one["config"])
        ready = solver(configure(solver, options))
        folder = ready.files(scenarios[one["scenario"]])[0].parent
        yield folder, ", ".join(filter(None, (PolicyRecord.read(folder).algorithm, options.get("variant"))))


def read_curve(path: Path) -> pd.DataFrame:
    """Return ``seed``, ``slots`` and ``cost`` of the learning curve beside a policy.

    Raises
    ------
    InputError
        If it is missing, damaged, too long, or no curve.
    """
    try:
        file = pq.ParquetFile(path)
        if file.metadata.num_rows > MOST_POINTS:  # a few bytes can unfold to any number of equal ones
            raise ValueError(f"over {MOST_POINTS} rows")
        for name in NUMBERS:
            kind = file.schema_arrow.field(name).type
            if not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
                raise ValueError(f"{name} is {kind}, no numbers")
        return file.read(NUMBERS).to_pandas(ignore_metadata=True)
    except (OSError, pa.ArrowException, LookupError, ValueError, RecursionError) as error:
        reason = "no such file" if isinstance(error, FileNotFoundError) else f"not readable ({error})"
        raise InputError(f"{path}: {reason}: `skyedge train` writes it beside the policy, copy it along") from None


def curves_of(data: pd.DataFrame, lines: Mapping[str, str]) -> pd.DataFrame:
    """Return the curves of some algorithms in the tracks that have them all, with ``myopic`` and the bound.

    Parameters
    ----------
    data : DataFrame
        From :func:`data`.
    lines : mapping
        From ``ALGORITHM``, or ``ALGORITHM, VARIANT``, to what each is called.

    Raises
    ------
    InputError
        If no track has them all.
    """
    chosen = data[data["algorithm"].isin(lines.keys()) & data["slots"].notna()]
    complete = chosen.groupby(["scenario", "track"])["algorithm"].transform("nunique") == len(lines)
    if not complete.any():
        raise InputError(f"no track has the curves of all of {'; '.join(lines)}: add them as solvers")
    references = data[data["slots"].isna() & data["algorithm"].isin(["myopic", BOUND])]
    named = chosen[complete].assign(algorithm=chosen["algorithm"].map(lines))
    return pd.concat([named, references], ignore_index=True)


def summarise(curves: pd.DataFrame) -> pd.DataFrame:
    """Return mean and interval over training seeds at each point that all seeds of an algorithm have.

    Parameters
    ----------
    curves : DataFrame
        From :func:`data`, references left out.

    Returns
    -------
    DataFrame
        Columns ``scenario, track, algorithm, slots, seeds, cost, low, high``: Student's 95 % interval of the mean,
        NaN for one seed.
    """
    found = curves.groupby(POINT, sort=False)["cost"].agg(seeds="count", cost="mean", spread="std").reset_index()
    found = found[found["seeds"] == found.groupby(POINT[:3])["seeds"].transform("max")]
    degrees = (found["seeds"] - 1).where(found["seeds"] > 1)
    half = t.ppf((1 + LEVEL) / 2, degrees) * found["spread"] / np.sqrt(found["seeds"])
    return found.assign(low=found["cost"] - half, high=found["cost"] + half).drop(columns="spread")


def draw(data: pd.DataFrame, closer: bool = False) -> Figure:
    """Draw a panel per scenario and track: a line per algorithm with its band, and what other methods cost.

    Parameters
    ----------
    data : DataFrame
        From :func:`data`.
    closer : bool
        Give each panel a frame of its own, that of its lines after the first tenth of the slots.
    """
    learned = data["slots"].notna()
    points, references = summarise(data[learned]), data[~learned]
    algorithms = sorted(points["algorithm"].unique())
    looks = dict(zip(algorithms, product(STROKES, PALETTE), strict=False))
    panels = list(points.groupby(["scenario", "track"], sort=False))
    with style():
        figure = Figure(figsize=(max(1.2 + 3.9 * len(panels), LEAST_IN), 3.9), layout="constrained")
        axes = figure.subplots(1, len(panels), sharey=not closer, squeeze=False)[0]
        axes[0].set(ylabel="cost on held-out instances")
        for axis, ((scenario, track), here) in zip(axes, panels, strict=True):
            others = references[references["scenario"] == scenario]
            late = here["slots"] >= SETTLING * here["slots"].max()
            seen = [here[late], others] if closer else [points, references]
            _frame(axis, pd.concat([one["cost"] for one in seen]))
            _panel(axis, here, looks)
            _references(axis, others)
            axis.set_title(f"{scenario}, {track}")
        _legend(figure, looks, sorted(points["seeds"].unique()), not references.empty)
    return figure


def _frame(axis: Axes, costs: pd.Series) -> None:
    axis.set(yscale="log", ylim=(0.97 * costs.min(), 1.05 * costs.max()))  # bands may leave it


def _panel(axis: Axes, points: pd.DataFrame, looks: Mapping[str, Look]) -> None:
    for name, curve in points.groupby("algorithm"):
        stroke, colour = looks[str(name)]
        axis.fill_between(curve["slots"], curve["low"], curve["high"], color=colour, alpha=0.18, linewidth=0, zorder=2)
        axis.plot(curve["slots"], curve["cost"], color=colour, linestyle=stroke, linewidth=1.5, zorder=3)
    axis.set(xlabel="slots learned from", xlim=(0, points["slots"].max()))
    axis.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axis.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axis.yaxis.set_major_locator(LogLocator(subs=(1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9)))
    axis.yaxis.set_minor_locator(NullLocator())


def _references(axis: Axes, references: pd.DataFrame) -> None:
    """Draw lines across the panel, their names in the margin, moved apart where they would touch."""
    if references.empty:
        return
    low, high = np.log(axis.get_ylim())
    references = references.sort_values("cost")
    heights = (np.log(references["cost"].to_numpy(float)) - low) / (high - low)
    least = LABEL_HEIGHT * np.arange(len(heights))
    apart = np.maximum.accumulate(heights - least) + least
    apart = apart - np.mean(apart - heights)  # some a little lower, others a little higher than their lines
    for height, (_, one) in zip(apart, references.iterrows(), strict=True):
        axis.axhline(one["cost"], **NOT_LEARNED, zorder=1)
        label = axis.text(1.015, height, one["algorithm"], transform=axis.transAxes)
        label.set(ha="left", va="center", color=GREY, fontsize="small")


def _legend(figure: Figure, looks: Mapping[str, Look], seeds: Sequence[int], referred: bool) -> None:
    entries = {name: line(color=colour, linestyle=stroke, linewidth=1.5) for name, (stroke, colour) in looks.items()}
    if referred:
        entries["not learned (mean on the campaign's instances)"] = line(**NOT_LEARNED)
    legend(figure, entries, ncols=3 if figure.get_figwidth() > LEAST_IN else 2)
    counts = " or ".join(map(str, seeds))
    figure.supxlabel(f"mean over {counts} training seeds, with its 95 % band (Student)", fontsize="small", color=GREY)
