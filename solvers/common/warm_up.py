"""Which solvers' numerical loops are compiled: else their first runs would spend their budget on it."""

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from skyedge.problem.physics.compiled import CACHE, SOURCES

COMPILE = "--compile"


def mark(name: str) -> None:
    """Note that a solver is compiled as the sources are now."""
    CACHE.mkdir(parents=True, exist_ok=True)
    _mark(name).touch()


def not_compiled(names: Iterable[str]) -> list[str]:
    """Return those of the solvers that are not noted as compiled."""
    return [name for name in names if not _mark(name).exists()]


def compile_loops(names: Iterable[str]) -> None:
    """Compile the loops of solvers, in a process of their own."""
    subprocess.run([sys.executable, "-P", "-m", "skyedge.solvers", COMPILE, *names], check=True)


def _mark(name: str) -> Path:
    return CACHE / f"{name}-{SOURCES}"
