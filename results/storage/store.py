"""Cells and their results on disk: one Parquet file for each, written in one step and checked when read."""

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from skyedge.problem import Decision
from skyedge.problem.common import atomic
from skyedge.problem.common.archive import opened, read_member


@dataclass(frozen=True)
class Cell:
    """One run. Plain values only, so that it crosses to another process or machine as it is."""

    scenario: str  # label
    scenario_json: str
    instance_seed: int
    solver: str  # as the campaign writes it, options included
    solver_name: str
    solver_module: str  # imported in the worker; importing it registers the solver
    information: str
    track: str  # of a method that has learned, else empty
    config: str  # all options as JSON, defaults included
    repeat: int
    solver_seed: int
    seconds: float  # the solver's budget
    sources: str  # hash of the code, and of the files that the solver reads
    files: str = ""  # hash of the latter alone
    knowledge: str = ""  # as JSON, where an online solver is told something else than the truth

    @cached_property
    def key(self) -> str:
        """Hash of all that determines the result; the name of the cell's file."""
        names = ("scenario_json", "instance_seed", "solver_name", "config", "solver_seed", "seconds", "sources")
        return _digest([*(getattr(self, name) for name in names), *filter(None, [self.knowledge])])[:40]

    def blank_row(self) -> dict[str, object]:
        """Return the row of this cell before anything is known about its outcome."""
        nan = float("nan")
        return {
            "key": self.key,
            "scenario": self.scenario,
            "scenario_hash": hashlib.sha256((self.scenario_json + self.knowledge).encode()).hexdigest(),
            "instance_seed": self.instance_seed,
            "instance_id": "",
            "solver": self.solver,
            "information": self.information,
            "track": self.track,
            "config": self.config,
            "repeat": self.repeat,
            "solver_seed": self.solver_seed,
            **dict.fromkeys(TRAINING, nan),
            "status": "missing",
            "error": "",
            **dict.fromkeys(SCORES, nan),
            "wall_s": nan,
            "seconds": self.seconds,
            "slots": json.loads(self.scenario_json)["slots"],
            "versions": "{}",
            "machine": "{}",
            "decision": None,
        }

    def as_dict(self) -> dict[str, object]:
        """Return the fields by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


FAILED = ("failed", "timeout", "out-of-memory")  # statuses of runs that gave nothing
CONSTRAINTS = ("C1", "C2", "C3", "C4", "C5", "C6")
TRAINING = ("training_seed", "training_slots", "training_seconds")
MEANS = ("served_fraction", "satellite_share", "mean_latency_s", "energy_per_slot_j")  # what tables say beside the cost
SCORES = ("cost", "bound", *MEANS, *CONSTRAINTS)


def derive_seed(*names: object) -> int:
    """Return a seed that depends on these names alone, not on what else runs."""
    return int(_digest([str(name) for name in names])[:8], 16)


def _digest(values: list) -> str:
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()


ARRAYS = ("server", "power", "uav_xy")


def pack(decision: Decision) -> bytes:
    """Return a decision as a compressed archive; powers and positions keep every bit."""
    stream = io.BytesIO()
    arrays = {name: getattr(decision, name) for name in ARRAYS}
    np.savez_compressed(stream, allow_pickle=False, **arrays | {"server": decision.server.astype(np.int32)})
    return stream.getvalue()


def unpack(content: bytes) -> Decision:
    """Return the decision that :func:`pack` was given.

    Raises
    ------
    InputError
        If it is damaged.
    """
    with opened(io.BytesIO(content), "the decision of a cell", "decision") as archive:
        return Decision(**{name: read_member(archive, name) for name in ARRAYS})


Row = dict[str, Any]
Stamp = tuple[int, int] | None  # of a file: changes whenever it is written anew

SCHEMA = pa.schema(
    [
        ("key", pa.string()),
        ("scenario", pa.string()),
        ("scenario_hash", pa.string()),
        ("instance_seed", pa.int64()),
        ("instance_id", pa.string()),
        ("solver", pa.string()),
        ("information", pa.string()),
        ("track", pa.string()),
        ("config", pa.string()),
        ("repeat", pa.int64()),
        ("solver_seed", pa.int64()),
        *((name, pa.float64()) for name in TRAINING),  # NaN where nothing was learned
        ("status", pa.string()),
        ("error", pa.string()),
        *((name, pa.float64()) for name in SCORES),  # NaN where there is no score
        ("wall_s", pa.float64()),
        ("seconds", pa.float64()),
        ("slots", pa.int64()),
        ("versions", pa.string()),
        ("machine", pa.string()),
        ("decision", pa.binary()),  # see skyedge.results.storage.store; null where there is no score
    ]
)
STORED = SCHEMA.append(pa.field("checksum", pa.string()))


class Store:
    """The finished cells of a folder.

    Parameters
    ----------
    directory : Path
        Made when something is written.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def path(self, key: str) -> Path:
        """Return where a cell's row is kept."""
        return self.directory / f"{key}.parquet"

    def write(self, row: Mapping[str, Any]) -> None:
        """Keep a row under its key."""
        table = pa.Table.from_pylist([dict(row)], schema=SCHEMA)
        stored = table.to_pylist()[0]  # as a reader will see it: 3 in a column of floats is 3.0
        with atomic(self.path(stored["key"])) as temporary:
            pq.write_table(table.append_column("checksum", pa.array([_checksum(stored)])), temporary)

    def read(self, key: str) -> Row | None:
        """Return the row of a cell, or None if there is none or its file is damaged."""
        try:
            file = pq.ParquetFile(self.path(key))
            if file.metadata.num_rows != 1 or not file.schema_arrow.equals(STORED):
                return None
            row: Row = file.read().to_pylist()[0]
        except (OSError, ValueError, pa.ArrowException):  # missing, cut short, or not what it should be
            return None
        checksum = row.pop("checksum")
        return row if row["key"] == key and checksum == _checksum(row) else None

    def stamp(self, key: str) -> Stamp:
        """Return what tells a cell's file from a later one, None if there is none."""
        try:
            found = self.path(key).stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_mtime_ns

    def unfinished(self) -> list[Path]:
        """Return the temporary files of cells that are being written, or were when their writer was killed."""
        return list(self.directory.glob(".*-*.parquet"))


def _checksum(row: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps([row[name] for name in SCHEMA.names], default=bytes.hex).encode()).hexdigest()
