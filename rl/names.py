"""Which learning algorithms there are, read from their sources: to import them takes seconds."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "algorithms"


@cache
def algorithm_modules() -> dict[str, str]:
    """Return the module of each learning algorithm, by the algorithm's name.

    An algorithm is a class that is decorated with ``register`` and whose body gives it a ``name``.
    """
    files = sorted(FOLDER.glob("*.py"))
    return dict(sorted((name, f"rl.algorithms.{file.stem}") for file in files for name in _names(file)))


def _names(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.ClassDef) and any(ast.unparse(one) == "register" for one in node.decorator_list):
            for line in node.body:
                if isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) == "name":
                    yield ast.literal_eval(line.value)
