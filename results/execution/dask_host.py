"""On a worker of a cluster: each of its threads has a process that runs cells for it, and these can be killed.

A worker is a daemon, which may not start processes that report to it, and its threads cannot watch over signals; so
cells are the children of a *host*, an ordinary program that does what a campaign does on one machine.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection

from skyedge.problem import InputError
from skyedge.results.execution.killable import start_server
from skyedge.results.execution.local_pool import Limits, Processes, uncompiled
from skyedge.results.storage import Cell, Row
from skyedge.solvers.common.warm_up import compile_loops

POLL_S = 0.5  # how often a thread asks whether its cell is still wanted
_of_thread = threading.local()


def run_on_worker(cell: Cell, limits: Limits, modules: tuple[str, ...], wanted: Callable[[], bool]) -> Row:
    """Run a cell in the host of this thread, which is started if need be.

    Parameters
    ----------
    cell : Cell
    limits : Limits
    modules : tuple of str
        What the cells of the campaign import, see :func:`skyedge.results.execution.local_pool.needed`.
    wanted : callable
        Whether anyone still waits for the cell; it is killed once that is false.

    Raises
    ------
    InputError
        If this machine has other code or files than the campaign's.
    """
    host: Host | None = getattr(_of_thread, "host", None)
    if host is None or host.modules != modules or not host.alive():
        if host is not None:
            host.close()
        host = _of_thread.host = Host(modules)
    return host.run(cell, limits, wanted)


class Host:
    """The process that runs cells for a thread."""

    def __init__(self, modules: tuple[str, ...]) -> None:
        self.modules = modules
        self._connection, there = Pipe()
        command = [sys.executable, "-P", "-m", "skyedge.results.execution.dask_host", str(there.fileno()), *modules]
        self._process = subprocess.Popen(command, pass_fds=[there.fileno()], stdin=subprocess.DEVNULL)
        there.close()  # the host holds the only other end, so each sees at once when the other dies

    def alive(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None

    def run(self, cell: Cell, limits: Limits, wanted: Callable[[], bool]) -> Row:
        """Run a cell and return its row."""
        try:
            self._connection.send((cell, limits))
            while not self._connection.poll(POLL_S):
                if not wanted():
                    self.close()
                    return cell.blank_row()
            answer: Row | str = self._connection.recv()
        except (EOFError, OSError) as error:
            self.close()
            raise RuntimeError(f"the process that ran cells has died ({error or 'no reason given'})") from None
        if isinstance(answer, str):
            raise InputError(answer)
        return answer

    def close(self) -> None:
        """End it and the cell that it runs."""
        self._connection.close()  # which it takes as an order to end
        self._process.wait()


def main() -> None:
    """Run cells for the worker at the other end of the connection until it is gone."""
    connection = Connection(int(sys.argv[1]))
    os.set_inheritable(connection.fileno(), False)
    os.setpgid(0, 0)  # Ctrl-C at a worker's terminal reaches the worker alone, which then lets go of this process
    start_server(["skyedge.results.execution.preload", *sys.argv[2:]])
    with suppress(EOFError, OSError):
        while True:
            cell, limits = connection.recv()
            connection.send(refusal(cell) or _run(cell, limits, connection))


def refusal(cell: Cell) -> str:
    """Say why this machine cannot run a cell, nothing if it can."""
    from skyedge.results.campaign.spec import sources_here

    try:
        found = sources_here(cell)
    except (ImportError, InputError, ValueError) as error:
        return f"a worker cannot load {cell.solver}: {error}"
    if found == cell.sources:
        return ""
    return f"a worker has other code, or other policies, for {cell.solver}: give it the same checkout and files"


def _run(cell: Cell, limits: Limits, connection: Connection) -> Row:
    if names := uncompiled([cell]):
        compile_loops(names)
    with closing(Processes(limits, jobs=1)) as crew:
        crew.start(cell)
        while not (rows := crew.finished()):
            if connection.poll():  # nothing is sent meanwhile: the worker is gone
                raise EOFError
    return rows[0]


if __name__ == "__main__":
    main()
