"""Where a campaign's results come from: the run, the machines, the versions, and what they can be checked by."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import pandas as pd


class Origin(NamedTuple):
    """The provenance section of the page."""

    facts: dict[str, str]
    versions: dict[str, str]
    instances: list[tuple[str, int, str]]  # scenario, seed, content hash


def origin(rows: pd.DataFrame, run: Mapping[str, str], files: Mapping[str, bytes]) -> Origin:
    """Return what is known of the origin of rows.

    Parameters
    ----------
    rows : DataFrame
        One row per cell.
    run : mapping
        From :func:`skyedge.results.campaign.record.this_run`, of the last run.
    files : mapping
        The content of files beside the report, to be named with their hashes.
    """
    done = rows[rows["instance_id"] != ""]
    machines = [json.loads(one) for one in rows["machine"].dropna().unique()]
    facts = {
        "command": run.get("command", ""),
        "run": run.get("started", ""),
        "skyedge": run.get("version", ""),
        "commit": run.get("commit", ""),
        "machine": _distinct(one.get("cpu") for one in machines),
        "system": _distinct(one.get("platform") for one in machines),
        "Python": _distinct(one.get("python") for one in machines),
        "cells": f"{len(rows)}, SHA-256 of their keys {_digest(' '.join(sorted(rows['key'])).encode())}",
        **{name: f"SHA-256 {_digest(content)}" for name, content in files.items()},
    }
    instances = done[["scenario", "instance_seed", "instance_id"]].drop_duplicates().to_numpy()
    return Origin(
        {name: value for name, value in facts.items() if value},
        _versions(rows["versions"].dropna().unique()),
        [(str(scenario), int(seed), str(identity)) for scenario, seed, identity in instances],
    )


def _versions(recorded: Iterable[str]) -> dict[str, str]:
    """Return the versions of each library that the cells recorded; several where they differ."""
    found: dict[str, set[str]] = {}
    for one in recorded:
        for library, version in json.loads(one).items():
            found.setdefault(library, set()).add(str(version))
    found.pop("sources", None)  # a hash for each solver: in the cells' keys
    return {library: ", ".join(sorted(versions)) for library, versions in sorted(found.items())}


def _distinct(values: Iterable[str | None]) -> str:
    return "; ".join(sorted({value for value in values if value}))


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
