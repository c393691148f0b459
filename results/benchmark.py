"""Run a campaign: compute the cells that are missing, then write the tables and figures of all."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from skyedge.problem import InputError
from skyedge.problem.common import folder, write_text
from skyedge.problem.common.paths import RUNS
from skyedge.results import console
from skyedge.results.campaign.spec import Campaign
from skyedge.results.execution.cell_queue import Only
from skyedge.results.execution.run_cells import Place, compute, rehearse
from skyedge.results.figures.registry import draw
from skyedge.results.figures.style import write_figure
from skyedge.results.report import write_report
from skyedge.results.statistics import comparisons
from skyedge.results.statistics.comparisons import Compared
from skyedge.results.storage.cells import Cell
from skyedge.results.storage.provenance import run_of
from skyedge.results.storage.store import SCHEMA, Row, Store
from skyedge.results.tables import comparison as table
from skyedge.results.tables import significance_text as comparison_text

RESOLVED, CELLS = "campaign.json", "cells"


def run_campaign(
    source: str,
    directory: Path | None = None,
    jobs: int = 1,
    solvers: Sequence[str] = (),
    only: Only = "missing",
    scheduler: str = "",
    dry_run: bool = False,
) -> None:
    """Run a campaign and print its tables; only cells that are not stored yet are computed.

    Parameters
    ----------
    source : str
        A shipped campaign's name, or a TOML path.
    directory : Path, optional
        Where everything goes; ``results/runs/<name>`` by default.
    jobs : int
        Cells that run at a time.
    solvers : sequence of str
        Run these instead of the campaign's, ``name[option=value]``; tables keep those that the folder has already.
    only : {"missing", "failed"}
        What is computed: cells that are not stored, or those that are and have failed.
    scheduler : str
        Address of a Dask scheduler whose workers run the cells, e.g. ``tcp://10.0.0.1:8786``.
    dry_run : bool
        Print what would be computed, and write nothing.

    Raises
    ------
    InputError
        If the campaign is not valid, or the folder cannot be written.
    """
    campaign = Campaign.load(source)
    if solvers:
        campaign = campaign.replace(solvers=solvers, shipped_policies=False)
    cells = campaign.cells()
    directory = directory or RUNS / campaign.name
    store = Store(directory / CELLS)
    if dry_run:
        rehearse(cells, store, jobs, only)
        return
    shown = campaign.replace(solvers=_recorded(directory, campaign.solvers)) if solvers else campaign
    write_text(folder(directory) / RESOLVED, _resolved(shown, shown.cells(), directory))
    compute(campaign, cells, store, only, Place(jobs, scheduler))
    report(directory)


def _recorded(directory: Path, further: Sequence[str]) -> list[str]:
    """Return the solvers of the campaign that a folder has, if any, and further ones."""
    known = read_record(directory)["cells"] if (directory / RESOLVED).exists() else []
    return list(dict.fromkeys([*(cell["solver"] for cell in known), *further]))


def _resolved(campaign: Campaign, cells: Sequence[Cell], directory: Path) -> str:
    """Return the campaign as it was understood, as JSON: every scenario field, option and cell."""
    scenarios = {cell.scenario: json.loads(cell.scenario_json) for cell in cells}
    shared = {"scenario_json", "sources", "files"}
    listed = [{"key": one.key} | {k: v for k, v in one.as_dict().items() if k not in shared} for one in cells]
    told = {one.title: one.told.model_dump() for one in campaign.scenarios}
    run = run_of(listed, directory / RESOLVED)
    resolved = {
        "campaign": campaign.model_dump(mode="json"),
        "scenarios": scenarios,
        "knowledge": told,
        "run": run,
        "cells": listed,
    }
    return json.dumps(resolved, indent=1) + "\n"


def report(directory: Path) -> None:
    """Write the tables of the cells stored in a campaign's folder, the figures and the report, then print the tables.

    Raises
    ------
    InputError
        If the folder holds no campaign.
    """
    resolved = read_record(directory)
    name, rows = resolved["campaign"]["name"], read_rows(directory)
    compared, comparison = comparisons.compared(rows), table.compare(rows)
    written, undrawn = _write_tables(rows, comparison, compared, name, directory), []
    for plot in resolved["campaign"]["figures"] if rows["cost"].notna().any() else ():
        try:
            figure, data = draw(plot, rows, resolved)
        except InputError as error:  # what it needs may have failed, or is not computed yet
            undrawn.append(str(error))
            continue
        written += [path.name for path in write_figure(figure, data, directory / plot)]
    page = write_report(directory, resolved, rows, compared)
    screen, remarks = console.results(), console.remarks()
    screen.print(*table.as_rich(rows, comparison, screen.width), sep="\n")  # last: its reader may leave before the end
    for reason in undrawn:
        remarks.print(f"not drawn: {reason}")
    remarks.print(f"written to {directory}: {', '.join(written)}", f"report: {page}", sep="\n")


def _write_tables(
    rows: pd.DataFrame, comparison: pd.DataFrame, compared: Sequence[Compared], name: str, directory: Path
) -> list[str]:
    """Write the tables, and how sure they are; return the names of the files."""
    texts = {
        "table.md": table.as_markdown(rows, comparison, name),
        "table.csv": comparison.to_csv(index=False),
        "comparisons.md": comparison_text.as_markdown(compared, name),
        "aggregates.csv": comparisons.joined(one.aggregates for one in compared).to_csv(index=False),
        "comparisons.csv": comparisons.joined(one.pairs for one in compared).to_csv(index=False),
    }
    for file, text in texts.items():
        write_text(directory / file, text)
    return list(texts)


def read_record(directory: Path) -> dict[str, Any]:
    """Return a campaign as it was understood when it ran.

    Raises
    ------
    InputError
        If the folder holds no campaign.
    """
    path = directory / RESOLVED
    try:
        resolved: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        Campaign.model_validate(resolved["campaign"])
        if not all(str.isalnum(cell["key"]) for cell in resolved["cells"]):  # keys become names of files
            raise ValueError
        resolved["scenarios"]
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}: give a folder that `skyedge benchmark` wrote") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise InputError(f"{path}: not a campaign's record: run `skyedge benchmark` again") from None
    return resolved


def read_rows(directory: Path) -> pd.DataFrame:
    """Return one row per cell of a campaign; cells that are not stored have the status ``missing``."""
    store = Store(directory / CELLS)
    try:
        rows = [store.read(cell["key"]) or _unknown(cell) for cell in read_record(directory)["cells"]]
    except KeyError as error:  # written by another version
        raise InputError(f"{directory / RESOLVED}: its cells lack {error}: run `skyedge benchmark` again") from None
    return pd.DataFrame(rows, columns=SCHEMA.names)


def _unknown(cell: dict[str, Any]) -> Row:
    """Return what is known of a cell that is not stored."""
    names = ("key", "scenario", "instance_seed", "solver", "information", "track", "config", "repeat", "solver_seed")
    nothing = {field.name: float("nan") for field in SCHEMA if str(field.type) == "double"}
    known = {name: cell[name] for name in names}
    return nothing | known | {"seconds": cell["seconds"], "status": "missing"}
