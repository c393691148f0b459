"""Files that come with the suite, most of them TOML, and users' own."""

import tomllib
from pathlib import Path
from typing import Any

from problem import InputError
from problem.errors import nearest


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


def read_toml(path: Path) -> dict[str, Any]:
    """Return what a TOML file says.

    Raises
    ------
    InputError
        If it cannot be read, or is no TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path}: no such file: check the path") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}): check the path") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path}: not valid TOML ({error}): mend it there") from None
