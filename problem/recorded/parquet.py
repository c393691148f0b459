"""Parquet files read as text, like a CSV file: numbers and words only, and no more of them than is set."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from skyedge.problem.common.errors import InputError
from skyedge.problem.common.files import read_bytes

MAX_BYTES = 2**28  # what a file may unfold to: far more than a million rows of numbers and names
BATCH = 65_536  # rows


def read(path: Path, max_rows: int) -> tuple[list[str], Iterator[list[str]]]:
    """Return the names of the columns, and the rows, which are read as they are asked for; nulls are empty.

    Raises
    ------
    InputError
        If the file is damaged, or its metadata promise more than ``max_rows`` rows or 256 MiB; later, naming the
        column, if that holds anything else than numbers or text.
    """
    import pyarrow as pa  # takes as long as all else that a scenario needs
    from pyarrow.parquet import ParquetFile

    data = pa.BufferReader(read_bytes(path))
    with _readable(path):
        metadata = ParquetFile(data).metadata
        schema, unfolded = metadata.schema.to_arrow_schema(), _unfolded(metadata)
    if metadata.num_rows > max_rows:
        raise InputError(f"{path}: has more than {max_rows} rows: leave out what lies beyond the horizon")
    if unfolded > MAX_BYTES:
        raise InputError(f"{path}: unfolds to more than {MAX_BYTES >> 20} MiB: leave out what lies beyond the horizon")

    def rows() -> Iterator[list[str]]:
        for field in schema:
            if not _is_plain(field.type):
                raise InputError(f"{path}: column {field.name} holds {field.type}: make it numbers or text")
        with _readable(path):
            # words as a dictionary: a long one that every row repeats is then there once
            words = [field.name for field in schema if not _is_number(field.type)]
            for batch in ParquetFile(data, read_dictionary=words).iter_batches(BATCH):
                yield from map(list, zip(*map(_texts, batch.columns), strict=True))

    return list(schema.names), rows()


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        reason = str(error).split("\n")[0][:120]
        raise InputError(f"{path}: not a readable Parquet file ({reason}): write it anew") from None


def _unfolded(metadata: Any) -> int:
    # of whole groups: asked for those of a damaged column, pyarrow ends the process
    return sum(metadata.row_group(number).total_byte_size for number in range(metadata.num_row_groups))


def _is_number(kind: Any) -> bool:
    import pyarrow as pa

    return pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_null(kind)


def _is_plain(kind: Any) -> bool:
    import pyarrow as pa

    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return _is_number(kind) or pa.types.is_string(kind) or pa.types.is_large_string(kind)


def _texts(column: Any) -> list[str]:
    """Return a column's values as text that reads back as the same number."""
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        words = _texts(column.dictionary)
        return ["" if index is None else words[index] for index in column.indices.to_pylist()]
    return ["" if value is None else str(value) for value in column.to_pylist()]
