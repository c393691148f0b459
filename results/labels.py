"""Names beside points that keep clear of each other."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke

LETTER, HEIGHT, AWAY = 4.6, 9.0, 5.0  # of a small name [pt]: mean width of a letter, height, distance from its point
CORNERS = ((1, 1), (1, -1), (-1, 1), (-1, -1))  # right above, right below, left above, left below


def label_points(panel: Axes, points: np.ndarray, names: Sequence[str]) -> None:
    """Write a name at each point, in the corner around it where it covers least of points and other names.

    Parameters
    ----------
    panel : Axes
        With its scales, limits and layout settled.
    points : ndarray, shape (n, 2)
        In the panel's coordinates.
    names : sequence of str
    """
    figure = panel.get_figure()
    places = panel.transData.transform(points) * 72 / (figure.dpi if figure else 72)
    taken = [(place - 3, place + 3) for place in places]
    for point, place, name in zip(points, places, names, strict=True):
        size = np.array([LETTER * len(name), HEIGHT])
        boxes = [_box(place, size, np.array(corner)) for corner in CORNERS]
        best = int(np.argmin([sum(_overlap(box, other) for other in taken) for box in boxes]))
        taken.append(boxes[best])
        text = panel.annotate(name, point, (boxes[best][0] - place), textcoords="offset points", va="bottom")
        text.set(fontsize="small", color="#374151", zorder=5)
        text.set_path_effects([withStroke(linewidth=2, foreground="white", alpha=0.8)])


Box = tuple[np.ndarray, np.ndarray]  # low and high corner


def _box(place: np.ndarray, size: np.ndarray, corner: np.ndarray) -> Box:
    low = np.where(corner > 0, place + AWAY * np.array([1, 0.4]), place - AWAY * np.array([1, 0.4]) - size)
    return low, low + size


def _overlap(one: Box, other: Box) -> float:
    """Return the common area of two boxes."""
    return float(np.prod(np.maximum(np.minimum(one[1], other[1]) - np.maximum(one[0], other[0]), 0)))
