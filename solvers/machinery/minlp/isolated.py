"""Run a function in a process of its own: what crashes there, or never ends, does not take the caller along."""

import contextlib
import multiprocessing
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any


class CrashedError(Exception):
    """The process ended without an answer."""


def isolated(function: Callable[[], Any], seconds: float | None) -> Any:
    """Return what a function returns, computed in a forked process.

    Parameters
    ----------
    function : callable
        Without arguments; what it returns must be picklable.
    seconds : float, optional
        The process is killed after so long.

    Raises
    ------
    CrashedError
        If the process crashed, or was killed because the time was up.
    """
    context = multiprocessing.get_context("fork")  # inherits the function with all that it holds
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(function, sender))
    process.start()
    sender.close()
    try:
        if not receiver.poll(seconds):
            raise CrashedError("did not end in time")
        with contextlib.suppress(EOFError):
            return receiver.recv()
        process.join()
        raise CrashedError(_ending(process.exitcode))
    finally:
        process.kill()
        process.join()
        receiver.close()


def _answer(function: Callable[[], Any], sender: Connection) -> None:
    sender.send(function())


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        return f"crashed ({signal.Signals(-code).name})"
    return f"ended without an answer (exit status {code})"
