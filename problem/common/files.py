"""Text and TOML files read; outputs that appear whole or not at all, and from one process at a time."""

import contextlib
import fcntl
import os
import re
import signal
import stat
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from skyedge.problem.common.errors import (
    InputError,
    refuse_if,
    refused,
)

CHECK = "check the path"
LARGEST, LARGEST_TEXT, LARGEST_TOML = 2**30, 2**26, 2**20  # bytes
MOST_PARTS = 100


def require_file(path: Path, cure: str = CHECK) -> None:
    """Refuse what is no file before it is opened: a pipe would wait for its writer, and a device may never end.

    Parameters
    ----------
    path : Path
    cure : str
        What to do, for the error.

    Raises
    ------
    InputError
        If there is nothing, or something else.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise InputError(f"{path}: no such file: {cure}") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}): {cure}") from None
    refuse_if(
        not stat.S_ISREG(mode),
        f"{path}: is {'a directory' if stat.S_ISDIR(mode) else 'a pipe or a device'}, no file: {cure}",
    )


def read_bytes(path: Path, cure: str = CHECK, largest: int = LARGEST) -> bytes:
    """Return a file's content.

    Parameters
    ----------
    path : Path
    cure : str
        What to do, for the error.
    largest : int
        How many bytes it may have.

    Raises
    ------
    InputError
        If it cannot be read or is too large; see :func:`require_file`.
    """
    require_file(path, cure)
    with refused(f"{path}: cannot be read", cure, OSError):
        refuse_if(path.stat().st_size > largest, f"{path}: is larger than {largest / 2**20:g} MiB: make it smaller")
        return path.read_bytes()


def read_text(path: Path, largest: int = LARGEST_TEXT) -> str:
    """Return a text file's text, without a byte order mark; line ends are as they come.

    Parameters
    ----------
    path : Path
    largest : int
        How many bytes it may have.

    Raises
    ------
    InputError
        If it cannot be read, is too large, or is no text in UTF-8.
    """
    try:
        return read_bytes(path, largest=largest).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not a text file in UTF-8 ({error.reason}): save it as one") from None
    except InputError:
        raise
    except ValueError:  # of a NUL in the path
        raise InputError(f"{str(path)!r}: no path of a file: check it") from None


def read_toml(path: Path) -> dict[str, Any]:
    """Return what a TOML file says.

    Raises
    ------
    InputError
        If it cannot be read, or is no TOML.
    """
    text = read_text(path, LARGEST_TOML)
    _refuse_long_keys(path, text)
    with refused(f"{path}: not valid TOML", "mend it there", ValueError):  # or of a number with thousands of digits
        try:
            return tomllib.loads(text)
        except RecursionError:
            raise ValueError("nested too deeply") from None


def _refuse_long_keys(path: Path, text: str) -> None:
    """Refuse keys of very many parts: the parser takes time and memory as the square of their number."""
    for number, line in enumerate(text.splitlines(), start=1):
        if line.count(".") > MOST_PARTS and max(key.count(".") for key in re.split(r"[=,{}\[\]]", line)) > MOST_PARTS:
            raise InputError(f"{path}: line {number}: a key has over {MOST_PARTS} parts: mend it there")


@contextlib.contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path`` that takes its place when the block ends without an error.

    Parameters
    ----------
    path : Path
        The file to write; its suffix is kept, so that writers can tell the format from it.

    Raises
    ------
    InputError
        If the file cannot be written there; an older file then stays as it is.
    """
    temporary = path.with_name(f".{path.stem}-{os.getpid()}{path.suffix}")
    try:
        with refused(f"{path}: cannot be written", "choose another path", OSError):
            if path.exists() and not path.is_file():  # to replace /dev/null would harm more than this program
                raise OSError("no file, and not replaced by one")
            yield temporary
            # to the disk: errors that a file system puts off come now, and a power cut loses nothing later
            with temporary.open("rb") as file:
                os.fsync(file.fileno())
            os.replace(temporary, path)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


def write_text(path: Path, text: str) -> None:
    """Write a text file in one step."""
    with atomic(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def folder(path: Path) -> Path:
    """Return ``path`` as a folder that exists.

    Raises
    ------
    InputError
        If it cannot be made.
    """
    with refused(f"{path}: cannot be a folder", "choose another one", OSError):
        path.mkdir(parents=True, exist_ok=True)
    return path


@contextlib.contextmanager
def alone_in(directory: Path, wait: bool = False) -> Iterator[None]:
    """Keep other processes that ask for it out of a folder during the block.

    The lock is the operating system's, on the folder itself: it ends with the process, however that went, and
    leaves no file.

    Parameters
    ----------
    directory : Path
    wait : bool
        Wait while another process is there.

    Raises
    ------
    InputError
        If another process is there and this one does not wait, or the folder cannot be locked.
    """
    with refused(f"{directory}: cannot be opened", "choose another folder", OSError):
        handle = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
    except BlockingIOError:
        raise InputError(f"{directory}: another process writes there: wait for it, or choose another folder") from None
    finally:
        os.close(handle)


def with_files_in(folder: Path, given: Any, names: Sequence[str]) -> Any:
    """Return a table, or a list of tables, whose entries ``names`` are files, looked for in ``folder``."""
    if isinstance(given, list):
        return [with_files_in(folder, table, names) for table in given]
    if not isinstance(given, Mapping):
        return given
    files = {name: str(folder / given[name]) for name in names if isinstance(given.get(name), str)}
    return dict(given) | files


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
