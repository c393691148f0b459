"""Documents: TOML files that come with the suite, known by their names, and users' own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from skyedge.problem.common.errors import InputError, located, nearest, shown
from skyedge.problem.common.files import read_toml


def names(folder: Path, suffix: str = ".toml") -> list[str]:
    """Return the names of a folder's files."""
    return sorted(path.stem for path in folder.glob(f"*{suffix}"))


def shipped(name: str, folder: Path, what: str) -> Path:
    """Return the path of a shipped TOML file of that name.

    Raises
    ------
    InputError
        If there is none; the error names the nearest.
    """
    if name not in names(folder):
        raise InputError(f"no {what} is called {shown(name)}: {nearest(name, names(folder))}")
    return folder / f"{name}.toml"


def find(source: str | Path, folder: Path, what: str, suffix: str = ".toml") -> Path:
    """Return the path of a shipped file of that name, or of the file ``source``.

    Parameters
    ----------
    source : str or Path
    folder : Path
        Where shipped files are.
    what : str
        What the file describes, for the error.
    suffix : str
        Of such files.

    Raises
    ------
    InputError
        If there is no such name and ``source`` is no path of that suffix; the error names the nearest.
    """
    known = names(folder, suffix)
    path = folder / f"{source}{suffix}" if str(source) in known else Path(source)
    if path.suffix != suffix:
        hint = nearest(str(source), known)
        raise InputError(f"no {what} is called {str(source)!r}, and it is no {suffix} file: {hint}")
    return path


@contextmanager
def document(path: Path) -> Iterator[dict[str, Any]]:
    """Yield what a TOML file says; what the block finds invalid in it is an error that names the file.

    Raises
    ------
    InputError
        If it cannot be read, or naming the first mistake.
    """
    values = read_toml(path)
    with located(path):
        yield values
