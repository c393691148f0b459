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
from collections.abc import Iterator, Sequence
from multiprocessing import forkserver
from pathlib import Path
from typing import Any

CONTEXT = multiprocessing.get_context("forkserver")
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "NUMBA_NUM_THREADS"), "1"
)
SAFE_PATH = {"PYTHONSAFEPATH": "1"}  # else ``python -c`` imports from the working folder first
LAST_WORDS = 400  # characters of a crashed process's output that are kept


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


@contextlib.contextmanager
def interrupted_later() -> Iterator[None]:
    """Hold Ctrl-C back until the block is done."""
    pending: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: pending.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if pending:
        raise KeyboardInterrupt


def kill(process: Any) -> None:
    """End a process that has called :func:`settle`, with all it has started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.join()


def epitaph(process: Any, log: Path) -> str:
    """Say how a process died, and the last it printed.

    Parameters
    ----------
    process : Process
        That has ended, or is about to.
    log : Path
        See :func:`settle`.
    """
    process.join()
    code = process.exitcode or 0
    death = f"died of {signal.Signals(-code).name}" if code < 0 else f"ended with exit status {code}"
    text = log.read_text(errors="replace")
    crash = text.rfind("Fatal Python error")
    words = text[crash : crash + LAST_WORDS] if crash >= 0 else text[-LAST_WORDS:]
    return f"{death}: {words}" if words.strip() else death


def settle(log: str) -> None:
    """Make this process one that can be killed at any time, and that ends when its parent does, however that went.

    Parameters
    ----------
    log : str
        File that takes what it prints.
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


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.killpg(0, signal.SIGKILL)
