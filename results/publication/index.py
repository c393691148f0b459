"""The first page of what is published: where it comes from, the figures with their captions, the rest by links."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from skyedge.results.execution.forecast import in_words

TITLE = "# The reference run"
MORE = """\
Which claims of the paper hold, one by one: [reproduction.md](reproduction.md). Trained policies and their learning curves are in `policies/`; every figure is there as PNG, PDF
and CSV, in `figures/`. A campaign's report is one HTML file: save it, and open it in a browser. The numbers of this page are in [provenance.json](provenance.json)."""  # noqa: E501


def origin(run: Mapping[str, str], rows: pd.DataFrame) -> dict[str, Any]:
    """Return where the cells of a campaign come from, and what computing them has taken.

    Parameters
    ----------
    run : mapping
        From :func:`skyedge.results.storage.provenance.run_record`.
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
        What wrote it, from :func:`skyedge.results.storage.provenance.run_record`.
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
        f"## {_title(name)}\n\n{text}\n\n![{_title(name)}](figures/{name}.png)" for name, text in captions.items()
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
