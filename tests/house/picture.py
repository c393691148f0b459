"""The picture of docs/architecture.md, drawn from the code: floors, their rooms, and what these import."""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from tests.house.measures import FLOORS, Source, graph, sources

GREY = "#6b7280"
MOST_APART = 8  # files at the top of a floor that are shown one by one


@dataclass(frozen=True)
class Room:
    """A folder of a floor, or files at its top."""

    name: str
    sources: tuple[Source, ...]

    @property
    def modules(self) -> set[str]:
        """Names of its modules."""
        return {source.module for source in self.sources}

    @property
    def size(self) -> str:
        """How large it is, in words."""
        files = [source for source in self.sources if source.path.name != "__init__.py"]
        lines = f"{sum(source.lines for source in self.sources)} lines"
        return f"{len(files)} files, {lines}" if len(files) > 1 else lines


def rooms(floor: str) -> list[Room]:
    """Return the rooms of a floor; the files at its top are one each, or a single one where they are many."""
    shown = [
        source for source in sources() if source.path.parts[0] == floor and source.path != Path(floor, "__init__.py")
    ]
    many = sum(len(source.path.parts) == 2 for source in shown) > MOST_APART
    folders: dict[str, list[Source]] = {}
    for source in shown:
        alone = "*.py" if many else source.path.stem
        folders.setdefault("/".join(source.path.parts[1:-1]) or alone, []).append(source)
    return [Room(name, tuple(files)) for name, files in folders.items() if name != "machinery"]


def imports(above: Room, below: Room) -> bool:
    """Whether a module of one room imports one of another."""
    return any(graph().find_modules_directly_imported_by(module) & below.modules for module in above.modules)


def rows_of(floor: str) -> list[list[Room]]:
    """Return the rooms of a floor in rows from above; each stands above all that it imports of the floor.

    Rooms of which each imports the other, by way of different modules, share a row.
    """
    every, rows, placed = rooms(floor), list[list[Room]](), set[str]()
    below = {room.name: {other.name for other in every if other is not room and imports(room, other)} for room in every}
    for _ in every:  # as many times as an import may be passed on
        below = {name: others.union(*(below[other] for other in others)) for name, others in below.items()}
    while len(placed) < len(every):
        left = [room for room in every if room.name not in placed]
        row = [room for room in left if all(room.name in below[other] for other in below[room.name] - placed)]
        rows.append(row)
        placed |= {room.name for room in row}
    return rows[::-1]


def draw() -> Figure:
    """Draw the floors; arrows are imports from a row to the next below it."""
    plans = {floor: rows_of(floor) for floor in FLOORS}
    height = sum(len(rows) + 0.6 for rows in plans.values())
    figure = Figure(figsize=(11, 0.6 * height), layout="constrained")
    panel = figure.subplots()
    top = height
    for floor, rows in plans.items():
        bottom = top - len(rows) - 0.4
        frame = FancyBboxPatch((0, bottom), 100, top - bottom, boxstyle="round,pad=0.04", fc="#f3f4f6", ec="#d1d5db")
        panel.add_patch(frame)
        panel.text(1, top - 0.15, f"{floor}/", va="top", weight="bold", fontsize=12)
        _draw_rows(panel, rows, top - 0.2)
        top = bottom - 0.2
    panel.set(xlim=(-0.5, 100.5), ylim=(top + 0.1, height + 0.1))
    panel.axis("off")
    return figure


def _draw_rows(panel: Axes, rows: list[list[Room]], top: float) -> None:
    places: dict[str, tuple[float, float]] = {}
    for number, row in enumerate(rows):
        pitch, y = 88 / max(len(row), 5), top - number - 0.75
        for index, room in enumerate(row):
            places[room.name] = x, _ = 55 + (index - (len(row) - 1) / 2) * pitch, y
            _draw_room(panel, room, x, y, 0.86 * pitch)
    for upper, lower in pairwise(rows):
        for above, below in ((above, below) for above in upper for below in lower if imports(above, below)):
            (x, y), (u, v) = places[above.name], places[below.name]
            arrow = FancyArrowPatch((x, y), (u, v + 0.55), arrowstyle="-|>", mutation_scale=7, color=GREY, lw=0.7)
            panel.add_patch(arrow)


def _draw_room(panel: Axes, room: Room, x: float, y: float, width: float) -> None:
    box = FancyBboxPatch((x - width / 2, y), width, 0.55, boxstyle="round,pad=0.02", fc="white", ec="#0072b2")
    panel.add_patch(box)
    name, *inner = room.name.removeprefix("machinery/").split("/")
    panel.text(x, y + 0.36, "/".join([name, *inner]), ha="center", va="center", fontsize=8.5)
    panel.text(x, y + 0.13, room.size, ha="center", va="center", fontsize=6.5, color=GREY)
