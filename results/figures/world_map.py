"""A world from above."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle

from skyedge.problem import Instance
from skyedge.results.figures.satellite_windows import windows
from skyedge.results.figures.sky_map import sky_map
from skyedge.results.figures.style import COLOURS, HALO, line, style, write_image

_BLUE, _DEVICE = COLOURS["online"], "#b45309"


def write_maps(instance: Instance, path: Path) -> list[Path]:
    """Draw an instance's map, beside it the sky of a constellation and the windows of satellites; return the paths."""
    images = {path: world_map(instance)}
    if instance.ephemeris is not None:
        images[path.with_stem(f"{path.stem}-sky")] = sky_map(instance)
    if instance.satellites:
        images[path.with_stem(f"{path.stem}-windows")] = windows(instance)
    for image, figure in images.items():
        write_image(figure, image)
    return list(images)


def world_map(instance: Instance) -> Figure:
    """Draw the area from above: the devices' tracks and the UAVs' starts with what they cover."""
    across, up = instance.area_m
    with style():
        figure = Figure(figsize=(6.4, 1.2 + 4.6 * min(max(up / across, 0.3), 2)), layout="constrained")
        panel = figure.subplots()
        panel.add_patch(Rectangle((0, 0), across, up, fill=False, edgecolor="#374151", linewidth=1.2, zorder=2))
        _tracks(panel, instance)
        names = instance.scenario.uav_names if instance.scenario else tuple(map(str, range(instance.uavs)))
        for m, (x, y) in enumerate(instance.uav_start_xy):
            panel.add_patch(Circle((x, y), instance.uav_radius_m[m], facecolor=_BLUE, alpha=0.12, zorder=1))
            panel.add_patch(Circle((x, y), instance.uav_radius_m[m], fill=False, edgecolor=_BLUE, alpha=0.6, zorder=2))
            panel.plot(x, y, marker="^", color=_BLUE, markersize=8, markeredgecolor="white", zorder=5)
            label = panel.annotate(names[m], (x, y), (6, 3), textcoords="offset points", color=_BLUE, weight="bold")
            label.set(zorder=6, path_effects=HALO)
        _frame(panel, instance)
        panel.legend(*_map_legend(), loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0)
    return figure


def _tracks(panel: Axes, instance: Instance) -> None:
    tracks = np.swapaxes(instance.device_xy, 0, 1)
    panel.add_collection(LineCollection(list(tracks), colors=_DEVICE, alpha=0.55, linewidths=1, zorder=3))
    x, y = instance.device_xy[0].T
    panel.scatter(x, y, s=14, color=_DEVICE, edgecolors="white", linewidths=0.5, zorder=4)


def _frame(panel: Axes, instance: Instance) -> None:
    """Show the whole area and every coverage circle, to scale."""
    radius = instance.uav_radius_m[:, None]
    corners = [np.zeros((1, 2)), instance.area_m[None], instance.uav_start_xy - radius, instance.uav_start_xy + radius]
    points = np.concatenate(corners)
    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.03 * (high - low).max()
    panel.set_xlim(low[0] - margin, high[0] + margin)
    panel.set_ylim(low[1] - margin, high[1] + margin)
    panel.set_aspect("equal")
    name = instance.scenario.name if instance.scenario else "recorded"
    unit, length_m = ("km", 1000) if instance.area_m.max() > 10_000 else ("m", 1)
    for axis, letter in ((panel.xaxis, "x"), (panel.yaxis, "y")):
        axis.set_major_formatter(lambda position_m, _: f"{position_m / length_m:g}")
        axis.set_label_text(f"{letter} [{unit}]")
    panel.set_title(f"{name}: {instance.devices} devices, {instance.uavs} UAVs, {instance.slots_count} slots")


def _map_legend() -> tuple[list, list[str]]:
    entries = {
        "area": Rectangle((0, 0), 1, 1, fill=False, edgecolor="#374151", linewidth=1.2),
        "device, first slot": line(color=_DEVICE, marker="o", markeredgecolor="white", linestyle="none"),
        "device's track": line(color=_DEVICE, alpha=0.55, linewidth=1),
        "UAV, at its start": line(color=_BLUE, marker="^", markeredgecolor="white", linestyle="none"),
        "covered from there": Rectangle((0, 0), 1, 1, facecolor=_BLUE, alpha=0.25, edgecolor=_BLUE),
    }
    return list(entries.values()), list(entries)
