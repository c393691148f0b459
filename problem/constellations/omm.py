"""Orbit mean-elements messages (CCSDS 502.0) as CSV, JSON, XML, or lines of keywords and values (KVN)."""

import csv
import json
from collections.abc import Iterable, Iterator
from typing import Any
from xml.etree import ElementTree

from skyedge.problem.common.errors import InputError
from skyedge.problem.constellations.records import FIELDS, Record

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
            if None in row or None in row.values():
                fields = len(reader.fieldnames or ())
                raise InputError(f"{place}: has not the {fields} columns of the header: complete the row")
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
        if not isinstance(one, dict):
            raise InputError(f"record {number}: is no object of keywords and values: mend it")
        for keyword in (*FIELDS.values(), *EXPECTED):
            if isinstance(one.get(keyword), list | dict):
                raise InputError(f"record {number}: {keyword} is no single value: mend it")
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
        if not equals or not keyword:
            raise InputError(f"line {number}: {line[:24]!r} is not KEYWORD = value: mend it")
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
        if str(given).upper() not in known:
            raise InputError(f"{record.place_of(keyword)}: {keyword} is {given!r}: SGP4 needs {' or '.join(known)}")
    return record
