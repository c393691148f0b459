"""How figures look, and how they are written: PNG, PDF and the data behind them."""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import seaborn as sns
from matplotlib import rc_context
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import AbstractPathEffect, withStroke

from skyedge.problem.common import atomic, write_text
from skyedge.results.statistics import method_names

DPI = 150
COLOURS = {"online": "#0072b2", "offline": "#d55e00"}  # told apart by colour-blind readers and in grey
MARKERS = {"online": "o", "offline": "D"}
PALETTE = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"]  # Okabe and Ito's
GREY = "#6b7280"
WINDOWS = "viridis"  # the colours of remaining windows
HALO: list[AbstractPathEffect] = [
    withStroke(linewidth=2, foreground="white", alpha=0.8)
]  # around text that lies on what is drawn


@contextmanager
def style() -> Iterator[None]:
    """Draw what is inside in the suite's style."""
    settings = {
        **sns.axes_style("whitegrid"),
        **sns.plotting_context("paper", font_scale=1.05),
        "axes.titlelocation": "left",
        "axes.titleweight": "bold",
        "axes.edgecolor": "#9ca3af",
        "grid.color": "#e5e7eb",
        "legend.frameon": False,
        "pdf.fonttype": 42,  # text stays text
        "savefig.bbox": "tight",
    }
    with rc_context(settings):
        yield


def line(**look: Any) -> Line2D:
    """Return a line, or a marker alone, for a legend."""
    return Line2D([], [], **look)


def legend(figure: Figure, entries: Mapping[str, Artist], loc: Any = "outside upper left", **settings: Any) -> None:
    """Put a legend outside the panels."""
    figure.legend(list(entries.values()), list(entries), loc=loc, **settings)


def methods_legend(figure: Figure, data: pd.DataFrame, looks: Mapping[str, Mapping[str, Any]], columns: int) -> None:
    """Put a legend of methods above the panels, of which :func:`method_names` says what to call each."""
    handles = [line(markersize=4.5, linewidth=1.4, **look) for look in looks.values()]
    figure.legend(handles, method_names(data, looks), loc="outside upper left", ncols=columns)


def write_image(figure: Figure, path: Path) -> None:
    """Write a figure in one step, in the format of the suffix; equal figures give equal files."""
    metadata = {".png": ("Software",), ".pdf": ("Creator", "Producer", "CreationDate")}.get(path.suffix.lower(), ())
    with style(), atomic(path) as temporary:
        figure.savefig(temporary, dpi=DPI, metadata=dict.fromkeys(metadata))


def write_figure(figure: Figure, data: pd.DataFrame, stem: Path) -> list[Path]:
    """Write ``stem.png``, ``stem.pdf`` and ``stem.csv`` and return their paths."""
    images = [stem.with_suffix(suffix) for suffix in (".png", ".pdf")]
    for path in images:
        write_image(figure, path)
    table = stem.with_suffix(".csv")
    write_text(table, data.to_csv(index=False))
    return [*images, table]


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
