"""Decisions as bytes, small and exact, so that a cell keeps its decision beside its score."""

import io

import numpy as np

from skyedge.problem import Decision
from skyedge.problem.common.archive import opened, read_member

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
