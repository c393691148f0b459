"""What a scenario's ``constellation`` may be: the name of a preset, a Walker shell, or a file of elements."""

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from skyedge import paths
from skyedge.problem.common import (
    InputError,
    documents,
    located,
    read_text,
    read_toml,
    refuse_if,
    refuse_unknown,
    shown,
)
from skyedge.problem.constellations.element_formats import (
    FIELDS,
    Record,
    csv_records,
    json_records,
    kvn_records,
    tle_records,
    xml_records,
)
from skyedge.problem.constellations.elements import Catalogue, Elements
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
        values = read_toml(documents.shipped(given, paths.CONSTELLATIONS, "constellation"))
        elevation = values.pop("sat_min_elevation_deg")
        return {"constellation": WalkerShell(name=given, **values), "sat_min_elevation_deg": elevation}
    return {"constellation": _described(dict(given)) if isinstance(given, Mapping) else given}


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
    with located("constellation"):
        return kind.model_validate(values)


READERS: dict[str, Callable[[str], Iterable[Record]]] = {
    **dict.fromkeys((".tle", ".2le", ".3le", ".txt"), tle_records),
    ".csv": csv_records,
    ".json": json_records,
    ".xml": xml_records,
    **dict.fromkeys((".kvn", ".omm"), kvn_records),
}


def read_elements(path: Path) -> tuple[Elements, ...]:
    """Read the elements of a TLE or OMM file, whose suffix says which it is.

    Raises
    ------
    InputError
        If the file cannot be read, or naming the row and the field that is wrong.
    """
    refuse_if(
        path.suffix.lower() not in READERS,
        f"{path}: elements come in files that end in {', '.join(READERS)}: rename the file",
    )
    text = read_text(path)
    with located(path):
        elements = tuple(map(_elements, _once(READERS[path.suffix.lower()](text))))
    refuse_if(not elements, f"{path}: holds no elements: give a TLE or an OMM")
    return elements


def _elements(record: Record) -> Elements:
    values = {name: record.fields.get(keyword) for name, keyword in FIELDS.items()}
    values["name"] = str(values["number"]) if values["name"] in (None, "") else values["name"]
    for name, keyword in FIELDS.items():
        refuse_if(values[name] is None, f"{record.place}: {keyword} is missing: complete the row")
    try:
        return Elements.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        keyword = FIELDS[str(first["loc"][0])]
        rule = first["msg"][0].lower() + first["msg"][1:]
        raise InputError(f"{record.place_of(keyword)}: {keyword} is {shown(first['input'])}: {rule}") from None


def _once(records: Iterable[Record]) -> Iterable[Record]:
    """Refuse a satellite that is there twice."""
    places: dict[str, str] = {}
    for record in records:
        number = str(record.fields.get("NORAD_CAT_ID", record.place)).strip()
        refuse_if(
            number in places,
            f"{record.place}: NORAD_CAT_ID {number} is that of {places.get(number)} already: keep one of the two",
        )
        places[number] = record.place
        yield record
