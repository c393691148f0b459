"""What methods are called, and what they see."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from skyedge.solvers import parse_spec


def method(spec: str) -> str:
    """Return a solver's name for tables: without what the columns for tracks and training seeds say."""
    name, options = parse_spec(spec)
    said_elsewhere = {"track": options.get("track"), "training_seed": "all"}
    left = [f"{option}={value}" for option, value in options.items() if said_elsewhere.get(option) != value]
    return f"{name}[{','.join(left)}]" if left else name


def kinds(rows: pd.DataFrame) -> dict[str, dict[str, str]]:
    """Return ``information`` and ``track`` of each solver."""
    known = rows.drop_duplicates("solver").set_index("solver")[["information", "track"]]
    return {str(solver): {"information": one["information"], "track": one["track"]} for solver, one in known.iterrows()}


def method_names(data: pd.DataFrame, looks: Mapping[str, Any]) -> list[str]:
    """Return what to call the methods that a figure draws: the track is said where there are several."""
    tracks = data.drop_duplicates("solver").set_index("solver")["track"]
    several = len({*tracks} - {""}) > 1
    return [", ".join(filter(None, (method(solver), tracks[solver] if several else ""))) for solver in looks]
