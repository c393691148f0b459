"""Run cells, here or on a cluster, and see that every one of them becomes a row."""

from typing import Protocol

from skyedge.results.execution.cell_queue import Queue
from skyedge.results.execution.progress import Progress
from skyedge.results.storage.cells import Cell
from skyedge.results.storage.store import Row


class Crew(Protocol):
    """What runs cells: processes of this machine, or workers of a cluster."""

    @property
    def busy(self) -> int:
        """How many cells it has."""

    @property
    def size(self) -> int:
        """How many it runs at a time."""

    def room(self) -> bool:
        """Whether it can take another cell now."""

    def start(self, cell: Cell) -> None:
        """Take a cell."""

    def finished(self) -> list[Row]:
        """Return the rows of cells that have ended, after a short wait if none has."""

    def close(self) -> None:
        """Kill the cells that are running."""


def run_cells(queue: Queue, crew: Crew, progress: Progress) -> None:
    """Run cells until none is left, here or in another runner; store their rows as they finish.

    A cell that crashes, or is killed at a limit, gives a row too.
    """
    while queue or crew.busy:
        while crew.room() and (cell := queue.next()):
            crew.start(cell)
        progress.tick(crew.size)
        for row in crew.finished():
            queue.done(row)
            progress.finished(row)
