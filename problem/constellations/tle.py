"""Two-line elements, each set with or without a line for the name before it.

The columns are those of the format's definition by NORAD.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sgp4.alpha5 import from_alpha5
from sgp4.io import compute_checksum

from skyedge.problem.common.errors import InputError
from skyedge.problem.constellations.records import Record

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


def records(text: str) -> Iterator[Record]:
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
    if name or first:
        raise InputError("the file ends within a set: give all of its lines")


def _checked(number: int, line: str, kind: str) -> str:
    if not line.startswith(f"{kind} "):
        raise InputError(f"line {number}: {line[:24]!r} where a line that starts with '{kind} ' must be: mend it")
    if not line.isascii():
        raise InputError(f"line {number}: {line[:24]!r} has letters that are not ASCII: mend it")
    if len(line) != LENGTH:
        raise InputError(f"line {number}: has {len(line)} columns: it must have {LENGTH}")
    if line[-1] != str(compute_checksum(line)):
        raise InputError(f"line {number}: the checksum is {line[-1]}: of this line it is {compute_checksum(line)}")
    return line


def _record(name: str, first: tuple[int, str], second: tuple[int, str]) -> Record:
    lines = {1: first, 2: second}
    places = {keyword: f"line {lines[line][0]}" for keyword, (line, _, _) in COLUMNS.items()}
    found = {keyword: lines[line][1][low - 1 : high].strip() for keyword, (line, low, high) in COLUMNS.items()}
    if second[1][2:7] != first[1][2:7]:
        raise InputError(
            f"line {second[0]}: NORAD_CAT_ID is {second[1][2:7]!r}, in the line before {first[1][2:7]!r}: mend one"
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
