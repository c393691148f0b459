"""Figures of how times grow."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullFormatter

from skyedge.results.figures.style import GREY, PALETTE, style
from tests.speed.growth import Growth
from tests.speed.page import Record

COLUMNS = 6
SERIES = {"devices": ("o", PALETTE[0], "against K, T = 10"), "slots": ("s", PALETTE[1], "against T, K = 15")}
PAPER_SAYS = {"batch": (1, "batch"), "width": (2, "width of hidden layers")}


def solvers(record: Record) -> Figure:
    """A panel per solver: time against K, and against T."""
    names = list(dict.fromkeys(one.name for section in SERIES for one in record.growths[section]))
    with style():
        figure = Figure(figsize=(10.5, 1.75 * -(-len(names) // COLUMNS)), layout="constrained")
        panels = figure.subplots(-(-len(names) // COLUMNS), COLUMNS, sharex=True, sharey=True).ravel()
        for panel, name in zip(panels, names, strict=False):
            panel.set_title(name, fontsize=8)
            for section, (marker, colour, _) in SERIES.items():
                for growth in (one for one in record.growths[section] if one.name == name):
                    _draw(panel, growth, marker, colour)
            if not any(len(line.get_xdata()) for line in panel.lines):
                panel.annotate("fills its budget", (0.5, 0.5), xycoords="axes fraction", ha="center", color=GREY)
        for panel in panels[len(names) :]:
            panel.set_axis_off()
        sizes = record.growths["devices"][0].sizes
        _logarithmic(panels[0], sizes)
        figure.supxlabel("devices K, or slots T", fontsize=9)
        figure.supylabel("time of a run, in slots of the oracle", fontsize=9)
        _legend(figure, [(marker, colour, "-", label) for marker, colour, label in SERIES.values()])
    return figure


def updates(record: Record) -> Figure:
    """A panel per size: time of AD-SAC's update, and the growth that the paper states."""
    with style():
        figure = Figure(figsize=(8, 3.4), layout="constrained")
        panels = figure.subplots(1, 2, sharey=True)
        tracks = {"plain": ("o", PALETTE[0]), "structured": ("s", PALETTE[1])}
        for panel, (size, (power, label)) in zip(panels, PAPER_SAYS.items(), strict=True):
            for track, look in tracks.items():
                growth = next(one for one in record.growths["updates"] if one.name == f"{size}, {track}")
                _draw(panel, growth, *look)
                sizes = np.array(growth.sizes[-3:])
                panel.plot(sizes, growth.median(sizes[-1]) * (sizes / sizes[-1]) ** power, "--", color=GREY, zorder=1)
            _logarithmic(panel, growth.sizes)
            panel.set(xlabel=label, title=f"{size}: the paper's order is {('linear', 'quadratic')[power - 1]}")
        panels[0].set_ylabel("time of an update,\nin slots of the oracle")
        looks = [(*look, "-", track) for track, look in tracks.items()]
        _legend(figure, [*looks, ("", GREY, "--", "the paper's order, through the last point")])
    return figure


def _draw(panel, growth: Growth, marker: str, colour: str) -> None:
    sizes = [size for size in growth.sizes if not np.isnan(growth.median(size))]
    panel.plot(sizes, [growth.median(size) for size in sizes], marker=marker, color=colour, markersize=3.5, lw=1.3)


def _logarithmic(panel, sizes) -> None:
    panel.set(xscale="log", yscale="log")
    panel.set_xticks(sizes, [str(size) for size in sizes])
    panel.xaxis.set_minor_formatter(NullFormatter())


def _legend(figure: Figure, looks) -> None:
    handles = [
        Line2D([], [], marker=marker, color=colour, linestyle=line, markersize=4) for marker, colour, line, _ in looks
    ]
    figure.legend(handles, [look[-1] for look in looks], loc="outside upper left", ncols=len(looks))
