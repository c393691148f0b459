"""How sure the comparison is: robust means, tests against the cheapest method and ranks, as in ``comparisons.md``."""

from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np
import pandas as pd

from skyedge.results.report.series import SYMBOLS, Figure, Looks, Panel, axis_name, methods_axis, numbers
from skyedge.results.report.tables import Section, Table, as_table
from skyedge.results.statistics import ALL, SIGNIFICANCE, Compared, method
from skyedge.results.tables.significance_text import aggregate_columns, left_out, pair_columns, ranking


def certainty(comparisons: Sequence[Compared]) -> list[Section]:
    """Return the tables of every scenario, and of all together: two for each track, and what they come to."""
    by_scenario = groupby(comparisons, key=lambda one: one.view.scenario)
    return [_section(scenario, list(some)) for scenario, some in by_scenario]


def _section(scenario: str, comparisons: Sequence[Compared]) -> Section:
    tables = [table for one in comparisons for table in _tables(one)]
    return Section(scenario, np.nan, tables, [line for one in comparisons for line in _findings(one)])


def _tables(one: Compared) -> Iterator[Table]:
    relative, track, prefix = one.view.scenario == ALL, one.view.track, _prefix(one)
    yield as_table(f"{prefix}Robust means and ranks", track, one.aggregates, aggregate_columns(relative), words=2)
    against = one.against_cheapest
    if len(against):
        cheapest = method(against["first"].iloc[0])
        rows = against.assign(information=against["second_information"])
        columns = pair_columns(cheapest, relative)
        columns[0] = columns[0]._replace(title="method")
        yield as_table(f"{prefix}Paired with {cheapest}, the cheapest", track, rows, columns, words=2)


def _findings(one: Compared) -> Iterator[str]:
    """Say in words what the tests came to."""
    prefix, against = _prefix(one), one.against_cheapest
    if len(against):
        alike = [method(solver) for solver in against.loc[against["p_holm_cheapest"] >= SIGNIFICANCE, "second"]]
        told = f"{prefix}Tests at {100 * SIGNIFICANCE:.0f} % tell {method(against['first'].iloc[0])}"
        but = f" but {', '.join(alike)}" if alike else ""
        yield f"{told} from {'no other method' if len(alike) == len(against) else f'all other methods{but}'}."
    if one.ranks:
        yield prefix + ranking(one.ranks)
    if one.left_out:
        yield prefix + left_out(one)


def _prefix(one: Compared) -> str:
    return f"Track {one.view.track}: " if one.view.track else ""


def rank_figure(comparisons: Sequence[Compared], looks: Looks) -> Figure | None:
    """Return mean ranks with bars that touch where Nemenyi's test cannot tell two methods apart; None without ranks."""
    ranked = [one for one in comparisons if one.ranks]
    if not ranked:
        return None
    kinds = [kind for kind in SYMBOLS if any((one.aggregates["information"] == kind).any() for one in ranked)]
    return {
        "id": "ranks",
        "title": "Mean ranks",
        "choice": "Table",
        "caption": "Rank 1 is the cheapest method of an instance. Bars are as wide as the critical difference: two "
        "methods whose bars do not touch differ at 5 % (Nemenyi's test).",
        "legend": [{"name": kind, "colour": f"var(--{kind})", "symbol": SYMBOLS[kind]} for kind in kinds],
        "variants": [{"label": one.view.title, "panels": [_rank_panel(one, looks)]} for one in ranked],
    }


def _rank_panel(one: Compared, looks: Looks) -> Panel:
    assert one.ranks is not None
    data = one.aggregates.sort_values("rank", kind="stable")
    names = {solver: axis_name(looks[solver]) for solver in data["solver"]}
    half = one.ranks.critical_difference / 2
    traces = [_ranks(str(kind), own, names, half) for kind, own in data.groupby("information")]
    layout = {"xaxis": {"title": {"text": "mean rank"}, "nticks": 8}, **methods_axis(list(names.values()))}
    return {"title": "", "traces": traces, "layout": layout}


def _ranks(kind: str, own: pd.DataFrame, names: dict[str, str], half: float) -> Panel:
    colour = f"var(--{kind})"
    return {
        "name": kind,
        "x": numbers(own["rank"]),
        "y": [names[solver] for solver in own["solver"]],
        "error_x": {"type": "constant", "value": half, "color": colour, "thickness": 4, "width": 0},
        "mode": "markers",
        "marker": {"color": colour, "symbol": SYMBOLS[kind], "size": 10},
        "hovertemplate": "%{y}: mean rank %{x:.2f}<extra></extra>",
    }
