"""What the columns of a table say of a summary, and the legend below."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from skyedge.results.statistics import method
from skyedge.results.storage import CONSTRAINTS

NONE = "–"
INCOMPLETE = "†"


class TableColumn(NamedTuple):
    """A title, and how a summary's words in the column are made."""

    title: str
    words: Callable[[pd.Series], str]


def _solver(one: pd.Series) -> str:
    return method(one["solver"]) + ("" if one["complete"] else f" {INCOMPLETE}")


def _scored(one: pd.Series) -> str:
    return f"{one['scored']} / {one['instances']}" if one["scored"] or not one["complete"] else NONE


def _cost(one: pd.Series) -> str:
    if not one["scored"]:
        return NONE if np.isnan(one["bound"]) else f"≥ {one['bound']:.1f}"
    interval = f" [{one['cost_low']:.1f}, {one['cost_high']:.1f}]" if one["scored"] > 1 else ""
    return _number(one["cost"], ".1f") + interval


def _broken(one: pd.Series) -> str:
    return " ".join(str(one[name]) for name in CONSTRAINTS) if one["scored"] else NONE


def _number(value: float, form: str) -> str:
    return NONE if np.isnan(value) else format(value, form)


def _formatted(title: str, name: str, form: str) -> TableColumn:
    return TableColumn(title, lambda one: _number(one[name], form))


SOLVER = TableColumn("solver", _solver)
INFORMATION = TableColumn("information", lambda one: one["information"])
TRACK = TableColumn("track", lambda one: one["track"] or NONE)
SEEDS = TableColumn("seeds", lambda one: str(one["training_seeds"] or NONE))
FIGURES = [
    TableColumn("scored", _scored),
    TableColumn("cost [95 % CI]", _cost),
    TableColumn("gap %", lambda one: _number(100 * one["gap"], ".2f")),
    _formatted("vs best", "relative_cost", ".3f"),
    _formatted("served", "served_fraction", ".3f"),
    _formatted("latency s", "mean_latency_s", ".3f"),
    _formatted("J/slot", "energy_per_slot_j", ".1f"),
    _formatted("seconds", "seconds", ".2f"),
    TableColumn("C1–C6", _broken),
]
ALWAYS = 4  # of the figures, shown on the narrowest terminal too

TRAINING = [
    TableColumn("learned", lambda one: method(one["solver"])),
    TRACK,
    TableColumn("training seeds", SEEDS.words),
    _formatted("training slots", "training_slots", ",.0f"),
    _formatted("training s", "training_seconds", ".0f"),
    _formatted("decision s", "seconds", ".2f"),
    TableColumn("cost by training seed", lambda one: f"{one['seed_low']:.1f} to {one['seed_high']:.1f}"),
]


def comparison_columns(summaries: pd.DataFrame) -> tuple[list[TableColumn], int]:
    """Return the columns of a comparison, and how many leading ones hold text; learners add their track and seeds."""
    if (summaries["track"] != "").any():
        return [SOLVER, INFORMATION, TRACK, SEEDS, *FIGURES], 3
    return [SOLVER, INFORMATION, *FIGURES], 2


def lines(summaries: pd.DataFrame, columns: Sequence[TableColumn]) -> list[list[str]]:
    """Return the words of a table, a list per summary."""
    return [[column.words(one) for column in columns] for _, one in summaries.iterrows()]


LEGEND = (
    "Cost is the penalised objective (31'), the mean over instances with a percentile-bootstrap interval; "
    "*gap* is the mean of (cost − bound) / cost, where bound is the highest lower bound that a solver of the campaign "
    "proved on the instance, so the distance to the optimum is that or less; "
    "*vs best* is the mean of cost over the best solver's cost, paired on identical instances. "
    "*Scored* is the number of instances with a score, *served* the share of requests served; "
    "latency and energy count served requests only. "
    "C1–C6 count the requests that broke each constraint, over all instances, means over repeats and training seeds. "
    "Offline solvers see the whole instance in advance, online ones do not."
)
LEARNED_LEGEND = (
    "Compare learned methods within a *track*: in plain they see the raw state, in structured features and masks, and "
    "model-based ones hold exact optimisation inside. Their figures are means over training seeds, never the best of "
    "them. Their intervals resample the instances and, independently, the training seeds, whose part is widened for "
    "their small number (Hesterberg 2015); with one training seed an interval says nothing about training anew. "
    "*Training s* is the learning of one policy, *decision s* its decisions on one instance."
)
