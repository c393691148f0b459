"""Documents: TOML files that come with the suite, known by their names, and users' own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import ValidationError

from skyedge.problem.common.errors import InputError, first_mistake, nearest


def names(folder: Path, suffix: str = ".toml") -> list[str]:
    """Return the names of a folder's files."""
    return sorted(path.stem for path in folder.glob(f"*{suffix}"))


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
def mistakes_in(place: str | Path) -> Iterator[None]:
    """Turn what a model finds wrong inside the block into an error that names the place and the first mistake.

    Raises
    ------
    InputError
    """
    try:
        yield
    except ValidationError as error:
        raise InputError(f"{place}: {first_mistake(error)}") from None
