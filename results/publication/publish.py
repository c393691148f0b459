"""What is published: campaigns, figures of them, and which claims of the paper hold, with where it all comes from."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Self

import pandas as pd
from matplotlib.figure import Figure
from pydantic import Field, model_validator

from skyedge.paths import PUBLICATIONS, PUBLISHED, RUNS
from skyedge.problem.common import InputError, Strict, atomic, folder, nearest, write_text
from skyedge.problem.common.documents import document, find
from skyedge.results import console
from skyedge.results.benchmark import run_campaign
from skyedge.results.campaign.record import read_record, read_rows, this_run
from skyedge.results.campaign.spec import Campaign
from skyedge.results.execution.progress import in_words
from skyedge.results.figures.registry import PLOTS, draw
from skyedge.results.figures.style import write_figure
from skyedge.results.publication.reproduction import Claims, Reader, as_markdown

TITLE = "# The reference run"
MORE = """\
Which claims of the paper hold, one by one: [reproduction.md](reproduction.md). Trained policies and their learning curves are in `policies/`; every figure is there as PNG, PDF
and CSV, in `figures/`. A campaign's report is one HTML file: save it, and open it in a browser. The numbers of this page are in [provenance.json](provenance.json)."""  # noqa: E501


def origin(run: Mapping[str, str], rows: pd.DataFrame) -> dict[str, Any]:
    """Return where the cells of a campaign come from, and what computing them has taken.

    Parameters
    ----------
    run : mapping
        From :func:`skyedge.results.campaign.record.this_run`.
    rows : DataFrame
        One row per cell.
    """
    recorded = rows["machine"].dropna().unique()
    return {
        **run,
        "cells": len(rows),
        "without_result": int((rows["cost"].isna() & rows["bound"].isna()).sum()),
        "solver_seconds": round(float(rows["wall_s"].sum())),
        "machines": [machine for one in recorded if (machine := json.loads(one))],
    }


def index(run: Mapping[str, str], campaigns: Mapping[str, Mapping[str, Any]], captions: Mapping[str, str]) -> str:
    """Return the page as Markdown.

    Parameters
    ----------
    run : mapping
        What wrote it, from :func:`skyedge.results.campaign.record.this_run`.
    campaigns : mapping
        From :func:`origin`, by name.
    captions : mapping
        Of the figures, by name.
    """
    machines = sorted({_machine(one) for campaign in campaigns.values() for one in campaign["machines"]})
    written = (
        f"Written by `{run['command']}` at commit `{run['commit']}`, begun {run['started']}, from cells computed on"
    )
    figures = [
        f"## {_title(name)}\n\n{text}\n\n![{_title(name)}]({FIGURES}/{name}/{name}.png)"
        for name, text in captions.items()
    ]
    return "\n\n".join([TITLE, f"{written} {'; '.join(machines)}.", _table(campaigns), MORE, *figures]) + "\n"


def _table(campaigns: Mapping[str, Mapping[str, Any]]) -> str:
    lines = ["| campaign | begun | commit | cells | without a result | solvers' time | |", "| --- " * 7 + "|"]
    for name, one in campaigns.items():
        links = f"[table]({name}/table.md), [how sure]({name}/comparisons.md), [report]({name}/report.html)"
        numbers = [str(one["cells"]), str(one["without_result"]), in_words(one["solver_seconds"])]
        lines.append(_row([name, one["started"], f"`{one['commit'][:12]}`", *numbers, links]))
    return "\n".join(lines)


def _row(words: Sequence[str]) -> str:
    return f"| {' | '.join(words)} |"


def _title(name: str) -> str:
    return name.replace("-", " ").capitalize()


def _machine(one: Mapping[str, Any]) -> str:
    return f"{one['cpu']}, {one['cores']} cores, {one['memory_gb']} GB, Python {one['python']}"


COPIED = ("table.md", "table.csv", "comparisons.md", "comparisons.csv", "aggregates.csv", "report.html")
FIGURES, REPRODUCTION, PROVENANCE, INDEX = "figures", "reproduction.md", "provenance.json", "README.md"


class PublishedFigure(Strict):
    """A figure of a campaign under a name of its own."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]
    campaign: str
    plot: str
    caption: str
    scenarios: tuple[str, ...] = ()  # all by default

    def drawn(self, rows: pd.DataFrame, record: Mapping[str, Any]) -> tuple[Figure, pd.DataFrame]:
        """Draw the figure, and return it with its data.

        Raises
        ------
        InputError
            If the rows lack what it needs.
        """
        if self.scenarios:
            rows = rows[rows["scenario"].isin(self.scenarios)]
            kept = {label: fields for label, fields in record["scenarios"].items() if label in self.scenarios}
            record = {**record, "scenarios": kept}
        return draw(self.plot, rows, record)


class Publication(Strict):
    """What to publish. Read one with :meth:`load`."""

    campaigns: Annotated[tuple[str, ...], Field(min_length=1)]  # names of shipped ones, or TOML paths beside the file
    figures: tuple[PublishedFigure, ...] = ()

    @model_validator(mode="after")
    def _known(self) -> Self:
        for figure in self.figures:
            if figure.plot not in PLOTS:
                raise ValueError(f"no plot is called {figure.plot!r}: {nearest(figure.plot, PLOTS)}")
        return self

    @classmethod
    def load(cls, source: str | Path) -> Self:
        """Read a shipped publication by its name, or any from a TOML file.

        Raises
        ------
        InputError
            If there is neither, or the file does not describe a publication.
        """
        path = find(source, PUBLICATIONS, "publication")
        with document(path) as values:
            publication = cls.model_validate(values)
        beside = [one if one in Campaign.shipped() else str(path.parent / one) for one in publication.campaigns]
        known = [Campaign.load(one).name for one in beside]
        for figure in publication.figures:
            if figure.campaign not in known:
                hint = nearest(figure.campaign, known)
                raise InputError(f"{path}: {figure.name} is of no campaign listed, {figure.campaign!r}: {hint}")
        return publication.model_copy(update={"campaigns": tuple(beside)})


def publish(source: str, jobs: int = 1, runs: Path | None = None, output: Path | None = None) -> None:
    """Run the campaigns of a publication where cells are missing, then write all that is published.

    Parameters
    ----------
    source : str
        A shipped publication's name, or a TOML path.
    jobs : int
        Cells that run at a time.
    runs : Path, optional
        Folder of the campaigns' folders; ``results/runs`` by default.
    output : Path, optional
        ``results/published`` by default.

    Raises
    ------
    InputError
        If the publication or a campaign is not valid, or a folder cannot be written.
    """
    runs, output = runs or RUNS, output or PUBLISHED
    publication, run = Publication.load(source), this_run()
    campaigns = {Campaign.load(one).name: one for one in publication.campaigns}
    for one in campaigns.values():
        Campaign.load(one).cells()  # a mistake in the last is said before the first runs
    for name, one in campaigns.items():
        console.remarks().print(f"campaign {name}")
        run_campaign(one, runs / name, jobs)
    read = cache(read_rows)  # thousands of cells
    figures = _write_figures(publication.figures, runs, read, output / FIGURES)
    for name in campaigns:
        _copy(runs / name, folder(output / name))
    write_text(output / REPRODUCTION, as_markdown(Claims.load(), runs, read))
    known = {name: origin(read_record(runs / name)["run"], read(runs / name)) for name in campaigns}
    write_text(output / PROVENANCE, json.dumps({"run": run, "campaigns": known}, indent=1) + "\n")
    write_text(output / INDEX, index(run, known, {one.name: one.caption for one in figures}))
    console.remarks().print(f"published: {output / INDEX}")


def _write_figures(
    figures: Sequence[PublishedFigure], runs: Path, read: Reader, directory: Path
) -> list[PublishedFigure]:
    """Write those figures that can be drawn, say why the others cannot, and return them."""
    folder(directory)
    written = []
    for one in figures:
        try:
            figure, data = one.drawn(read(runs / one.campaign), read_record(runs / one.campaign))
        except InputError as error:
            console.remarks().print(f"{one.name} is not drawn: {error}")
            continue
        write_figure(figure, data, folder(directory / one.name) / one.name)
        written.append(one)
    return written


def _copy(source: Path, there: Path) -> None:
    for name in COPIED:
        with atomic(there / name) as temporary:
            temporary.write_bytes((source / name).read_bytes())
