"""What of a campaign is stored, and what is left to compute."""

import fcntl
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from errno import EACCES, EAGAIN
from pathlib import Path
from typing import Literal

from skyedge.problem.common import InputError, folder
from skyedge.results.storage import FAILED, Cell, Row, Stamp, Store

FILE = ".claims"
DIGITS = 15  # of a key in base 16: its place in the file, below 2⁶³; two cells of one place would only wait


class CellClaims:
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
def claims_in(directory: Path) -> Iterator[CellClaims]:
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
        yield CellClaims(handle, path)
    finally:
        os.close(handle)


def _place(key: str) -> int:
    return int(key[:DIGITS], 16)


State = Literal["stored", "failed", "damaged", "missing"]
Only = Literal["missing", "failed"]
UNDONE: dict[Only, tuple[State, ...]] = {"missing": ("missing", "damaged"), "failed": ("failed",)}


@dataclass(frozen=True)
class Item:
    """A cell and what the folder held of it when we looked."""

    cell: Cell
    state: State
    stamp: Stamp
    row: Row | None


def look(cells: Iterable[Cell], store: Store) -> list[Item]:
    """Return what a folder holds of each cell."""
    return [_look(cell, store) for cell in cells]


def _look(cell: Cell, store: Store) -> Item:
    stamp = store.stamp(cell.key)  # before the row: a file that changes in between then counts as another runner's
    row = store.read(cell.key)
    if row is None:
        return Item(cell, "missing" if stamp is None else "damaged", stamp, None)
    return Item(cell, "failed" if row["status"] in FAILED else "stored", stamp, row)


def undone(items: Iterable[Item], only: Only) -> list[Item]:
    """Return those to compute: the missing and damaged, or only those that failed."""
    return [item for item in items if item.state in UNDONE[only]]


class Queue:
    """The cells left to compute, shared with other runners on the same folder.

    Parameters
    ----------
    items : sequence of Item
    store : Store
    claims : CellClaims
    elsewhere : callable
        Is told of each cell that another runner has finished.
    """

    def __init__(
        self, items: Sequence[Item], store: Store, claims: CellClaims, elsewhere: Callable[[Cell], None]
    ) -> None:
        self._waiting = deque(items)
        self._store, self._claims, self._elsewhere = store, claims, elsewhere

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def next(self) -> Cell | None:
        """Claim a cell that nobody has finished; None while others have claimed all that are left."""
        for _ in range(len(self._waiting)):
            item = self._waiting.popleft()
            key = item.cell.key
            if not self._claims.take(key):
                self._waiting.append(item)
            elif self._store.stamp(key) == item.stamp:
                return item.cell
            else:
                self._claims.give(key)
                self._elsewhere(item.cell)
        return None

    def done(self, row: Row) -> None:
        """Store the row of a cell, then let go of it."""
        self._store.write(row)
        self._claims.give(row["key"])


def sweep(store: Store, claims: CellClaims) -> None:
    """Remove what runners that were killed while they wrote have left behind."""
    for path in store.unfinished():
        key = path.name[1:].rpartition("-")[0]
        if claims.take(key):
            path.unlink(missing_ok=True)
            claims.give(key)
