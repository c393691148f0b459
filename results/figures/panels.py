"""Figures of one panel per table."""

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure


def panels(
    titles: Sequence[str], size_in: tuple[float, float], legend_in: float = 0.0, per_row: int = 3
) -> tuple[Figure, dict[str, Axes]]:
    """Return a figure with a panel under each title, in rows.

    Parameters
    ----------
    titles : sequence of str
    size_in : tuple of float
        Width and height of a panel [in].
    legend_in : float
        Width that is left for a legend beside them [in].
    per_row : int
        Panels beside each other.
    """
    columns = min(per_row, len(titles))
    lines = math.ceil(len(titles) / columns)
    figure = Figure(figsize=(columns * size_in[0] + legend_in, lines * size_in[1]), layout="constrained")
    axes = figure.subplots(lines, columns, squeeze=False)
    for panel in axes.flat[len(titles) :]:
        panel.set_visible(False)
    named = dict(zip(titles, axes.flat, strict=False))
    for title, panel in named.items():
        panel.set_title(title)
    return figure, named
