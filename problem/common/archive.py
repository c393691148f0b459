"""Named arrays in an ``.npz`` file: written in one step, read without trusting the file."""

import contextlib
import math
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

import numpy as np

from skyedge.problem.common.errors import (
    refuse_if,
    refused,
    shown,
)
from skyedge.problem.common.files import atomic, require_file

MAX_BYTES = 2**30  # what a file may unfold to, above the size of any instance


def write_archive(path: str | Path, kind: str, arrays: Mapping[str, np.ndarray]) -> None:
    """Write ``arrays`` and the format's name to ``path``, through a temporary file and a rename.

    Raises
    ------
    InputError
        If the path cannot be written.
    """
    with atomic(Path(path)) as temporary, temporary.open("wb") as stream:
        np.savez_compressed(stream, allow_pickle=False, format=np.array(kind), **arrays)


def read_archive(path: str | Path, kind: str, names: set[str], *optional: set[str]) -> dict[str, np.ndarray]:
    """Read the arrays ``names`` of a file that :func:`write_archive` wrote as ``kind``.

    Of each set of ``optional`` arrays, all or none are there.

    Raises
    ------
    InputError
        If the file is missing, damaged, of another kind, too large, or its arrays are not these.
    """
    what = kind.split("-")[1]
    require_file(Path(path))
    with opened(path, str(path), what) as archive:
        found = {info.filename.removesuffix(".npy") for info in archive.infolist()}
        refuse_if("format" not in found, f"{path}: not a skyedge file: give one that skyedge wrote")
        written = str(read_member(archive, "format"))
        refuse_if(written != kind, f"{path}: holds {shown(written)}, not {kind!r}: give the {what} file")
        names = names.union(*(together for together in optional if found & together))
        for problem, difference in (("lacks", names - found), ("has unknown", found - names - {"format"})):
            refuse_if(difference, f"{path}: {problem} {min(difference, default='')!r}: write the {what} anew")
        return {name: read_member(archive, name) for name in sorted(names)}


@contextlib.contextmanager
def opened(source: str | Path | IO[bytes], place: str, what: str) -> Iterator[zipfile.ZipFile]:
    """Open an archive that nobody vouches for; whatever fails while it is read is refused.

    Parameters
    ----------
    source : path or stream
    place, what : str
        Where it is and what it should be, for the error.

    Raises
    ------
    InputError
        If it cannot be read, or unfolds to more than an instance can have.
    """
    # a damaged member can fail in zipfile, zlib, numpy's header parser or a codec
    with (
        refused(f"{place}: not a readable {what} file", "write it anew", Exception),
        refused(f"{place}: cannot be read", "check the path", OSError),
        zipfile.ZipFile(source) as archive,
    ):
        total = sum(info.file_size for info in archive.infolist())
        refuse_if(
            total > MAX_BYTES, f"{place}: unfolds to {total / 2**30:.1f} GiB, more than 1: make the world smaller"
        )
        yield archive


def read_member(archive: zipfile.ZipFile, name: str) -> np.ndarray:
    """Return an array of an archive; see :func:`opened`."""
    info = archive.getinfo(f"{name}.npy")
    with archive.open(info) as stream:
        _refuse_false_header(stream, info.file_size, name)
    with archive.open(info) as stream:
        return np.lib.format.read_array(stream, allow_pickle=False)


def _refuse_false_header(stream: IO[bytes], size: int, name: str) -> None:
    """Refuse a header that promises more than its member holds, before memory is set aside for it."""
    version = np.lib.format.read_magic(stream)
    read_header = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    if version not in read_header:
        raise ValueError(f"array {name!r} has an unknown version")
    shape, _, dtype = read_header[version](stream)
    if dtype.itemsize * math.prod(shape) > size:
        raise ValueError(f"array {name!r} is cut off")
