"""How far a campaign is: a bar on a terminal, a line now and then elsewhere."""

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from statistics import fmean
from typing import Self

from rich.console import Console
from rich.progress import Progress as Bar

from skyedge.results import console
from skyedge.results.storage import Cell, Row


class Forecast:
    """Seconds of cells to come: the mean of their solver in their scenario, else of their solver, else the budget."""

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        self._known: dict[tuple[str, ...], list[float]] = defaultdict(list)
        for row in rows:
            self.learn(row)

    def learn(self, row: Row) -> None:
        """Take note of a finished cell."""
        if row["wall_s"] == row["wall_s"]:  # NaN: nobody knows
            self._known[row["scenario"], row["solver"]].append(row["wall_s"])
            self._known[(row["solver"],)].append(row["wall_s"])

    def seconds(self, cell: Cell) -> float:
        """Return what a cell is likely to take."""
        known = self._known.get((cell.scenario, cell.solver)) or self._known.get((cell.solver,))
        return fmean(known) if known else cell.seconds

    def left_s(self, cells: Iterable[Cell], jobs: int) -> float:
        """Return what cells are likely to take with so many at a time."""
        every = [self.seconds(cell) for cell in cells]
        return max(sum(every) / max(jobs, 1), max(every, default=0.0))


def in_words(seconds: float) -> str:
    """Return a duration as people say it: ``40 s``, ``12 min``, ``3 h 20 min``."""
    if seconds < 99.5:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"


EVERY_S = 60.0  # between lines, where there is no terminal
MAX_FAILURES = 5  # that are quoted


class Progress:
    """Counts cells as they finish and says when the rest will be done. Get one from :meth:`shown`."""

    def __init__(self, cells: Sequence[Cell], forecast: Forecast, remarks: Console, bar: Bar) -> None:
        self._left = {cell.key: cell for cell in cells}
        self._total, self._forecast, self._remarks, self._bar = len(cells), forecast, remarks, bar
        self._task = bar.add_task("cells", total=len(cells), left="")
        self._said = time.monotonic()
        self.failures: list[Row] = []
        self.computed = 0  # by this runner

    @classmethod
    @contextmanager
    def shown(cls, cells: Sequence[Cell], forecast: Forecast, remarks: Console) -> Iterator[Self]:
        """Show the progress of computing some cells during the block."""
        with console.progress(remarks, own_forecast=True) as bar:
            yield cls(cells, forecast, remarks, bar)

    def finished(self, row: Row) -> None:
        """Count a cell that this runner has computed."""
        self.computed += 1
        self._forecast.learn(row)
        if row["error"]:
            self.failures.append(row)
        del self._left[row["key"]]

    def elsewhere(self, cell: Cell) -> None:
        """Count a cell that another runner has computed."""
        del self._left[cell.key]

    @property
    def computed_elsewhere(self) -> int:
        """How many cells other runners have computed."""
        return self._total - len(self._left) - self.computed

    def tick(self, jobs: int) -> None:
        """Bring what is shown up to date; ``jobs`` cells run at a time."""
        done = self._total - len(self._left)
        left = in_words(self._forecast.left_s(self._left.values(), jobs))
        what = f"cells, {len(self.failures)} failed" if self.failures else "cells"
        self._bar.update(self._task, completed=done, description=what, left=left)
        if not self._remarks.is_terminal and time.monotonic() - self._said > EVERY_S:
            self._said = time.monotonic()
            self._remarks.print(f"{done} of {self._total} {what}, about {left} left")

    def say_failures(self) -> None:
        """Quote the first failures."""
        for row in self.failures[:MAX_FAILURES]:
            place = f"{row['solver']} on {row['scenario']} {row['instance_seed']}"
            self._remarks.print(f"{row['status']}: {place}: {row['error']}")
        if len(self.failures) > MAX_FAILURES:
            self._remarks.print(f"… and {len(self.failures) - MAX_FAILURES} more; the tables count them")
