"""How long a campaign still takes, from how long its cells have taken so far."""

from collections import defaultdict
from collections.abc import Iterable
from statistics import fmean

from skyedge.results.storage.cells import Cell
from skyedge.results.storage.store import Row


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
