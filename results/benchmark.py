"""Run a campaign: compute the cells that are missing, then write the tables and figures of all."""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console

from problem import InputError
from problem.files import folder, write_text
from results import console, table
from results.campaign import Campaign
from results.cells import Cell
from results.plots import PLOTS
from results.provenance import run_of
from results.report import write_report
from results.runner import Limits, run_cells
from results.store import SCHEMA, Row, Store
from results.style import write_figure
from solvers.compiling import compile_loops, not_compiled

RUNS = Path(__file__).parent / "runs"
RESOLVED = "campaign.json"
MAX_FAILURES = 5  # that are quoted


def run_campaign(source: str, directory: Path | None = None, jobs: int = 1, retry_failed: bool = False) -> None:
    """Run a campaign and print its tables; only cells that are not stored yet are computed.

    Parameters
    ----------
    source : str
        A shipped campaign's name, or a TOML path.
    directory : Path, optional
        Where everything goes; ``results/runs/<name>`` by default.
    jobs : int
        Cells that run at a time.
    retry_failed : bool
        Compute failed cells again.

    Raises
    ------
    InputError
        If the campaign is not valid, or the folder cannot be written.
    """
    campaign = Campaign.load(source)
    cells = campaign.cells()
    directory = folder(directory or RUNS / campaign.name)
    store = Store(directory / "cells")
    write_text(directory / RESOLVED, _resolved(campaign, cells, directory))
    missing = _missing(cells, store, retry_failed)
    remarks = console.remarks()
    if missing:
        _compute(missing, len(cells), store, Limits(campaign.cell_seconds, campaign.memory_gb), jobs, remarks)
    else:
        remarks.print(f"nothing to compute: all {len(cells)} cells of {campaign.name} are stored in {directory}")
    report(directory)


def _missing(cells: Sequence[Cell], store: Store, retry_failed: bool) -> list[Cell]:
    """Return the cells without a valid row."""
    missing, damaged = [], 0
    for cell in cells:
        row = store.read(cell.key)
        damaged += row is None and store.damaged(cell.key)
        if row is None or (retry_failed and row["status"] in ("failed", "timeout")):
            missing.append(cell)
    if damaged:
        console.remarks().print(f"{damaged} damaged: stored cells that cannot be trusted are computed again")
    return missing


def _compute(missing: Sequence[Cell], total: int, store: Store, limits: Limits, jobs: int, remarks: Console) -> None:
    """Run cells behind a progress bar, storing each as it finishes."""
    _compile(missing, remarks)
    failures: list[Row] = []
    started, done = time.monotonic(), 0
    with console.progress(remarks) as bar:
        task = bar.add_task("cells", total=len(missing))

        def finished(row: Row) -> None:
            nonlocal done
            store.write(row)
            done += 1
            if row["error"]:
                failures.append(row)
            bar.update(task, advance=1, description=f"cells, {len(failures)} failed" if failures else "cells")

        try:
            run_cells(missing, limits, jobs, finished)
        except KeyboardInterrupt:
            stored = total - len(missing) + done
            raise KeyboardInterrupt(f"{stored} of {total} cells are stored; the same command goes on") from None
    elapsed = time.monotonic() - started
    remarks.print(f"computed {len(missing)} cells in {elapsed:.0f} s; {total - len(missing)} were stored")
    for row in failures[:MAX_FAILURES]:
        remarks.print(f"{row['status']}: {row['solver']} on {row['scenario']} {row['instance_seed']}: {row['error']}")
    if len(failures) > MAX_FAILURES:
        remarks.print(f"… and {len(failures) - MAX_FAILURES} more; the tables count them")


def _compile(cells: Sequence[Cell], remarks: Console) -> None:
    """Compile what the suite's own solvers need, once after a change of their code."""
    names = not_compiled(sorted({cell.solver_name for cell in cells if cell.solver_module.startswith("solvers.")}))
    if names:
        remarks.print(f"compiling the numerical loops (once): {', '.join(names)}")
        compile_loops(names)


def _resolved(campaign: Campaign, cells: Sequence[Cell], directory: Path) -> str:
    """Return the campaign as it was understood, as JSON: every scenario field, option and cell."""
    scenarios = {cell.scenario: json.loads(cell.scenario_json) for cell in cells}
    shared = {"scenario_json", "sources"}
    listed = [{"key": one.key} | {k: v for k, v in one.as_dict().items() if k not in shared} for one in cells]
    run = run_of(listed, directory / RESOLVED)
    resolved = {"campaign": campaign.model_dump(), "scenarios": scenarios, "run": run, "cells": listed}
    return json.dumps(resolved, indent=1) + "\n"


def report(directory: Path) -> None:
    """Write and print the tables of the cells stored in a campaign's folder, draw the figures, write the report.

    Raises
    ------
    InputError
        If the folder holds no campaign.
    """
    resolved = read_record(directory)
    name, rows = resolved["campaign"]["name"], read_rows(directory)
    comparison = table.compare(rows)
    screen = console.results()
    screen.print(*table.as_rich(rows, comparison, screen.width), sep="\n")
    write_text(directory / "table.md", table.as_markdown(rows, comparison, name))
    write_text(directory / "table.csv", comparison.to_csv(index=False))
    written = ["table.md", "table.csv"]
    for plot in resolved["campaign"]["figures"] if rows["cost"].notna().any() else ():
        figure, data = PLOTS[plot](rows, resolved["scenarios"])
        written += [path.name for path in write_figure(figure, data, directory / plot)]
    page = write_report(directory, resolved, rows)
    console.remarks().print(f"written to {directory}: {', '.join(written)}", f"report: {page}", sep="\n")


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
        resolved["cells"], resolved["scenarios"]
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}: give a folder that `skyedge benchmark` wrote") from None
    except (ValueError, KeyError, TypeError):
        raise InputError(f"{path}: not a campaign's record: run `skyedge benchmark` again") from None
    return resolved


def read_rows(directory: Path) -> pd.DataFrame:
    """Return one row per cell of a campaign; cells that are not stored have the status ``missing``."""
    store = Store(directory / "cells")
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
