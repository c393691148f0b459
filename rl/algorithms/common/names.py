"""Which learning algorithms there are, and their tracks, read from their sources: to import them takes seconds."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parents[1]
BOTH = ("structured", "plain")


class Source(NamedTuple):
    """The module of an algorithm, and its tracks, the usual one first."""

    module: str
    tracks: tuple[str, ...]


@cache
def algorithm_sources() -> dict[str, Source]:
    """Return where each learning algorithm is, by its name.

    An algorithm is a class that is decorated with ``register`` and whose body gives it a ``name`` and, if it does not
    learn in both of the usual tracks, ``tracks``.
    """
    found = (one for file in sorted(FOLDER.glob("*.py")) for one in _sources(file))
    return dict(sorted(found))


def algorithm_modules() -> dict[str, str]:
    """Return the module of each learning algorithm, by the algorithm's name."""
    return {name: source.module for name, source in algorithm_sources().items()}


def _sources(file: Path) -> Iterator[tuple[str, Source]]:
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.ClassDef) and any(ast.unparse(one) == "register" for one in node.decorator_list):
            assigned = [line for line in node.body if isinstance(line, ast.Assign)]
            said = {ast.unparse(line.targets[0]): line.value for line in assigned}
            if "name" in said:
                tracks = ast.literal_eval(said["tracks"]) if "tracks" in said else BOTH
                yield ast.literal_eval(said["name"]), Source(f"skyedge.rl.algorithms.{file.stem}", tracks)
