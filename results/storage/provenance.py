"""What computed a cell: the machine, and the versions of what its solver rests on."""

import json
import os
import platform
import sys
from functools import cache
from importlib import metadata
from pathlib import Path

from skyedge.results.storage.store import Cell
from skyedge.solvers import get


def identity(cell: Cell) -> dict[str, str]:
    """Return the columns ``machine`` and ``versions`` of a cell's row, as JSON; its solver must be registered."""
    found = {package: metadata.version(package) for package in get(cell.solver_name).packages}
    found["sources"] = cell.sources  # hash of the code and of the files that the solver reads
    return {"machine": json.dumps(machine(), sort_keys=True), "versions": json.dumps(found, sort_keys=True)}


@cache
def machine() -> dict[str, str | int | float]:
    """Return the processor's model, cores and memory, the Python version and the platform."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        models = (line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if "model name" in line)
        cpu = next(models, cpu)
    return {
        "cpu": cpu,
        "cores": os.cpu_count() or 0,
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "python": sys.version.split()[0],
        "platform": platform.platform(),
    }
