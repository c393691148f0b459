"""Where results come from: the command, the commit, the time."""

import shlex
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version

from results.sources import ROOT

UNKNOWN = "unknown"


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
    try:
        run = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return UNKNOWN
    return run.stdout.strip()
