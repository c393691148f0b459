"""Cells on the workers of a Dask cluster: where one machine is too small."""

import logging
import time
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from rich.console import Console

from skyedge.problem.common import InputError, one_line, require_extra
from skyedge.results.execution.local_pool import POLL_S, Limits, needed
from skyedge.results.storage import Cell, Row, identity

CONNECT_S = 20
AHEAD = 2  # cells that are handed over per thread, so that none waits for the next
LOOK_S = 1.0  # how often the number of threads is asked for


class Cluster:
    """Runs cells on all workers that a scheduler has, now and later.

    Dask gives the cells of a worker that dies to others, up to its own limit (``allowed-failures``, 3 by default).

    Raises
    ------
    InputError
        If no scheduler answers at the address.
    """

    def __init__(self, address: str, cells: Sequence[Cell], limits: Limits, remarks: Console) -> None:
        require_extra("distributed", "--scheduler", "distributed")
        from distributed import Client

        logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # its errors are told in one line
        self._address, self._limits, self._modules = address, limits, tuple(needed(cells))
        try:
            self._client = Client(address, timeout=CONNECT_S, set_as_default=False)
        except (OSError, ValueError) as error:
            raise InputError(f"no Dask scheduler answers at {address!r} ({one_line(str(error))}): start one") from None
        self._running: dict[Any, Cell] = {}
        self._threads, self._looked = 0, 0.0
        if not self.size:
            remarks.print(f"the scheduler at {address} has no workers yet: waiting for some")

    @property
    def busy(self) -> int:
        """How many cells have been handed over."""
        return len(self._running)

    @property
    def size(self) -> int:
        """How many threads the workers have."""
        if time.monotonic() - self._looked > LOOK_S:
            self._threads, self._looked = sum(self._client.ncores().values()), time.monotonic()
        return self._threads

    def room(self) -> bool:
        """Whether workers can take another cell."""
        return self.busy < AHEAD * self.size

    def start(self, cell: Cell) -> None:
        """Hand a cell over."""
        name = f"{cell.solver}-{uuid4().hex}"
        task = self._client.submit(run_task, cell, self._limits, self._modules, key=name, pure=False)
        self._running[task] = cell

    def finished(self) -> list[Row]:
        """Return the rows of cells that have ended."""
        ended = [task for task in self._running if task.done()]
        if not ended:
            if self._client.status != "running":
                raise self._gone()
            time.sleep(POLL_S)
        return [self._row(task, self._running.pop(task)) for task in ended]

    def _row(self, task: Any, cell: Cell) -> Row:
        from distributed import KilledWorker

        if task.status in ("cancelled", "lost"):  # no one but the scheduler's end does that
            raise self._gone()
        try:
            row: Row = task.result()
        except KilledWorker as error:
            reason = one_line(f"no worker lived to finish it: {error}")
            return cell.blank_row() | identity(cell) | {"status": "failed", "error": reason}
        except InputError:
            raise
        except Exception as error:
            raise InputError(f"a worker cannot run cells ({one_line(repr(error))}): see docs/campaigns.md") from None
        return row

    def _gone(self) -> InputError:
        return InputError(f"the Dask scheduler at {self._address} is gone: the same command goes on with another")

    def close(self) -> None:
        """Take back what workers have not finished; they kill it."""
        self._client.cancel(list(self._running))
        self._client.close()


def run_task(cell: Cell, limits: Limits, modules: tuple[str, ...]) -> Row:
    """Run a cell on a worker: the task that Dask is given."""
    from distributed import get_worker

    from skyedge.results.execution.dask_host import run_on_worker

    worker = get_worker()
    key = worker.get_current_task()

    def wanted() -> bool:
        task = worker.state.tasks.get(key)
        return task is not None and task.state == "executing"

    return run_on_worker(cell, limits, modules, wanted)
