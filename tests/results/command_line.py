"""Run skyedge as its users do: in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
COMMAND = [sys.executable, "-m", "skyedge"]


def environment(**extra: str) -> dict[str, str]:
    """Return an environment in which campaigns find the test solvers, and Python this checkout."""
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, (str(HERE), os.environ.get("PYTHONPATH")))),
        **extra,
    }


def skyedge(*arguments: object, cwd: Path, timeout_s: float = 250, **extra: str) -> subprocess.CompletedProcess:
    """Run a command to its end."""
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, env=environment(**extra), capture_output=True, text=True, timeout=timeout_s)


def error_line(run: subprocess.CompletedProcess) -> str:
    """Return the one line that a refused command prints."""
    assert run.returncode == 2, run
    assert run.stdout == ""
    lines = run.stderr.splitlines()
    assert len(lines) == 1, run.stderr
    assert lines[0].startswith("skyedge: error: ")
    return lines[0]


def write_campaign(path: Path, solvers: list[str], scenarios: str = '[[scenarios]]\nbase = "tiny"\n', **fields) -> Path:
    """Write a campaign file; fields override small defaults."""
    limits = {"seconds": 1, "cell_seconds": 20, "memory_gb": 4}
    values = {"name": path.stem, "instances": 1, "modules": ["faulty_solvers"]} | limits | fields
    head = "".join(f"{name} = {value!r}\n" for name, value in values.items())
    path.write_text(f"{head}solvers = {solvers!r}\n{scenarios}")
    return path
