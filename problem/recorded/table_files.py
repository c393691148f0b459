"""Tables in files, CSV or Parquet by their suffix: the same checks, row by row and column by column."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from skyedge.problem.common import (
    InputError,
    Strict,
    field_mistake,
    located,
    nearest,
    read_bytes,
    read_text,
    refuse_any,
    refuse_if,
    refused,
)

MAX_BYTES = 2**28  # what a file may unfold to: far more than a million rows of numbers and names
MAX_ROWS = 1_000_000
BATCH = 65_536  # rows
NUMBERS, WORDS = ("integer", "floating", "null"), ("string", "large_string")  # what columns may hold
CUT = "leave out what lies beyond the horizon"
Rows = Iterator[tuple[str, list[str]]]  # where a row stands, and its text in each column
Table = tuple[str, list[str], Rows]  # where the header stands, the columns, and the rows


def _read_parquet(path: Path) -> Table:
    """Read rows as they are asked for; nulls are empty.

    Refused are damaged files, and such whose metadata promise too many rows or bytes; later, naming the column, what
    holds anything else than numbers or text.
    """
    import pyarrow as pa  # takes as long as all else that a scenario needs
    from pyarrow.parquet import ParquetFile

    data = pa.BufferReader(read_bytes(path))
    damaged = (f"{path}: not a readable Parquet file", "write it anew", pa.ArrowException, OSError, UnicodeDecodeError)
    with refused(*damaged):
        metadata = ParquetFile(data).metadata
        schema = metadata.schema.to_arrow_schema()
        # of whole groups: asked for those of a damaged column, pyarrow ends the process
        unfolded = sum(metadata.row_group(number).total_byte_size for number in range(metadata.num_row_groups))
    refuse_any(
        (metadata.num_rows > MAX_ROWS, f"{path}: has more than {MAX_ROWS} rows: {CUT}"),
        (unfolded > MAX_BYTES, f"{path}: unfolds to more than {MAX_BYTES >> 20} MiB: {CUT}"),
    )

    def rows() -> Rows:
        for field in schema:
            refuse_if(
                not _is_one_of(field.type, *NUMBERS, *WORDS),
                f"{path}: column {field.name} holds {field.type}: make it numbers or text",
            )
        with refused(*damaged):
            # words as a dictionary: a long one that every row repeats is then there once
            words = [field.name for field in schema if not _is_one_of(field.type, *NUMBERS)]
            batches = ParquetFile(data, read_dictionary=words).iter_batches(BATCH)
            several = (zip(*map(_texts, batch.columns), strict=True) for batch in batches)
            for number, texts in enumerate(chain.from_iterable(several), start=1):
                yield f"row {number}", list(texts)

    return "its schema", list(schema.names), rows()


def _is_one_of(kind: Any, *names: str) -> bool:
    """Whether a column's type is one of pyarrow's, such as ``"floating"``, or a dictionary of it."""
    from pyarrow import types

    kind = kind.value_type if types.is_dictionary(kind) else kind
    return any(getattr(types, f"is_{name}")(kind) for name in names)


def _texts(column: Any) -> list[str]:
    """Return a column's values as text that reads back as the same number."""
    if hasattr(column, "dictionary"):
        words = _texts(column.dictionary)
        return ["" if index is None else words[index] for index in column.indices.to_pylist()]
    return ["" if value is None else str(value) for value in column.to_pylist()]


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
    refuse_if(
        path.suffix.lower() not in READERS,
        f"{path}: tables come in files that end in {' or '.join(READERS)}: save it as one",
    )
    header, columns, rows = READERS[path.suffix.lower()](path)
    _refuse_columns(f"{path}: {header}", columns, kind)
    number = 0
    for number, (place, texts) in enumerate(rows, start=1):
        refuse_if(number > MAX_ROWS, f"{path}: has more than {MAX_ROWS} rows: {CUT}")
        yield _row(f"{path}: {place}", columns, texts, kind)
    refuse_if(not number, f"{path}: has no rows: give at least one")


def _read_csv(path: Path) -> Table:
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


READERS: dict[str, Callable[[Path], Table]] = {".csv": _read_csv, ".parquet": _read_parquet}


def _refuse_columns(place: str, columns: Sequence[str], kind: type[Strict]) -> None:
    known = kind.model_fields
    for number, column in enumerate(columns):
        if column not in known:
            raise InputError(f"{place}: unknown column {column[:60]!r}: {nearest(column, known)}")
        refuse_if(column in columns[:number], f"{place}: column {column} is there twice: keep one")
    for name, field in known.items():
        refuse_if(field.is_required() and name not in columns, f"{place}: column {name} is missing: add it")


def _row(place: str, columns: Sequence[str], texts: Sequence[str], kind: type[Strict]) -> Row:
    refuse_if(len(texts) != len(columns), f"{place}: has not the columns of the header: complete the row")
    given = {column: text.strip() for column, text in zip(columns, texts, strict=True) if text.strip()}
    with located(place, field_mistake):
        return Row(place, kind.model_validate(given))
