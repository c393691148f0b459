"""The comparisons of a campaign as Markdown: robust means, ranks, and tests against the cheapest solver."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from skyedge.results.statistics import ALL, SIGNIFICANCE, Compared, Ranks, method
from skyedge.results.tables.columns import NONE, TableColumn
from skyedge.results.tables.comparison import markdown

SHOWN_P = 0.0005  # below which a p-value is given as that


def as_markdown(comparisons: Sequence[Compared], title: str) -> str:
    """Return tables, ranks and legend."""
    parts = [f"# {title}: how sure the comparison is"]
    for one in comparisons:
        parts += [f"## {one.view.title}", *_sections(one)]
    return "\n\n".join([*parts, *LEGEND]) + "\n"


def _sections(one: Compared) -> list[str]:
    relative = one.view.scenario == ALL
    parts = [markdown(one.aggregates, aggregate_columns(relative), words=2)]
    if one.left_out:
        parts.append(left_out(one))
    if one.ranks:
        parts.append(ranking(one.ranks))
    against = one.against_cheapest
    if len(against):
        columns = pair_columns(method(against["first"].iloc[0]), relative)
        parts.append(markdown(against, columns, words=2))
    return parts


def left_out(one: Compared) -> str:
    """Return which solvers are left out and why."""
    return f"Left out, for they lack scores that the others have: {', '.join(map(method, one.left_out))}."


def ranking(ranks: Ranks) -> str:
    """Return what the tests on ranks say."""
    verdict = "" if ranks.friedman_p < SIGNIFICANCE else ", so that ranks tell nothing apart here"
    return (
        f"Ranks: Friedman's test gives p {_p(ranks.friedman_p, '= ')}{verdict}; at 5 % the critical difference "
        f"of mean ranks is {ranks.critical_difference:.2f} (Nemenyi)."
    )


def aggregate_columns(relative: bool) -> list[TableColumn]:
    """Return the columns of :attr:`Compared.aggregates`; costs may be relative."""
    form, what = (".3f", "cost, relative") if relative else (".1f", "cost")
    return [
        TableColumn("solver", lambda one: method(one["solver"])),
        TableColumn("information", lambda one: one["information"]),
        TableColumn(f"IQM {what} [95 % CI]", lambda one: _interval(one, "iqm", form)),
        TableColumn(f"mean {what} [95 % CI]", lambda one: _interval(one, "mean", form)),
        TableColumn("gap % [95 % CI]", lambda one: _interval(100 * one[["gap", "gap_low", "gap_high"]], "gap", ".2f")),
        TableColumn("mean rank", lambda one: _number(one["rank"], ".2f")),
        TableColumn("instances", lambda one: str(one["instances"])),
        TableColumn("training seeds", lambda one: _number(one["training_seeds"], ".0f")),
        TableColumn("seconds, shifted geom. mean", lambda one: f"{one['seconds']:.2f}"),
    ]


def pair_columns(cheapest: str, relative: bool) -> list[TableColumn]:
    """Return the columns of :attr:`Compared.against_cheapest`."""
    form = "+.3f" if relative else "+.1f"
    return [
        TableColumn(f"against {cheapest}", lambda one: method(one["second"])),
        TableColumn("information", lambda one: one["second_information"]),
        TableColumn("dearer by [95 % CI]", lambda one: _interval(one, "difference", form)),
        TableColumn("cheaper – tie – dearer", lambda one: f"{one['losses']} – {one['ties']} – {one['wins']}"),
        TableColumn("p", lambda one: _p(one["p"])),
        TableColumn("p, Holm", lambda one: _p(one["p_holm_cheapest"])),
    ]


def _interval(one: pd.Series, name: str, form: str) -> str:
    low, high = one[f"{name}_low"], one[f"{name}_high"]
    return _number(one[name], form) + ("" if np.isnan(low) else f" [{low:{form}}, {high:{form}}]")


def _number(value: float, form: str) -> str:
    return NONE if np.isnan(value) else format(value, form)


def _p(value: float, equal: str = "") -> str:
    return f"{equal}{value:.3f}" if value >= SHOWN_P else f"< {2 * SHOWN_P:g}"


LEGEND = (
    "All solvers of a table have a score on each of its instances; solvers that have learned are those of one track. "
    "*Offline* solvers see the whole instance in advance, *online* ones do not: a difference between the two kinds is "
    "also the price of not knowing the future.",
    "*IQM* is the interquartile mean, over the middle half of the runs. Intervals are percentile-bootstrap ones over "
    "instances, within their scenarios, and, for learned methods, independently over training seeds. Over all "
    "scenarios a cost is relative to the least of the table on the same instance. *Gap* is (cost − bound) / cost, the "
    "bound being the highest proved on the instance. Times are the shifted geometric mean with a shift of 1 s.",
    "*Dearer by* is the difference of mean costs with the interval of a paired bootstrap. *p* is that of Wilcoxon's "
    "two-sided signed-rank test, paired on instances; Holm's correction is for the comparisons of one table here, and "
    "for all its pairs in the column p_holm of comparisons.csv. With n instances p is at least 2 / 2ⁿ, so few of them "
    "cannot show much. The tests of learned methods are about the policies at hand, averaged over training seeds; "
    "only the intervals count with training anew.",
)
