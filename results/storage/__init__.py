"""Cells and their results on disk."""

from skyedge.results.storage.cells import CONSTRAINTS, FAILED, MEANS, SCORES, TRAINING, Cell, derive_seed
from skyedge.results.storage.interrupts import interrupted_later
from skyedge.results.storage.provenance import identity, machine
from skyedge.results.storage.store import SCHEMA, Row, Stamp, Store, pack, unpack

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
    "interrupted_later",
    "machine",
    "pack",
    "unpack",
]
