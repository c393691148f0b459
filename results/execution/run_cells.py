"""Compute those cells of a campaign that its folder lacks."""

import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol

from rich.console import Console

from skyedge.results import console
from skyedge.results.campaign.spec import Campaign
from skyedge.results.execution.cell_queue import Item, Only, Queue, State, claims_in, look, sweep, undone
from skyedge.results.execution.local_pool import Limits, Processes, needed, prepare, uncompiled
from skyedge.results.execution.progress import Forecast, Progress, in_words
from skyedge.results.storage import Cell, Row, Store
from skyedge.solvers.common.warm_up import compile_loops


class Crew(Protocol):
    """What runs cells: processes of this machine, or workers of a cluster."""

    @property
    def busy(self) -> int:
        """How many cells it has."""

    @property
    def size(self) -> int:
        """How many it runs at a time."""

    def room(self) -> bool:
        """Whether it can take another cell now."""

    def start(self, cell: Cell) -> None:
        """Take a cell."""

    def finished(self) -> list[Row]:
        """Return the rows of cells that have ended, after a short wait if none has."""

    def close(self) -> None:
        """Kill the cells that are running."""


def run_cells(queue: Queue, crew: Crew, progress: Progress) -> None:
    """Run cells until none is left, here or in another runner; store their rows as they finish.

    A cell that crashes, or is killed at a limit, gives a row too.
    """
    while queue or crew.busy:
        while crew.room() and (cell := queue.next()):
            crew.start(cell)
        progress.tick(crew.size)
        for row in crew.finished():
            queue.done(row)
            progress.finished(row)


STATES: tuple[State, ...] = ("stored", "failed", "damaged", "missing")
KEPT = ("stored", "failed")
DONE: dict[Only, str] = {"missing": "all {1} cells of {0} are stored", "failed": "no failed cell of {0} is stored"}


@dataclass(frozen=True)
class Resources:
    """What runs cells: so many processes of this machine at a time, or the workers of a Dask scheduler's address."""

    jobs: int = 1
    scheduler: str = ""

    def crew(self, cells: Sequence[Cell], limits: Limits, remarks: Console) -> Crew:
        """Return what runs the cells, with all ready that they need."""
        if self.scheduler:
            from skyedge.results.execution.dask_pool import Cluster

            return Cluster(self.scheduler, cells, limits, remarks)
        if names := uncompiled(cells):
            remarks.print(f"compiling the numerical loops (once): {', '.join(names)}")
            compile_loops(names)
        prepare(needed(cells))
        return Processes(limits, self.jobs)


def compute(campaign: Campaign, cells: Sequence[Cell], store: Store, only: Only, resources: Resources) -> None:
    """Compute what is missing, or only what has failed, sharing the work with other runners on the folder.

    Parameters
    ----------
    campaign : Campaign
        Whose limits count.
    cells : sequence of Cell
    store : Store
    only : {"missing", "failed"}
    resources : Resources
    """
    remarks = console.remarks()
    items = look(cells, store)
    work = undone(items, only)
    damaged = [item.cell.key for item in work if item.state == "damaged"]
    if damaged:
        remarks.print(f"{len(damaged)} damaged, computed again: {store.path(damaged[0])} fails its checksum")
    if not work:
        remarks.print(f"nothing to compute: {DONE[only].format(campaign.name, len(items))} in {store.directory.parent}")
        return
    limits, started = Limits(campaign.cell_seconds, campaign.memory_gb), time.monotonic()
    try:
        progress = _run(items, work, store, limits, resources)
    except KeyboardInterrupt:
        stored = sum(item.state in KEPT for item in look(cells, store))
        raise KeyboardInterrupt(f"{stored} of {len(cells)} cells are stored; the same command goes on") from None
    done = f"computed {progress.computed} cells in {time.monotonic() - started:.0f} s"
    others = f", another runner {progress.computed_elsewhere}" if progress.computed_elsewhere else ""
    remarks.print(f"{done}{others}; {len(items) - len(work)} were stored")
    progress.say_failures()


def _run(items: Sequence[Item], work: Sequence[Item], store: Store, limits: Limits, resources: Resources) -> Progress:
    """Run cells behind a progress bar."""
    left, remarks = [item.cell for item in work], console.remarks()
    forecast = Forecast(item.row for item in items if item.row is not None)
    with (
        claims_in(store.directory) as claims,
        closing(resources.crew(left, limits, remarks)) as crew,
        Progress.shown(left, forecast, remarks) as progress,
    ):
        sweep(store, claims)
        run_cells(Queue(work, store, claims, progress.elsewhere), crew, progress)
    return progress


def rehearse(cells: Sequence[Cell], store: Store, jobs: int, only: Only) -> None:
    """Print what :func:`compute` would do, and do nothing."""
    items = look(cells, store)
    forecast = Forecast(item.row for item in items if item.row is not None)
    work = undone(items, only)
    by_solver = {item.cell.solver: [one for one in items if one.cell.solver == item.cell.solver] for item in items}
    lines = [_line(solver, some, undone(some, only), forecast) for solver, some in by_solver.items()]
    console.results().print(console.table("Cells", ("solver", "all", *STATES, "to run", "about"), lines))
    left = in_words(forecast.left_s([item.cell for item in work], jobs))
    console.remarks().print(f"would compute {len(work)} of {len(items)} cells: about {left} with {jobs} at a time")


def _line(solver: str, items: Sequence[Item], work: Sequence[Item], forecast: Forecast) -> tuple[str, ...]:
    counts = [sum(item.state == state for item in items) for state in STATES]
    seconds = sum(forecast.seconds(item.cell) for item in work)
    return (solver, *map(str, (len(items), *counts, len(work))), in_words(seconds))
