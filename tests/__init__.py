"""Tests of the suite, and what they share."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]


def tracked(*folders: str) -> list[str]:
    """Return the files that git tracks, as paths from the root."""
    listed = subprocess.run(["git", "ls-files", *folders], cwd=ROOT, capture_output=True, text=True, check=True)
    return listed.stdout.splitlines()
