"""The figures that a campaign may ask for, by name: the module of each, and what it is to show.

Modules are imported when something is drawn, so that names can be checked without a plotting library.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, cast

import pandas as pd

from skyedge.results.statistics import Worlds, described

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LEARNERS = {name: name for name in ("ad-sac", "d3qn", "ddpg", "hybrid-ppo", "ppo")}  # the paper's
CRITIC_RATES = {  # what learned, and how the figure calls it
    "ad-sac, critic-1e-4": "critics' rate 1e-4",
    "ad-sac": "critics' rate 1e-3",
    "ad-sac, critic-1e-2": "critics' rate 1e-2",
}
KINDS = ("ad-sac", "ad-sac-d", "ad-sac-c")  # one agent for all actions: discrete, continuous
PARTS = ("ad-sac", "ad-sac, no-hybrid-policy", "ad-sac, no-masks", "ad-sac, shared-reward")


class Drawing(Protocol):
    """What the module of a figure offers."""

    def data(self, rows: pd.DataFrame, worlds: Worlds, **options: Any) -> Any:
        """Return what is shown, a table or something that has one; InputError if the rows lack it.

        Parameters
        ----------
        rows : DataFrame
            One row per cell.
        worlds : mapping
            The fields of each scenario, by label.
        """

    def draw(self, data: Any, **look: Any) -> "Figure":
        """Draw it."""


class Plot(NamedTuple):
    """The module of a figure, options of its ``data`` and of its ``draw``."""

    module: str
    options: Mapping[str, Any] = {}
    look: Mapping[str, Any] = {}
    told: bool = False  # whether what online solvers are told counts as fields of a scenario


PLOTS = {
    "accuracy-floors": Plot("sweep", {"field": "min_accuracy"}),
    "ablations": Plot("ablations", {"methods": KINDS}),
    "convergence": Plot("learning_curves", {"lines": LEARNERS}, {"closer": True}),
    "cost": Plot("cost"),
    "critic-rates": Plot("learning_curves", {"lines": CRITIC_RATES}, {"closer": True}),
    "critical-difference": Plot("ranks"),
    "devices": Plot("sweep", {"field": "devices"}),
    "gap-profile": Plot("profiles", {"measure": "gap"}, {"measure": "gap"}),
    "growth": Plot("growth"),
    "latency-limits": Plot("sweep", {"field": "max_latency_s"}),
    "learning-curves": Plot("learning_curves"),
    "parts": Plot("ablations", {"methods": PARTS}),
    "paths": Plot("flight_paths"),
    "pareto": Plot("pareto"),
    "performance-profile": Plot("profiles", {"measure": "excess"}, {"measure": "excess"}),
    "sensitivity": Plot("sensitivity", told=True),
    "trade-off": Plot("trade_off"),
}


def draw(name: str, rows: pd.DataFrame, record: Mapping[str, Any]) -> tuple["Figure", pd.DataFrame]:
    """Return a figure and the table behind it.

    Parameters
    ----------
    name : str
    rows : DataFrame
        One row per cell.
    record : mapping
        The campaign's.

    Raises
    ------
    InputError
        If the rows lack what it shows.
    """
    plot = PLOTS[name]
    drawing = cast(Drawing, import_module(f"{__package__}.{plot.module}"))
    data = drawing.data(rows, described(record) if plot.told else record["scenarios"], **plot.options)
    return drawing.draw(data, **plot.look), data if isinstance(data, pd.DataFrame) else data.table
