"""Processes that can be killed at any time, and leave nothing behind.

They are forked from a *fork server* that has imported what they need and little else: one starts within
milliseconds, where ``spawn`` would import everything anew, and it inherits no thread or lock of the program, as it
would by a plain ``fork``. The server is started deaf to Ctrl-C and hands that on, so only the program itself is
interrupted; it then kills its processes.
"""

import contextlib
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from skyedge.problem.common import one_line

CONTEXT = multiprocessing.get_context("forkserver")
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "NUMBA_NUM_THREADS"), "1"
)
SAFE_PATH = {"PYTHONSAFEPATH": "1"}  # else ``python -c`` imports from the working folder first
LAST_WORDS = 400  # characters of a crashed process's output that are kept
ATTEMPTS, AGAIN_S = 10, 0.1  # to start a process


def start_server(preload: Sequence[str]) -> None:
    """Start the fork server, unless it runs: one thread per library, and Ctrl-C ignored for good.

    Neither it nor what it starts imports from the working folder, unless that is on ``PYTHONPATH``.

    Parameters
    ----------
    preload : sequence of str
        Modules that it imports, for all processes to inherit; one that cannot be imported is left out.
    """
    CONTEXT.set_forkserver_preload(list(preload))
    with _environment(ONE_THREAD | SAFE_PATH), _deaf_to_interrupts():
        forkserver.ensure_running()


@contextlib.contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextlib.contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


class DiedError(Exception):
    """A process has ended and sent nothing more; says how, and the last it printed."""


class Killable:
    """A process that sends things and can be killed at any time, with all it has started.

    Parameters
    ----------
    target : callable
        A module's function; the last of its arguments is the connection over which it sends.
    arguments : sequence
        The others.
    log : Path
        File that takes what it prints.
    """

    def __init__(self, target: Callable[..., None], arguments: Sequence[Any], log: Path) -> None:
        self._log = log
        log.touch()
        self.connection, sender = CONTEXT.Pipe(duplex=False)
        self._process = CONTEXT.Process(target=_run, args=(target, arguments, sender, str(log)))
        _start(self._process)
        sender.close()  # the process holds the only other end, so its death is seen at once

    @property
    def pid(self) -> int | None:
        """Its number."""
        return self._process.pid

    def receive(self) -> Any:
        """Wait for what it sends next, and return it.

        Raises
        ------
        DiedError
            If it has ended.
        """
        try:
            return self.connection.recv()
        except (EOFError, OSError):
            raise DiedError(self._epitaph()) from None

    def _epitaph(self) -> str:
        """Say how it died, or is about to, and the last it printed."""
        self._process.join()
        code = self._process.exitcode or 0
        death = f"died of {signal.Signals(-code).name}" if code < 0 else f"ended with exit status {code}"
        text = self._log.read_text(errors="replace")
        crash = text.rfind("Fatal Python error")
        words = text[crash : crash + LAST_WORDS] if crash >= 0 else text[-LAST_WORDS:]
        return one_line(f"{death}: {words}" if words.strip() else death)

    def kill(self) -> None:
        """End it with all it has started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid or 0, signal.SIGKILL)
        self._process.kill()
        self._process.join()
        self.connection.close()


def _start(process: BaseProcess) -> None:
    """Start a process; a fork server that has just been killed is replaced, once it has gone."""
    for _ in range(ATTEMPTS - 1):
        with contextlib.suppress(EOFError, OSError):
            return process.start()
        time.sleep(AGAIN_S)
    return process.start()


def _run(target: Callable[..., None], arguments: Sequence[Any], sender: Connection, log: str) -> None:
    """Do the work of a process that can be killed at any time, and that ends when its parent does, however that went.

    Parameters
    ----------
    target, arguments, log
        See :class:`Killable`.
    sender : Connection
    """
    os.setpgid(0, 0)  # a group of its own, so that killing it also kills what it has started
    # Else semaphores that libraries make, Pyomo at its import, get names, which outlive a killed process.
    multiprocessing.set_start_method("fork", force=True)
    threading.Thread(target=_die_with_parent, daemon=True).start()
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(file, stream)
    os.close(file)
    os.environ.update(ONE_THREAD)  # for libraries that are yet to be loaded
    target(*arguments, sender)


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.killpg(0, signal.SIGKILL)
