"""Run cells, each in a process of its own that can be killed, and see that every one of them becomes a row.

Memory is limited by watching what a process really occupies. Limits of the operating system count addresses
(``RLIMIT_AS``: torch alone maps tens of gigabytes) or private mappings (``RLIMIT_DATA``: buffers that are set aside
and never touched), and make libraries abort in many ways; a cell killed from outside always gives the same clear row.
"""

import os
import tempfile
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from results.cells import Cell
from results.processes import CONTEXT, epitaph, interrupted_later, kill, start_server
from results.worker import one_line, work
from solvers import get

Row = dict[str, Any]
POLL_S = 0.1  # how often limits are looked at


@dataclass(frozen=True)
class Limits:
    """When a cell is killed."""

    seconds: float
    memory_gb: float


def run_cells(cells: Sequence[Cell], limits: Limits, jobs: int, finished: Callable[[Row], None]) -> None:
    """Run cells and hand over their rows as they finish.

    A cell that crashes, or is killed at a limit, gives a row too. An exception, Ctrl-C included, kills the cells
    that are running.

    Parameters
    ----------
    cells : sequence of Cell
    limits : Limits
    jobs : int
        How many run at a time.
    finished : callable
        Takes each row.
    """
    waiting = deque(cells)
    running: list[_Running] = []
    with tempfile.TemporaryDirectory(prefix="skyedge-") as logs:
        try:
            _start_server(cells)
            while waiting or running:
                while waiting and len(running) < jobs:
                    with interrupted_later():  # a cell half started could not be killed
                        running.append(_Running(waiting.popleft(), logs))
                wait([one.outcome for one in running], timeout=POLL_S)
                for one in list(running):
                    row = one.row(limits)
                    if row is not None:
                        running.remove(one)
                        finished(row)
        finally:
            with interrupted_later():
                for one in running:
                    one.kill()


def _start_server(cells: Sequence[Cell]) -> None:
    """Start the fork server with what the cells will import."""
    import results.preload  # noqa: F401  here first: compiling takes a while, and Ctrl-C should work meanwhile

    solvers = {cell.solver_name: cell.solver_module for cell in cells}
    further = {module for name in solvers for module in get(name).preload}
    start_server(["results.preload", *sorted({*solvers.values(), *further})])


class _Running:
    """A cell under way."""

    def __init__(self, cell: Cell, logs: str) -> None:
        self.cell = cell
        self.log = Path(logs) / cell.key
        self.log.touch()
        outcome, sender = CONTEXT.Pipe(duplex=False)
        self.outcome: Connection = outcome
        self.process = CONTEXT.Process(target=work, args=(cell, sender, str(self.log)))
        self.process.start()
        self.started = time.monotonic()
        sender.close()  # the cell holds the only other end, so its death is seen at once

    def row(self, limits: Limits) -> Row | None:
        """Return the row if the cell has ended or must end, None while it may go on."""
        elapsed = time.monotonic() - self.started
        if self.outcome.poll():
            return self._received(elapsed)
        if elapsed > limits.seconds:
            return self._ended("timeout", f"killed after {limits.seconds:g} s, the cell's limit", elapsed)
        memory_gb = resident_bytes(self.process.pid) / 1e9
        if memory_gb > limits.memory_gb:
            error = f"killed at {memory_gb:.2f} GB of memory, over the limit of {limits.memory_gb:g} GB"
            return self._ended("failed", error, elapsed)
        return None

    def _received(self, elapsed: float) -> Row:
        try:
            row: Row = self.outcome.recv()
        except (EOFError, OSError):
            return self._ended("failed", one_line(f"the cell's process {epitaph(self.process, self.log)}"), elapsed)
        self.kill()  # it has nothing more to say, and threads of a library may keep it alive
        return row

    def _ended(self, status: str, error: str, elapsed: float) -> Row:
        self.kill()
        return self.cell.blank_row() | {"status": status, "error": error, "wall_s": elapsed}

    def kill(self) -> None:
        """End the cell with all it has started."""
        kill(self.process)
        self.outcome.close()


def resident_bytes(pid: int | None) -> int:
    """Return the memory that a process occupies; 0 where the system does not tell (no ``/proc``)."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
