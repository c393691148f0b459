"""The figures that a campaign may ask for, by name."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from results.figures import cost_by_solver, cost_data
from results.growth import growth, growth_data
from results.learning_curves import curve_data, learning_curves
from results.table import compare

Worlds = Mapping[str, Mapping[str, Any]]  # the fields of each scenario, by label


def _cost(rows: pd.DataFrame, worlds: Worlds) -> tuple[Figure, pd.DataFrame]:
    return cost_by_solver(rows, compare(rows)), cost_data(rows)


def _growth(rows: pd.DataFrame, worlds: Worlds) -> tuple[Figure, pd.DataFrame]:
    data = growth_data(rows, worlds)
    return growth(data), data


def _learning_curves(rows: pd.DataFrame, worlds: Worlds) -> tuple[Figure, pd.DataFrame]:
    data = curve_data(rows, worlds)
    return learning_curves(data), data


PLOTS: dict[str, Callable[[pd.DataFrame, Worlds], tuple[Figure, pd.DataFrame]]] = {
    "cost": _cost,
    "growth": _growth,
    "learning-curves": _learning_curves,
}
