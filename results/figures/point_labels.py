"""Names beside points that keep clear of each other."""

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np
from matplotlib.axes import Axes

from skyedge.results.figures.style import HALO

LETTER, HEIGHT = 4.9, 10.0  # of a small name [pt]: mean width of a letter, height
DISTANCES = (7.0, 16.0, 30.0, 46.0, 64.0)  # from a point to its name [pt]; from the second on a line leads there
ANGLES = np.deg2rad([25, -25, 155, -155, 60, -60, 120, -120, 90, -90])
CROSSING = 20.0  # what it counts that the way to a name crosses a point or another name [pt²]
COLOUR = "#374151"
Box = tuple[np.ndarray, np.ndarray]  # low and high corner


def label_points(panel: Axes, points: np.ndarray, names: Sequence[str]) -> None:
    """Write a name near each point, where it covers nothing; a line leads to a name that had to go further away.

    Parameters
    ----------
    panel : Axes
        With its scales, limits and layout settled.
    points : ndarray, shape (n, 2)
        In the panel's coordinates.
    names : sequence of str
    """
    figure = panel.get_figure()
    scale = 72 / (figure.dpi if figure else 72)
    places = panel.transData.transform(points) * scale
    frame = panel.bbox.get_points()[0] * scale, panel.bbox.get_points()[1] * scale
    taken = [(place - 3, place + 3) for place in places]
    for point, place, name in sorted(zip(points, places, names, strict=True), key=lambda one: -one[1][1]):
        size = np.array([LETTER * len(name), HEIGHT])
        boxes = list(_candidates(place, size))
        best = min(boxes, key=lambda box: _trouble(box, place, taken, frame))
        taken.append(best)
        _write(panel, name, point, place, best)


def _write(panel: Axes, name: str, point: np.ndarray, place: np.ndarray, box: Box) -> None:
    far = _distance(box, place) > DISTANCES[0]
    line = {"arrowstyle": "-", "color": COLOUR, "linewidth": 0.5, "shrinkA": 1, "shrinkB": 3} if far else None
    middle = (box[0] + box[1]) / 2 - place
    text = panel.annotate(
        name,
        (point[0], point[1]),
        (middle[0], middle[1]),
        textcoords="offset points",
        ha="center",
        va="center",
        arrowprops=line,
    )
    text.set(fontsize="small", color=COLOUR, zorder=5)
    text.set_path_effects(HALO)


def _candidates(place: np.ndarray, size: np.ndarray) -> Iterator[Box]:
    """Yield boxes of a size around a place, the nearest first; each touches it with the edge that looks there."""
    for distance, angle in product(DISTANCES, ANGLES):
        towards = np.array([np.cos(angle), np.sin(angle)])
        middle = place + distance * towards + size / 2 * np.clip(1.5 * towards, -1, 1)
        yield middle - size / 2, middle + size / 2


def _trouble(box: Box, place: np.ndarray, taken: Sequence[Box], frame: Box) -> float:
    """Return what a box covers and how much of it leaves the frame in square points; nearer is a little better."""
    outside = float(np.prod(box[1] - box[0])) - _overlap(box, frame)
    covered = sum(_overlap(box, other) for other in taken)
    way = place + np.linspace(0, 1, 9)[:, None] * (np.clip(place, *box) - place)
    inside = [np.all((way > other[0]) & (way < other[1]), axis=1) for other in taken]
    crossed = sum(bool(one.any() and not one[0]) for one in inside)  # where it begins it crosses nothing
    return covered + outside + CROSSING * crossed + 0.1 * _distance(box, place)


def _distance(box: Box, place: np.ndarray) -> float:
    """Return the distance of a place to the nearest point of a box."""
    return float(np.linalg.norm(np.clip(place, *box) - place))


def _overlap(one: Box, other: Box) -> float:
    """Return the common area of two boxes."""
    return float(np.prod(np.maximum(np.minimum(one[1], other[1]) - np.maximum(one[0], other[0]), 0)))
