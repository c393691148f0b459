"""A campaign's record, ``campaign.json``: what was understood of it, what started it, and its cells."""

import json
import shlex
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from skyedge.paths import CHECKOUT
from skyedge.problem.common import InputError, folder, write_text
from skyedge.results.campaign.spec import Campaign
from skyedge.results.storage import SCHEMA, Cell, Row, Store

RECORD, CELLS = "campaign.json", "cells"
SHARED = {"scenario_json", "sources", "files"}  # fields of cells that are not listed with each
RECORDED = (  # columns of a row that a cell which is not stored has all the same
    *("key", "scenario", "instance_seed", "solver", "information", "track", "config", "repeat", "solver_seed"),
    "seconds",
)
UNKNOWN = "unknown"


def write_record(campaign: Campaign, cells: Sequence[Cell], directory: Path) -> None:
    """Write a campaign as it was understood: every scenario field, option and cell.

    Raises
    ------
    InputError
        If the folder cannot be written.
    """
    path = folder(directory) / RECORD
    listed = [{"key": one.key} | {k: v for k, v in one.as_dict().items() if k not in SHARED} for one in cells]
    record = {
        "campaign": campaign.model_dump(mode="json"),
        "scenarios": {cell.scenario: json.loads(cell.scenario_json) for cell in cells},
        "knowledge": {one.title: one.told.model_dump() for one in campaign.scenarios},
        "run": run_of(listed, path),
        "cells": listed,
    }
    write_text(path, json.dumps(record, indent=1) + "\n")


def recorded_solvers(directory: Path) -> list[str]:
    """Return the solvers of the campaign that a folder has, if any."""
    cells = read_record(directory)["cells"] if (directory / RECORD).exists() else []
    return list(dict.fromkeys(cell["solver"] for cell in cells))


def read_record(directory: Path) -> dict[str, Any]:
    """Return a campaign as it was understood when it ran.

    Raises
    ------
    InputError
        If the folder holds no campaign.
    """
    path = directory / RECORD
    try:
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        Campaign.model_validate(record["campaign"])
        if not all(str.isalnum(cell["key"]) for cell in record["cells"]):  # keys become names of files
            raise ValueError
        record["scenarios"]
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}: give a folder that `skyedge benchmark` wrote") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise InputError(f"{path}: not a campaign's record: run `skyedge benchmark` again") from None
    return record


def read_rows(directory: Path) -> pd.DataFrame:
    """Return one row per cell of a campaign; cells that are not stored have the status ``missing``."""
    store = Store(directory / CELLS)
    try:
        rows = [store.read(cell["key"]) or _unknown(cell) for cell in read_record(directory)["cells"]]
    except KeyError as error:  # written by another version
        raise InputError(f"{directory / RECORD}: its cells lack {error}: run `skyedge benchmark` again") from None
    return pd.DataFrame(rows, columns=SCHEMA.names)


def _unknown(cell: dict[str, Any]) -> Row:
    """Return what is known of a cell that is not stored."""
    nothing = {field.name: float("nan") for field in SCHEMA if str(field.type) == "double"}
    return nothing | {name: cell[name] for name in RECORDED} | {"status": "missing"}


def run_of(cells: list[dict[str, Any]], path: Path) -> dict[str, str]:
    """Return the run that asked for cells first: what a record of the same cells says, else this process.

    Parameters
    ----------
    cells : list of dict
        As the record lists them.
    path : Path
        Of the campaign's record, which need not exist.
    """
    try:
        before = json.loads(path.read_text(encoding="utf-8"))
        run: dict[str, str] = before["run"]
    except (OSError, ValueError, KeyError, TypeError):
        return this_run()
    return run if before.get("cells") == cells else this_run()


def this_run() -> dict[str, str]:
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
