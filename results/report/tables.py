"""The comparison tables as the page shows them: one per scenario and track, each value with what it sorts by."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pandas as pd

from skyedge.results.tables.columns import TRAINING, TableColumn, comparison_columns, lines
from skyedge.results.tables.comparison import learned, notes

NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?")


class Entry(NamedTuple):
    """The words of a table's cell and the number that they sort by, None for words alone."""

    words: str
    key: float | None


class TableRow(NamedTuple):
    """A row: what the filters ask for, and its entries."""

    information: str
    entries: list[Entry]


class Table(NamedTuple):
    """A table of one scenario and one track; leading columns hold words, the others numbers."""

    title: str
    track: str
    header: list[str]
    words: int
    lines: list[TableRow]


class Section(NamedTuple):
    """All there is in tables about a scenario."""

    scenario: str
    bound: float  # mean of the best lower bounds; NaN if an instance has none
    tables: list[Table]
    notes: list[str]


def sections(rows: pd.DataFrame, comparison: pd.DataFrame) -> list[Section]:
    """Return the tables of every scenario.

    Parameters
    ----------
    rows : DataFrame
        One row per cell.
    comparison : DataFrame
        From :func:`skyedge.results.tables.comparison.compare`.
    """
    return [
        Section(str(scenario), here["best_bound"].iloc[0], list(_tables(here)), notes(rows, str(scenario)))
        for scenario, here in comparison.groupby("scenario", sort=False)
    ]


def _tables(summaries: pd.DataFrame) -> Iterator[Table]:
    """Yield a table per track, the methods that do not learn in each, and what the learning took."""
    tracks = [track for track in summaries["track"].unique() if track]  # that of the cheapest method first
    for track in tracks or [""]:
        here = summaries[summaries["track"].isin(["", track])]
        yield as_table(f"Track {track}" if track else "All methods", track, here, *comparison_columns(here))
        if len(scored := learned(here)):
            yield as_table(f"Track {track}: what the learning took", track, scored, TRAINING, words=2)


def as_table(title: str, track: str, here: pd.DataFrame, columns: Sequence[TableColumn], words: int) -> Table:
    """Return summaries, a row each, as a table whose first ``words`` columns are text."""
    body = [
        TableRow(information, [Entry(text, None if n < words else sort_key(text)) for n, text in enumerate(line)])
        for information, line in zip(here["information"], lines(here, columns), strict=True)
    ]
    return Table(title, track, [column.title for column in columns], words, body)


def sort_key(words: str) -> float | None:
    """Return the number that words sort by: their first one, or the sum of whole numbers alone (C1–C6).

    >>> sort_key("1,769.2 [757.1, 780.3]"), sort_key("4 0 12 0 0 0"), sort_key("–")
    (1769.2, 16.0, None)
    """
    tokens = words.split()
    if len(tokens) > 1 and all(token.isdigit() for token in tokens):
        return float(sum(map(int, tokens)))
    found = NUMBER.search(words)
    return float(found[0].replace(",", "")) if found else None
