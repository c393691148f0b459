"""Where results come from: the command, the commit, the time."""

import json
import os
import platform
import shlex
import subprocess
import sys
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from importlib.metadata import version
from pathlib import Path
from typing import Any

from skyedge.problem.common.paths import CHECKOUT
from skyedge.results.storage.cells import Cell
from skyedge.solvers import get

UNKNOWN = "unknown"


def run_of(cells: list[dict[str, Any]], record: Path) -> dict[str, str]:
    """Return the run that asked for cells first: what a record of the same cells says, else this process.

    Parameters
    ----------
    cells : list of dict
        As the record lists them.
    record : Path
        The campaign's record, which need not exist.
    """
    try:
        before = json.loads(record.read_text(encoding="utf-8"))
        known: dict[str, str] = before["run"]
    except (OSError, ValueError, KeyError, TypeError):
        return run_record()
    return known if before.get("cells") == cells else run_record()


def run_record() -> dict[str, str]:
    """Return what started this process: its command, the commit of the checkout, the version, the time (UTC)."""
    return {
        "command": shlex.join(["skyedge", *sys.argv[1:]]),
        "commit": commit(),
        "version": version("skyedge"),
        "started": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
    }


def commit() -> str:
    """Return the checkout's commit, and whether tracked files differ from it; ``unknown`` outside a repository."""
    found, differs = _git("rev-parse", "HEAD"), _git("status", "--porcelain", "--untracked-files=no")
    return f"{found}, with local changes" if differs and found != UNKNOWN else found


def _git(*arguments: str) -> str:
    if CHECKOUT is None:
        return UNKNOWN
    try:
        run = subprocess.run(["git", "-C", str(CHECKOUT), *arguments], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return UNKNOWN
    return run.stdout.strip()


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
