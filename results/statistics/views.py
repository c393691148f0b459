"""What is compared with what: a scenario's solvers, learned ones of one track at a time."""

from collections.abc import Iterator
from typing import NamedTuple, get_args

import pandas as pd

from skyedge.rl.policies.record import Track

ALL = "all scenarios"


class View(NamedTuple):
    """The rows of one table: all on the same instances, no two tracks among them."""

    scenario: str
    track: str  # of its learned solvers; empty if there are none
    rows: pd.DataFrame

    @property
    def title(self) -> str:
        """The table's heading."""
        return f"{self.scenario}, track {self.track}" if self.track else self.scenario


def views(rows: pd.DataFrame) -> Iterator[View]:
    """Yield a view per scenario, or per scenario and track where solvers have learned; the others are in each.

    Parameters
    ----------
    rows : DataFrame
        One row per cell.
    """
    for scenario, here in rows.groupby("scenario", sort=False):
        yield from by_track(str(scenario), here)


def overall(rows: pd.DataFrame) -> Iterator[View]:
    """Yield the views over all scenarios together, where there are several."""
    if len(rows["scenario"].unique()) > 1:
        yield from by_track(ALL, rows)


def by_track(scenario: str, here: pd.DataFrame) -> Iterator[View]:
    """Yield a view per track of a scenario's rows, cells or summaries; one if nothing has learned."""
    tracks = [track for track in get_args(Track) if (here["track"] == track).any()]
    for track in tracks or [""]:
        yield View(scenario, track, here[here["track"].isin(["", track])])
