"""Where text goes: results to stdout, progress and remarks to stderr."""

import sys
from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

GAP = 2  # between the columns of a table
PIPE_WIDTH = 200  # columns where there is no terminal to fit into


def results() -> Console:
    """Return the console for what was asked for."""
    return Console(width=None if sys.stdout.isatty() else PIPE_WIDTH, highlight=False, markup=False)


def remarks() -> Console:
    """Return the console for progress and remarks; a remark is one line, however long."""
    return Console(stderr=True, soft_wrap=True, highlight=False, markup=False)


def progress(console: Console, own_forecast: bool = False) -> Progress:
    """Return a progress bar with an ETA, which is seen on a terminal only and leaves nothing behind.

    Tasks with a forecast of their own keep it in their field ``left``; else the ETA follows from the pace so far.
    """
    counts = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    left = TextColumn("{task.fields[left]}") if own_forecast else TimeRemainingColumn()
    times = (TimeElapsedColumn(), TextColumn("so far,"), left, TextColumn("left"))
    return Progress(*counts, *times, console=console, transient=True, disable=not console.is_terminal)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], words: int = 1) -> Table:
    """Return a table whose first ``words`` columns are text and whose others are numbers, set to the right.

    Columns without any name get no header line.
    """
    named = any(columns)
    made = Table(
        title=Text(title, style="bold"),
        title_justify="left",
        box=box.SIMPLE_HEAD if named else None,
        show_header=named,
        padding=(0, GAP - named, 0, 0),  # the box of a header adds one
        pad_edge=False,
    )
    for number, column in enumerate(columns):
        made.add_column(Text(column), justify="left" if number < words else "right", no_wrap=number == 0)
    for row in rows:
        made.add_row(*(Text(value) for value in row))
    return made


def fitting(lines: Sequence[Sequence[str]], least: int, width: int) -> int:
    """Return how many leading columns of a table fit into a width, and no fewer than ``least``."""
    widths = [max(map(len, column)) + GAP for column in zip(*lines, strict=True)]
    shown = len(widths)
    while shown > least and sum(widths[:shown]) > width:
        shown -= 1
    return shown
