"""Cells and their results on disk."""

from skyedge.results.storage.provenance import identity, machine
from skyedge.results.storage.store import (
    CONSTRAINTS,
    FAILED,
    MEANS,
    SCHEMA,
    SCORES,
    TRAINING,
    Cell,
    Row,
    Stamp,
    Store,
    derive_seed,
    pack,
    unpack,
)

__all__ = [
    "CONSTRAINTS",
    "FAILED",
    "MEANS",
    "SCHEMA",
    "SCORES",
    "TRAINING",
    "Cell",
    "Row",
    "Stamp",
    "Store",
    "derive_seed",
    "identity",
    "machine",
    "pack",
    "unpack",
]
