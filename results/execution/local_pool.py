"""Cells in processes of this machine, each of which can be killed.

Memory is limited by watching what a process really occupies. Limits of the operating system count addresses
(``RLIMIT_AS``: torch alone maps tens of gigabytes) or private mappings (``RLIMIT_DATA``: buffers that are set aside
and never touched), and make libraries abort in many ways; a cell killed from outside always gives the same clear row.
"""

import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from multiprocessing.connection import wait
from pathlib import Path

from skyedge.problem.common import interrupted_later, one_line
from skyedge.results.execution.cell_process import work
from skyedge.results.execution.killable import DiedError, Killable, start_server
from skyedge.results.execution.memory import occupied_bytes
from skyedge.results.storage import Cell, Row, identity
from skyedge.solvers import get
from skyedge.solvers.common.warm_up import not_compiled

POLL_S = 0.1  # how often limits are looked at


@dataclass(frozen=True)
class Limits:
    """When a cell is killed."""

    seconds: float
    memory_gb: float


class Processes:
    """Runs so many cells at a time on this machine; call :func:`prepare` first."""

    def __init__(self, limits: Limits, jobs: int) -> None:
        self._limits, self.size = limits, jobs
        self._running: list[CellProcess] = []
        self._logs = tempfile.TemporaryDirectory(prefix="skyedge-")

    @property
    def busy(self) -> int:
        """How many cells are running."""
        return len(self._running)

    def room(self) -> bool:
        """Whether another may run."""
        return self.busy < self.size

    def start(self, cell: Cell) -> None:
        """Start a cell."""
        with interrupted_later():  # a cell half started could not be killed
            self._running.append(CellProcess(cell, Path(self._logs.name)))

    def finished(self) -> list[Row]:
        """Return the rows of cells that have ended or must end."""
        wait([one.connection for one in self._running], timeout=POLL_S)
        rows = []
        for one in list(self._running):
            row = one.row(self._limits)
            if row is not None:
                self._running.remove(one)
                rows.append(row)
        return rows

    def close(self) -> None:
        """Kill the cells that are running."""
        with interrupted_later():
            for one in self._running:
                one.kill()
            self._logs.cleanup()


def prepare(modules: Iterable[str]) -> None:
    """Start the fork server with what cells will import, from :func:`needed`."""
    import skyedge.results.execution.preload  # noqa: F401  here first: compiling takes a while, and Ctrl-C should work meanwhile

    start_server(["skyedge.results.execution.preload", *modules])


def needed(cells: Iterable[Cell]) -> list[str]:
    """Return the modules of the cells' solvers, and what these import when they run."""
    solvers = {cell.solver_name: cell.solver_module for cell in cells}
    further = {module for name in solvers for module in get(name).preload}
    return sorted({*solvers.values(), *further})


def uncompiled(cells: Iterable[Cell]) -> list[str]:
    """Return those of the suite's own solvers whose loops must be compiled, else their first cells pay for it."""
    return not_compiled(
        sorted({cell.solver_name for cell in cells if cell.solver_module.startswith("skyedge.solvers.")})
    )


class CellProcess(Killable):
    """A cell under way."""

    def __init__(self, cell: Cell, logs: Path) -> None:
        self.cell = cell
        super().__init__(work, [cell], logs / cell.key)
        self._started = time.monotonic()

    def row(self, limits: Limits) -> Row | None:
        """Return the row if the cell has ended or must end, None while it may go on."""
        elapsed = time.monotonic() - self._started
        if self.connection.poll():
            return self._received(elapsed)
        if elapsed > limits.seconds:
            return self._ended("timeout", f"killed after {limits.seconds:g} s, the cell's limit", elapsed)
        memory_gb = occupied_bytes(self.pid) / 1e9
        if memory_gb > limits.memory_gb:
            error = f"killed at {memory_gb:.2f} GB of memory, over the limit of {limits.memory_gb:g} GB"
            return self._ended("out-of-memory", error, elapsed)
        return None

    def _received(self, elapsed: float) -> Row:
        try:
            row: Row = self.receive()
        except DiedError as death:
            return self._ended("failed", one_line(f"the cell's process {death}"), elapsed)
        self.kill()  # it has nothing more to say, and threads of a library may keep it alive
        return row

    def _ended(self, status: str, error: str, elapsed: float) -> Row:
        self.kill()
        return self.cell.blank_row() | identity(self.cell) | {"status": status, "error": error, "wall_s": elapsed}
