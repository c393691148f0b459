"""Formats of orbital elements: two-line elements, and orbit mean-elements messages as CSV, JSON, XML or KVN."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

from sgp4.alpha5 import from_alpha5
from sgp4.io import compute_checksum

from skyedge.problem.common import (
    InputError,
    refuse_any,
    refuse_if,
)

FIELDS = {  # keywords of an OMM, by the names that they have here
    "name": "OBJECT_NAME",
    "number": "NORAD_CAT_ID",
    "epoch": "EPOCH",
    "mean_motion_revpday": "MEAN_MOTION",
    "eccentricity": "ECCENTRICITY",
    "inclination_deg": "INCLINATION",
    "node_deg": "RA_OF_ASC_NODE",
    "perigee_deg": "ARG_OF_PERICENTER",
    "anomaly_deg": "MEAN_ANOMALY",
    "bstar": "BSTAR",
}


@dataclass(frozen=True)
class Record:
    """Fields by keyword, as read: text or numbers."""

    place: str  # such as "line 3"
    fields: Mapping[str, Any]
    places: Mapping[str, str] = field(default_factory=dict)  # of single fields, where they have their own

    def place_of(self, keyword: str) -> str:
        """Return where a field stands."""
        return self.places.get(keyword, self.place)


# Two-line elements, each set with or without a line for the name before it.

LENGTH = 69
COLUMNS = {  # line and columns, counted from 1 and inclusive
    "NORAD_CAT_ID": (1, 3, 7),
    "EPOCH": (1, 19, 32),
    "BSTAR": (1, 54, 61),
    "INCLINATION": (2, 9, 16),
    "RA_OF_ASC_NODE": (2, 18, 25),
    "ECCENTRICITY": (2, 27, 33),
    "ARG_OF_PERICENTER": (2, 35, 42),
    "MEAN_ANOMALY": (2, 44, 51),
    "MEAN_MOTION": (2, 53, 63),
}


def tle_records(text: str) -> Iterator[Record]:
    """Yield the sets of a file's text.

    Raises
    ------
    InputError
        Naming the line, and the field where there is one.
    """
    name, first = "", None
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.rstrip()
        if not line:
            continue
        if first is not None:
            yield _record(name, first, (number, _checked(number, line, "2")))
            name, first = "", None
        elif line.startswith("1 "):
            first = (number, _checked(number, line, "1"))
        elif line.startswith("2 ") and len(line) == LENGTH:
            raise InputError(f"line {number}: a second line without its first: give both lines of the set")
        elif name:
            raise InputError(f"line {number}: {line[:24]!r} where a line that starts with '1 ' must be: mend it")
        else:
            name = line.removeprefix("0 ").strip()
    refuse_if(name or first, "the file ends within a set: give all of its lines")


def _checked(number: int, line: str, kind: str) -> str:
    start = line[:24]
    refuse_any(
        (
            not line.startswith(f"{kind} "),
            f"line {number}: {start!r} where a line that starts with '{kind} ' must be: mend it",
        ),
        (not line.isascii(), f"line {number}: {start!r} has letters that are not ASCII: mend it"),
        (len(line) != LENGTH, f"line {number}: has {len(line)} columns: it must have {LENGTH}"),
    )
    checksum = str(compute_checksum(line))
    refuse_if(line[-1] != checksum, f"line {number}: the checksum is {line[-1]}: of this line it is {checksum}")
    return line


def _record(name: str, first: tuple[int, str], second: tuple[int, str]) -> Record:
    lines = {1: first, 2: second}
    places = {keyword: f"line {lines[line][0]}" for keyword, (line, _, _) in COLUMNS.items()}
    found = {keyword: lines[line][1][low - 1 : high].strip() for keyword, (line, low, high) in COLUMNS.items()}
    refuse_if(
        second[1][2:7] != first[1][2:7],
        f"line {second[0]}: NORAD_CAT_ID is {second[1][2:7]!r}, in the line before {first[1][2:7]!r}: mend one",
    )
    converters = {
        "NORAD_CAT_ID": from_alpha5,
        "EPOCH": _epoch,
        "BSTAR": _with_exponent,
        "ECCENTRICITY": _fraction,
    }
    fields: dict[str, object] = {"OBJECT_NAME": name}
    for keyword, given in found.items():
        try:
            fields[keyword] = converters.get(keyword, str)(given)
        except (ValueError, IndexError):
            raise InputError(f"{places[keyword]}: {keyword} is {given!r}: it cannot be read") from None
    return Record(f"line {first[0]}", fields, places)


def _epoch(digits: str) -> datetime:
    """Read YYDDD.DDDDDDDD: years from 57 on are of the 20th century, day 1 is January 1."""
    year, day = int(digits[:2]), float(digits[2:])
    if not 1 <= day < 367:
        raise ValueError
    start = datetime(year + (1900 if year >= 57 else 2000), 1, 1, tzinfo=UTC)
    return start + timedelta(days=day - 1)


def _fraction(digits: str) -> float:
    """Read digits without their leading point."""
    if not digits.isdigit():
        raise ValueError
    return float(f"0.{digits}")


def _with_exponent(digits: str) -> float:
    """Read ±DDDDD±D: a fraction without its point, then a power of ten."""
    sign = -1 if digits.startswith("-") else 1
    return sign * _fraction(digits.lstrip("+-")[:-2]) * 10 ** int(digits[-2:])


# Orbit mean-elements messages (CCSDS 502.0).

EXPECTED = {  # what SGP4 needs, where a file says it
    "CENTER_NAME": ("EARTH",),
    "REF_FRAME": ("TEME",),
    "TIME_SYSTEM": ("UTC",),
    "MEAN_ELEMENT_THEORY": ("SGP4", "SGP/SGP4"),
}


def csv_records(text: str) -> Iterator[Record]:
    """Yield the rows below the header; they are named by their line.

    Raises
    ------
    InputError
        Naming the line that is wrong.
    """
    reader = csv.DictReader(text.splitlines())
    try:
        for row in reader:
            place = f"line {reader.line_num}"
            fields, uneven = len(reader.fieldnames or ()), None in row or None in row.values()
            refuse_if(uneven, f"{place}: has not the {fields} columns of the header: complete the row")
            yield _expected(Record(place, row))
    except csv.Error as error:
        raise InputError(f"line {reader.line_num}: not a row of a CSV file ({error}): mend it") from None


def json_records(text: str) -> Iterator[Record]:
    """Yield the objects of a list, or a single one; they are counted from 1.

    Raises
    ------
    InputError
        If the text is no JSON, or naming the record that is wrong.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"not valid JSON ({error}): mend it there") from None
    for number, one in enumerate(found if isinstance(found, list) else [found], start=1):
        refuse_if(not isinstance(one, dict), f"record {number}: is no object of keywords and values: mend it")
        for keyword in (*FIELDS.values(), *EXPECTED):
            refuse_if(
                isinstance(one.get(keyword), list | dict), f"record {number}: {keyword} is no single value: mend it"
            )
        yield _expected(Record(f"record {number}", one))


def xml_records(text: str) -> Iterator[Record]:
    """Yield the segments; they are counted from 1.

    Raises
    ------
    InputError
        If the text is no XML, or naming the record that is wrong.
    """
    try:
        segments = list(ElementTree.fromstring(text).iter("segment"))
    except ElementTree.ParseError as error:
        raise InputError(f"not valid XML ({error}): mend it there") from None
    for number, segment in enumerate(segments, start=1):
        leaves = {leaf.tag: (leaf.text or "").strip() for leaf in segment.iter() if not len(leaf)}
        yield _expected(Record(f"record {number}", leaves))


def kvn_records(text: str) -> Iterator[Record]:
    """Yield the messages of lines ``KEYWORD = value``; each begins with ``CCSDS_OMM_VERS``.

    Raises
    ------
    InputError
        Naming the line that is wrong.
    """
    message: list[tuple[str, str, str]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        keyword, equals, value = (part.strip() for part in line.partition("="))
        if line.split()[:1] in ([], ["COMMENT"]):
            continue
        refuse_if(not equals or not keyword, f"line {number}: {line[:24]!r} is not KEYWORD = value: mend it")
        if keyword == "CCSDS_OMM_VERS":
            yield from _message(message)
            message = []
        if value.endswith("]"):  # a unit
            value = value.partition("[")[0].rstrip()
        message.append((keyword, value, f"line {number}"))
    yield from _message(message)


def _message(lines: Iterable[tuple[str, str, str]]) -> Iterator[Record]:
    found = {keyword: (value, place) for keyword, value, place in lines}
    if found:
        fields, places = ({keyword: pair[part] for keyword, pair in found.items()} for part in (0, 1))
        yield _expected(Record(next(iter(places.values())), fields, places))


def _expected(record: Record) -> Record:
    for keyword, known in EXPECTED.items():
        given: Any = record.fields.get(keyword, known[0])
        refuse_if(
            str(given).upper() not in known,
            f"{record.place_of(keyword)}: {keyword} is {given!r}: SGP4 needs {' or '.join(known)}",
        )
    return record
