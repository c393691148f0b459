"""The files that a scenario's fields name: found beside the file that names them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from problem.recorded.files import TABLES

FILES = {"constellation": ("file",), "trace": TABLES}


def found_in(folder: Path, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields of a scenario with the files that they name looked for in ``folder``."""
    found = dict(fields)
    if isinstance(fields.get("uav_fleet"), str):
        found["uav_fleet"] = str(folder / fields["uav_fleet"])
    for field, names in FILES.items():
        table = fields.get(field)
        if isinstance(table, Mapping):
            found[field] = {
                name: str(folder / value) if name in names and isinstance(value, str) else value
                for name, value in table.items()
            }
    return found
