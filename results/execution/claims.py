"""Which runner does which cell, where several share a folder."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EACCES, EAGAIN
from pathlib import Path

from skyedge.problem import InputError
from skyedge.problem.common.files import folder

FILE = ".claims"
DIGITS = 15  # of a key in base 16: its place in the file, below 2⁶³; two cells of one place would only wait


class Claims:
    """Claims to cells, one runner at a time each.

    A claim is the operating system's lock on one byte of a file that stays empty. It ends with the runner, however
    that went, holds between machines on a shared file system, and leaves nothing behind. See :func:`claims_in`.
    """

    def __init__(self, handle: int, path: Path) -> None:
        self._handle, self._path = handle, path

    def take(self, key: str) -> bool:
        """Claim a cell, unless another runner has."""
        try:
            fcntl.lockf(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _place(key))
        except OSError as error:
            if error.errno in (EACCES, EAGAIN):
                return False
            raise InputError(f"{self._path}: cannot be locked ({error.strerror}): choose another file system") from None
        return True

    def give(self, key: str) -> None:
        """Give a claim back."""
        fcntl.lockf(self._handle, fcntl.LOCK_UN, 1, _place(key))


@contextmanager
def claims_in(directory: Path) -> Iterator[Claims]:
    """Yield the claims to the cells of a folder, which is made if need be; those still held end with the block.

    Raises
    ------
    InputError
        If the folder cannot be written, or its file system has no locks.
    """
    path = folder(directory) / FILE
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise InputError(f"{path}: cannot be opened ({error.strerror}): choose another folder") from None
    try:
        yield Claims(handle, path)
    finally:
        os.close(handle)


def _place(key: str) -> int:
    return int(key[:DIGITS], 16)
