"""What a scenario's ``constellation`` may be: the name of a preset, a Walker shell, or a file of elements."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from skyedge.problem.common.errors import InputError, first_mistake, nearest, refuse_unknown, shown
from skyedge.problem.common.files import read_toml
from skyedge.problem.common.paths import CONSTELLATIONS
from skyedge.problem.constellations.element_files import read_elements
from skyedge.problem.constellations.elements import Catalogue
from skyedge.problem.constellations.walker import WalkerShell


def fields_of(given: Any) -> dict[str, Any]:
    """Return the scenario fields that a ``constellation`` stands for.

    Parameters
    ----------
    given : str, mapping, WalkerShell, Catalogue or None

    Returns
    -------
    dict
        ``constellation``, and of a preset its ``sat_min_elevation_deg``.

    Raises
    ------
    InputError
        If there is no such preset, a field is wrong, or a file cannot be read.
    """
    if isinstance(given, str):
        return _preset(given)
    return {"constellation": _described(dict(given)) if isinstance(given, Mapping) else given}


def _preset(name: str) -> dict[str, Any]:
    known = [path.stem for path in CONSTELLATIONS.glob("*.toml")]
    if name not in known:
        raise InputError(f"no constellation is called {shown(name)}: {nearest(name, known)}")
    values = read_toml(CONSTELLATIONS / f"{name}.toml")
    elevation = values.pop("sat_min_elevation_deg")
    return {"constellation": WalkerShell(name=name, **values), "sat_min_elevation_deg": elevation}


def _described(values: dict[str, Any]) -> WalkerShell | Catalogue:
    kind: type[WalkerShell | Catalogue] = WalkerShell
    if "file" in values:
        file = Path(str(values.pop("file")))
        elements = read_elements(file)
        name = re.sub(r"[^a-z0-9]+", "-", file.stem.lower()).strip("-") or "catalogue"
        values = {"name": name, "epoch": max(one.epoch for one in elements)} | values | {"elements": elements}
    if "elements" in values:
        kind = Catalogue
    refuse_unknown("constellation field", values, [*kind.model_fields, "file"])
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        raise InputError(f"constellation: {first_mistake(error)}") from None
