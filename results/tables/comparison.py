"""Comparison tables: every solver on identical instances, a table per scenario and track."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from rich.table import Table

from skyedge.results import console
from skyedge.results.statistics import by_track, crossed_interval, mean_gap, mean_interval, mean_ratio
from skyedge.results.storage import CONSTRAINTS, MEANS, SCORES
from skyedge.results.tables.columns import (
    ALWAYS,
    INCOMPLETE,
    LEARNED_LEGEND,
    LEGEND,
    TRAINING,
    TableColumn,
    comparison_columns,
    lines,
)

ROUNDING = 1e-9  # of sums of costs, relative


def per_instance(rows: pd.DataFrame) -> pd.DataFrame:
    """Average the repeats of each solver on each instance, leaving out what was not scored.

    Parameters
    ----------
    rows : DataFrame
        One row per cell.

    Returns
    -------
    DataFrame
        One row per scenario, solver and instance_seed.
    """
    scored = rows[rows["cost"].notna()]
    keys = ["scenario", "solver", "instance_seed"]
    return scored.groupby(keys, sort=False)[[*SCORES, "wall_s"]].mean().reset_index()


def best_bounds(here: pd.DataFrame) -> pd.Series:
    """Highest lower bound that any solver proved, by instance_seed; instances without a bound are left out.

    Parameters
    ----------
    here : DataFrame
        One row per cell of one scenario.
    """
    return here.groupby("instance_seed")["bound"].max().dropna()


def compare(rows: pd.DataFrame) -> pd.DataFrame:
    """Summarise the solvers of each scenario, cheapest first; what gives only bounds comes last.

    A solver is complete when none of its runs failed. Means of complete solvers are over the same
    instances; incomplete ones follow them, and :func:`notes` says what theirs are over. The cost relative to the
    best is always paired, instance by instance.

    Parameters
    ----------
    rows : DataFrame
        One row per cell.
    """
    summaries: list[dict[str, Any]] = []
    for _, here in rows.groupby("scenario", sort=False):
        scores = _by_solver(here)
        reference = scores[best] if (best := _best(here, scores)) else None
        bounds = best_bounds(here)
        best_bound = bounds.mean() if len(bounds) == here["instance_seed"].nunique() else float("nan")
        found = [
            {"best_bound": best_bound} | _summary(cells, scores[str(solver)], reference, bounds)
            for solver, cells in here.groupby("solver", sort=False)
        ]
        summaries += sorted(found, key=lambda one: (not one["complete"], np.nan_to_num(one["cost"], nan=np.inf)))
    return pd.DataFrame(summaries)


def _by_solver(here: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Split the scores of one scenario by solver, indexed by instance; empty where nothing was scored."""
    averaged = per_instance(here).set_index("instance_seed")
    return {solver: averaged[averaged["solver"] == solver] for solver in here["solver"].unique()}


def _best(here: pd.DataFrame, scores: dict[str, pd.DataFrame]) -> str | None:
    """Return the solver of the least mean cost among those that scored the largest share of their runs."""
    share = here["cost"].notna().groupby(here["solver"]).mean()
    leading = share[(share > 0) & (share == share.max())].index
    return min(leading, key=lambda solver: scores[solver]["cost"].mean(), default=None)


def _summary(
    cells: pd.DataFrame, scores: pd.DataFrame, reference: pd.DataFrame | None, bounds: pd.Series
) -> dict[str, Any]:
    """Summarise one solver on one scenario; ``reference`` holds the scores of the best solver."""
    scored = cells[cells["cost"].notna()]
    own = scores["cost"]
    by_seed = scored.pivot_table("cost", "training_seed", "instance_seed")  # empty for what has not learned
    low, high = crossed_interval(by_seed.to_numpy()) if len(by_seed) > 1 else mean_interval(own.to_numpy())
    paired = pd.concat([own, (scores if reference is None else reference)["cost"]], axis=1, join="inner")
    bounded = pd.concat([own, bounds], axis=1, join="inner")
    return {
        **{name: cells[name].iloc[0] for name in ("scenario", "solver", "information", "track")},
        "scored": len(own),
        "instances": cells["instance_seed"].nunique(),
        "complete": not _lacking(cells).any(),
        "cost": own.mean(),
        "cost_low": low,
        "cost_high": high,
        "gap": mean_gap(*bounded.to_numpy().T),
        "relative_cost": mean_ratio(*paired.to_numpy().T),
        **{name: scores[name].mean() for name in MEANS},
        **{name: round(scores[name].sum()) for name in CONSTRAINTS},
        "seconds": cells.loc[~_lacking(cells), "wall_s"].mean(),
        "bound": cells["bound"].mean(),
        "training_seeds": len(by_seed),
        **{name: scored[name].mean() for name in ("training_slots", "training_seconds")},
        "seed_low": by_seed.mean(axis=1).min(),
        "seed_high": by_seed.mean(axis=1).max(),
    }


def notes(rows: pd.DataFrame, scenario: str) -> list[str]:
    """Say which solvers of a scenario lack runs, why, and what the best one costs on the same instances."""
    here = rows[rows["scenario"] == scenario]
    scores = _by_solver(here)
    best = _best(here, scores)
    lines = _contradictions(here)
    for solver, cells in here.groupby("solver", sort=False):
        if (bounds := cells["bound"].dropna()).size:
            lines.append(f"{solver}: mean lower bound {bounds.mean():.1f} over {_count(len(bounds), 'run')}")
        unscored = cells[_lacking(cells)]
        if unscored.empty:
            continue
        reasons = ", ".join(f"{count} {status}" for status, count in unscored["status"].value_counts().items())
        line = f"{INCOMPLETE} {solver} lacks {len(unscored)} of {_count(len(cells), 'run')} ({reasons})"
        own = scores[str(solver)]
        if len(own):
            line += f": its means are over {_count(len(own), 'instance')}"
        if len(own) and best and best != solver:
            line += f", on which {best} costs {scores[best]['cost'].reindex(own.index).mean():.1f}"
        lines.append(line)
    return lines


def _contradictions(here: pd.DataFrame) -> list[str]:
    """Name what cannot be: other instances under one number, decisions that cost less than a lower bound allows."""
    bounds = best_bounds(here)
    scored = here[here["cost"].notna()]
    bound = scored["instance_seed"].map(bounds)
    wrong = scored[scored["cost"] < bound * (1 - ROUNDING)]
    drawn = here.loc[here["instance_id"] != ""].groupby("instance_seed")["instance_id"].nunique()
    return [f"WRONG: instance {seed} is not the same for all solvers" for seed in drawn[drawn > 1].index] + [
        f"WRONG: {one['solver']} costs {one['cost']:.6f} on instance {one['instance_seed']}, below the lower bound "
        f"{bounds[one['instance_seed']]:.6f}"
        for _, one in wrong.iterrows()
    ]


def _lacking(cells: pd.DataFrame) -> pd.Series:
    """Tell which runs should have given a score and did not; a pure bound never gives one."""
    return cells["cost"].isna() & (cells["status"] != "bound-only")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def as_rich(rows: pd.DataFrame, comparison: pd.DataFrame, width: int) -> Iterable[Table | str]:
    """Yield what a terminal of so many columns shows: for each scenario its tables and notes."""
    for scenario, everything in comparison.groupby("scenario", sort=False):
        for view in by_track(str(scenario), everything):
            columns, words = comparison_columns(view.rows)
            header, body = [column.title for column in columns], lines(view.rows, columns)
            shown = console.fitting([header, *body], words + ALWAYS, width)
            yield console.table(view.title, header[:shown], [line[:shown] for line in body], words)
            if shown < len(header):
                yield f"table.md also has: {', '.join(header[shown:])}"
            if (scored := learned(view.rows)).size:
                yield console.table("", [column.title for column in TRAINING], lines(scored, TRAINING), words=2)
        yield from notes(rows, str(scenario))


def as_markdown(rows: pd.DataFrame, comparison: pd.DataFrame, title: str) -> str:
    """Return the tables and notes as Markdown."""
    parts = [f"# {title}"]
    for scenario, everything in comparison.groupby("scenario", sort=False):
        for view in by_track(str(scenario), everything):
            parts += [f"## {view.title}", markdown(view.rows, *comparison_columns(view.rows))]
            if (scored := learned(view.rows)).size:
                parts.append(markdown(scored, TRAINING, words=2))
        parts += notes(rows, str(scenario))
    legends = [LEGEND, LEARNED_LEGEND] if learned(comparison).size else [LEGEND]
    return "\n\n".join([*parts, *legends]) + "\n"


def learned(summaries: pd.DataFrame) -> pd.DataFrame:
    """Return the summaries of learned methods that were scored."""
    return summaries[(summaries["track"] != "") & (summaries["scored"] > 0)]


def markdown(summaries: pd.DataFrame, columns: Sequence[TableColumn], words: int) -> str:
    """Return a table of summaries as Markdown; its first ``words`` columns are text."""
    rule = ["---"] * words + ["---:"] * (len(columns) - words)
    header = [column.title for column in columns]
    return "\n".join("| " + " | ".join(line) + " |" for line in (header, rule, *lines(summaries, columns)))
