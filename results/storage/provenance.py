"""Where results come from: the command, the commit, the time."""

import json
import shlex
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from skyedge.problem.common.paths import CHECKOUT

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
