"""Windows over time: which satellites one device has in view, and how far tasks travel on from there."""

from collections.abc import Iterator
from itertools import groupby

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator

from skyedge.problem import Instance
from skyedge.results.figures.style import GREY, WINDOWS, legend, line, style

ACCESS = "#111827"
REACHED = "#e5e7eb"
MANY = 40  # bars of more satellites than this would be too thin to read
LABEL_SHARE = 0.035  # of the horizon: a number of hops needs so much room


def windows(instance: Instance) -> Figure:
    """Draw a bar for each satellite, over the slots of the horizon, as the device nearest to the area's centre sees it.

    Parameters
    ----------
    instance : Instance
        With satellites. Those that come into view are at the top, in the order in which they do; of others
        as many follow as there is room for.
    """
    device = _central(instance)
    window_s = instance.sat_window_s[:, device]
    order = _order(window_s)
    shown = order[:MANY]
    colour = ScalarMappable(Normalize(0, max(float(window_s.max()), 1.0)), WINDOWS)
    with style():
        figure = Figure(figsize=(7.2, 1.7 + 0.2 * max(len(shown), 4)), layout="constrained")
        panel = figure.subplots()
        for row, satellite in enumerate(shown):
            for slots in _runs(window_s[:, satellite] > 0):
                _draw_window(panel, row, slots, instance.slot_s, colour.to_rgba(window_s[slots, satellite]))
            for slots, hops in _reached(instance, device, satellite):
                _draw_reached(panel, row, slots, instance, hops)
        _draw_access(panel, window_s, list(shown), instance.slot_s)
        _frame(panel, instance, shown)
        left_out = f"; {len(order) - len(shown)} further ones not shown" if len(order) > len(shown) else ""
        seen = f"{np.count_nonzero(window_s.max(axis=0) > 0)} of {_orbiting(instance)} satellites come into view"
        panel.set_title(f"{_name(instance)}: {seen} of {_device(instance, device)}{left_out}")
        figure.colorbar(colour, ax=panel, label="remaining window [s]", pad=0.02, aspect=max(len(shown), 12))
        legend(figure, _entries(), "outside lower left", ncols=2)
    return figure


def _central(instance: Instance) -> int:
    """Return the device that stays nearest to the area's centre."""
    away = np.linalg.norm(instance.device_xy - instance.area_m / 2, axis=-1)
    return int(away.mean(axis=0).argmin())


def _order(window_s: np.ndarray) -> np.ndarray:
    """Sort satellites by the slot in which they come into view, and then by their number."""
    seen = window_s > 0
    rises = np.where(seen.any(axis=0), seen.argmax(axis=0), len(seen))
    return np.argsort(rises, kind="stable")


def _runs(holds: np.ndarray) -> Iterator[slice]:
    """Yield the runs of slots in which something holds."""
    first = 0
    for value, run in groupby(holds):
        end = first + len(list(run))
        if value:
            yield slice(first, end)
        first = end


def _reached(instance: Instance, device: int, satellite: int) -> Iterator[tuple[slice, int]]:
    """Yield the runs of slots in which a satellite out of view is reached through others, and by how many hops."""
    access = instance.sat_access[:, device, satellite]
    slots = np.arange(len(access))
    hops = np.where((access >= 0) & (access != satellite), instance.isl_hops[slots, access, satellite], 0)
    for count in np.unique(hops[hops > 0]):
        for run in _runs(hops == count):
            yield run, int(count)


def _draw_window(panel: Axes, row: int, slots: slice, slot_s: float, colours: np.ndarray) -> None:
    for slot, colour in zip(range(slots.start, slots.stop), colours, strict=True):
        panel.add_patch(Rectangle((slot * slot_s, row - 0.38), slot_s, 0.76, facecolor=colour, linewidth=0, zorder=3))


def _draw_reached(panel: Axes, row: int, slots: slice, instance: Instance, hops: int) -> None:
    start_s, end_s = slots.start * instance.slot_s, slots.stop * instance.slot_s
    bar = Rectangle((start_s, row - 0.22), end_s - start_s, 0.44, facecolor=REACHED, edgecolor="white", zorder=2)
    panel.add_patch(bar)
    if end_s - start_s >= LABEL_SHARE * instance.slots_count * instance.slot_s:
        middle_s = (start_s + end_s) / 2
        panel.text(middle_s, row, str(hops), ha="center", va="center_baseline", fontsize="x-small", color="#374151")


def _draw_access(panel: Axes, window_s: np.ndarray, rows: list[int], slot_s: float) -> None:
    """Mark in each slot the satellite in view through which those out of view are reached."""
    longest = window_s.argmax(axis=1)
    seen = window_s.max(axis=1) > 0
    for satellite in np.unique(longest[seen]):
        row = rows.index(satellite)
        for run in _runs(seen & (longest == satellite)):
            ends_s = [run.start * slot_s, run.stop * slot_s]
            panel.plot(ends_s, [row, row], color=ACCESS, linewidth=2, solid_capstyle="butt", zorder=4,
                       path_effects=[withStroke(linewidth=3.5, foreground="white", alpha=0.7)])  # fmt: skip


def _frame(panel: Axes, instance: Instance, shown: np.ndarray) -> None:
    names = _names(instance)
    panel.set_xlim(0, instance.slots_count * instance.slot_s)
    panel.set_ylim(len(shown) - 0.5, -0.5)
    panel.set_yticks(range(len(shown)), [names[satellite] for satellite in shown], fontsize="small")
    panel.xaxis.set_major_locator(MaxNLocator(10))
    panel.set_xlabel("time [s]")
    panel.set_ylabel("satellite")
    panel.grid(False, axis="y")


def _orbiting(instance: Instance) -> int:
    return instance.satellites - instance.clouds


def _names(instance: Instance) -> list[str]:
    orbiting = instance.ephemeris.names if instance.ephemeris else range(_orbiting(instance))
    return [*map(str, orbiting), *["cloud"] * instance.clouds]


def _entries() -> dict[str, Artist]:
    return {
        "longest window: the way to those out of view": line(color=ACCESS, linewidth=2),
        "out of view, reached by this many hops": Rectangle((0, 0), 1, 1, facecolor=REACHED, edgecolor=GREY),
    }


def _name(instance: Instance) -> str:
    return instance.scenario.name if instance.scenario else "recorded"


def _device(instance: Instance, device: int) -> str:
    trace = instance.scenario.trace if instance.scenario else None
    return trace.devices[device] if trace else f"device {device}"
