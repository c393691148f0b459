"""Files that a TOML file names: they lie beside it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def with_files_in(folder: Path, table: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Return a table whose entries ``names`` are files, looked for in ``folder``."""
    return {
        name: str(folder / value) if name in names and isinstance(value, str) else value
        for name, value in table.items()
    }


def models_in(folder: Path, given: Any) -> Any:
    """Return a model that a server carries, or a list of them, whose files of entries are looked for in ``folder``."""
    if isinstance(given, Mapping):
        return with_files_in(folder, given, ("catalogue",))
    return [models_in(folder, one) for one in given] if isinstance(given, list) else given
