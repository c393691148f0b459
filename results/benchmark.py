"""Run a campaign: compute the cells that are missing, then write the tables and figures of all."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from skyedge.paths import RUNS
from skyedge.problem.common import InputError, write_text
from skyedge.results import console
from skyedge.results.campaign.record import CELLS, read_record, read_rows, recorded_solvers, write_record
from skyedge.results.campaign.spec import Campaign
from skyedge.results.execution.cell_queue import Only
from skyedge.results.execution.run_cells import Resources, compute, rehearse
from skyedge.results.figures.registry import draw
from skyedge.results.figures.style import write_figure
from skyedge.results.report import write_report
from skyedge.results.statistics import Compared, comparisons
from skyedge.results.storage import Store
from skyedge.results.tables import comparison as table
from skyedge.results.tables import significance_text as comparison_text


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
    if solvers:  # tables keep those that are there already
        shown = campaign.replace(solvers=list(dict.fromkeys([*recorded_solvers(directory), *solvers])))
        write_record(shown, shown.cells(), directory)
    else:
        write_record(campaign, cells, directory)
    compute(campaign, cells, store, only, Resources(jobs, scheduler))
    report(directory)


def report(directory: Path) -> None:
    """Write the tables of the cells stored in a campaign's folder, the figures and the report, then print the tables.

    Raises
    ------
    InputError
        If the folder holds no campaign.
    """
    record = read_record(directory)
    name, rows = record["campaign"]["name"], read_rows(directory)
    compared, comparison = comparisons.compared(rows), table.compare(rows)
    written, undrawn = _write_tables(rows, comparison, compared, name, directory), []
    for plot in record["campaign"]["figures"] if rows["cost"].notna().any() else ():
        try:
            figure, data = draw(plot, rows, record)
        except InputError as error:  # what it needs may have failed, or is not computed yet
            undrawn.append(str(error))
            continue
        written += [path.name for path in write_figure(figure, data, directory / plot)]
    page = write_report(directory, record, rows, compared)
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
