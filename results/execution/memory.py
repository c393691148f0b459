"""What a process and all that it has started occupy, read from ``/proc``."""

import os
from collections.abc import Iterator
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE")


def occupied_bytes(pid: int | None) -> int:
    """Return the memory that a process and its descendants occupy; 0 where the system does not tell (no ``/proc``).

    Memory that they share, as after a fork, counts once: with descendants each counts its proportional share.
    """
    family = list(_family(pid))
    return sum(map(_share_bytes, family)) if len(family) > 1 else _resident_bytes(pid)


def peak_bytes() -> int:
    """Return the most memory that this process has occupied; 0 where the system does not tell."""
    lines = _read(Path("/proc/self/status")).splitlines()
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


def _family(pid: int | str | None) -> Iterator[int | str | None]:
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in _read(children).split():
            yield from _family(child)


def _resident_bytes(pid: int | None) -> int:
    fields = _read(Path(f"/proc/{pid}/statm")).split()
    return int(fields[1]) * PAGE if len(fields) > 1 else 0


def _share_bytes(pid: int | str | None) -> int:
    lines = _read(Path(f"/proc/{pid}/smaps_rollup")).splitlines()
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def _read(path: Path) -> str:
    """Return what a file says, nothing if its process has ended."""
    try:
        return path.read_text()
    except OSError:
        return ""
