"""Tables in files, CSV or Parquet by their suffix: the same checks, row by row and column by column."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from skyedge.problem.common.errors import InputError, field_mistake, nearest
from skyedge.problem.common.field_types import Strict
from skyedge.problem.common.files import read_text
from skyedge.problem.recorded import parquet

MAX_ROWS = 1_000_000
Rows = Iterator[tuple[str, list[str]]]  # where a row stands, and its text in each column


class Row(NamedTuple):
    """A checked row, and where it stands."""

    place: str
    values: Any


def read_rows(path: Path, kind: type[Strict]) -> Iterator[Row]:
    """Read a table whose columns are the fields of ``kind``.

    Parameters
    ----------
    path : Path
        A file that ends in .csv or .parquet.
    kind : type

    Yields
    ------
    Row

    Raises
    ------
    InputError
        If the file cannot be read, is longer than a million rows, or naming the row and the column that is wrong.
    """
    if path.suffix.lower() not in READERS:
        raise InputError(f"{path}: tables come in files that end in {' or '.join(READERS)}: save it as one")
    header, columns, rows = READERS[path.suffix.lower()](path)
    _refuse_columns(f"{path}: {header}", columns, kind)
    number = 0
    for number, (place, texts) in enumerate(rows, start=1):
        if number > MAX_ROWS:
            raise InputError(f"{path}: has more than {MAX_ROWS} rows: leave out what lies beyond the horizon")
        yield _row(f"{path}: {place}", columns, texts, kind)
    if not number:
        raise InputError(f"{path}: has no rows: give at least one")


def _read_csv(path: Path) -> tuple[str, list[str], Rows]:
    reader = csv.reader(io.StringIO(read_text(path), newline=""))

    def rows() -> Rows:
        try:
            for texts in reader:
                if texts:
                    yield f"line {reader.line_num}", texts
        except csv.Error as error:
            raise InputError(f"{path}: line {reader.line_num}: not CSV ({error}): mend it there") from None

    place, columns = next(rows(), ("line 1", []))
    return place, columns, rows()


def _read_parquet(path: Path) -> tuple[str, list[str], Rows]:
    columns, rows = parquet.read(path, MAX_ROWS)
    return "its schema", columns, ((f"row {number}", texts) for number, texts in enumerate(rows, start=1))


READERS: dict[str, Callable[[Path], tuple[str, list[str], Rows]]] = {".csv": _read_csv, ".parquet": _read_parquet}


def _refuse_columns(place: str, columns: Sequence[str], kind: type[Strict]) -> None:
    known = kind.model_fields
    for number, column in enumerate(columns):
        if column not in known:
            raise InputError(f"{place}: unknown column {column[:60]!r}: {nearest(column, known)}")
        if column in columns[:number]:
            raise InputError(f"{place}: column {column} is there twice: keep one")
    for name, field in known.items():
        if field.is_required() and name not in columns:
            raise InputError(f"{place}: column {name} is missing: add it")


def _row(place: str, columns: Sequence[str], texts: Sequence[str], kind: type[Strict]) -> Row:
    if len(texts) != len(columns):
        raise InputError(f"{place}: has not the columns of the header: complete the row")
    given = {column: text.strip() for column, text in zip(columns, texts, strict=True) if text.strip()}
    try:
        return Row(place, kind.model_validate(given))
    except ValidationError as error:
        raise InputError(f"{place}: {field_mistake(error)}") from None
