"""Files of orbital elements: what they hold, checked row by row and field by field."""

from collections.abc import Callable, Iterable
from pathlib import Path

from pydantic import ValidationError

from skyedge.problem.common.errors import InputError, shown
from skyedge.problem.common.files import read_text
from skyedge.problem.constellations import omm, tle
from skyedge.problem.constellations.elements import Elements
from skyedge.problem.constellations.records import FIELDS, Record

READERS: dict[str, Callable[[str], Iterable[Record]]] = {
    **dict.fromkeys((".tle", ".2le", ".3le", ".txt"), tle.records),
    ".csv": omm.csv_records,
    ".json": omm.json_records,
    ".xml": omm.xml_records,
    **dict.fromkeys((".kvn", ".omm"), omm.kvn_records),
}


def read_elements(path: Path) -> tuple[Elements, ...]:
    """Read the elements of a TLE or OMM file, whose suffix says which it is.

    Raises
    ------
    InputError
        If the file cannot be read, or naming the row and the field that is wrong.
    """
    if path.suffix.lower() not in READERS:
        raise InputError(f"{path}: elements come in files that end in {', '.join(READERS)}: rename the file")
    text = read_text(path)
    try:
        elements = tuple(_elements(record) for record in _once(READERS[path.suffix.lower()](text)))
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    if not elements:
        raise InputError(f"{path}: holds no elements: give a TLE or an OMM")
    return elements


def _elements(record: Record) -> Elements:
    values = {name: record.fields.get(keyword) for name, keyword in FIELDS.items()}
    if values["name"] in (None, ""):
        values["name"] = str(values["number"])
    for name, keyword in FIELDS.items():
        if values[name] is None:
            raise InputError(f"{record.place}: {keyword} is missing: complete the row")
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
        if number in places:
            raise InputError(
                f"{record.place}: NORAD_CAT_ID {number} is that of {places[number]} already: keep one of the two"
            )
        places[number] = record.place
        yield record
