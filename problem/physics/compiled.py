"""Compiling the formulas: numba runs the same lines of physics that numpy, torch and Pyomo run.

Compiled code is cached beside the sources. Numba notices a change of the file that holds a compiled loop, but not
of the functions that it calls from other files, so the cache's folder is named by a hash of all compiled sources:
``problem/``, whose formulas are registered here, and every other file of the package that compiles something.
"""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numba
from numba.extending import register_jitable

from skyedge.problem.physics import best_power as power
from skyedge.problem.physics import equations as physics
from skyedge.problem.physics import links

PACKAGE = Path(__file__).parents[2]
FLOORS = ("problem", "solvers", "rl", "results")


def compiled_files(package: Path) -> list[Path]:
    """Return the files of a package, at any depth, whose content decides what is compiled."""
    # the floors of a checkout are links, which rglob follows only where they are the root of the walk
    files = [file for floor in FLOORS for file in (package / floor).rglob("*.py")]
    return sorted(file for file in files if file.is_relative_to(package / FLOORS[0]) or _compiles(file))


def _compiles(file: Path) -> bool:
    source = file.read_bytes()
    return b"njit" in source or b"register_jitable" in source


def hash_of(files: Iterable[Path]) -> str:
    """Return a hash of the names and the content of files."""
    return hashlib.sha256(b"".join(file.name.encode() + file.read_bytes() for file in files)).hexdigest()[:16]


SOURCES = hash_of(compiled_files(PACKAGE))
CACHE = Path(os.environ.get("NUMBA_CACHE_DIR", Path(__file__).parent / "__pycache__" / f"numba-{SOURCES}"))
numba.config.CACHE_DIR = str(CACHE)  # type: ignore[attr-defined]

# Division by zero gives inf and NaN, as it does on arrays. Compiled loops allocate nothing, so they need no reference
# counts (nrt); counting those of every array of a slot at every call cost eight times the arithmetic. They are put into
# each other: a slot is some fifty arrays, and handing them to a function of its own took longer than what it computes.
OPTIONS: Any = {"error_model": "numpy", "_nrt": False, "forceinline": True}

njit = numba.njit(cache=True, **OPTIONS)

for function in (
    physics.uav_gain,
    physics.mean_squared_distance,
    physics.snr_per_watt,
    physics.rate,
    physics.transmission_time,
    physics.inference_time,
    physics.isl_busy_time,
    physics.on_shared_air,
    physics.uplink_time,
    physics.downlink_time,
    physics.fixed_part,
    physics.latency,
    physics.energy,
    physics.task_cost,
    power.log_growth,
    power.unconstrained_power,
    power.least_power,
    power.best_power,
    links.request_of,
    links.uav_link,
    links.satellite_link,
    links.squared_distance,
    links.covered,
    links.accurate,
    links.in_time,
):
    register_jitable(**OPTIONS)(function)
