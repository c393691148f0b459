"""Measures of the package: folders, circles of imports, names, statements."""

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import grimp
import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from tests import ROOT, tracked

FLOORS = ("results", "solvers", "rl", "problem")  # from above
ROLES = {"registry", "settings", "record", "agents", "algorithm", "base", "__init__", "__main__"}


@dataclass(frozen=True)
class Source:
    """A source file of the package."""

    path: Path

    @property
    def module(self) -> str:
        """Its dotted name."""
        inside = self.path.relative_to("src") if self.path.is_relative_to("src") else "skyedge" / self.path
        return ".".join(inside.with_suffix("").parts).removesuffix(".__init__")

    @property
    def text(self) -> str:
        """What it says."""
        return (ROOT / self.path).read_text(encoding="utf-8")

    @property
    def lines(self) -> int:
        """How many lines it has."""
        return self.text.count("\n")

    def nodes(self) -> Iterator[ast.AST]:
        """Yield the nodes of its syntax tree."""
        return ast.walk(ast.parse(self.text))


@cache
def sources() -> list[Source]:
    """Return the package's source files."""
    files = [path for path in map(Path, tracked()) if path.suffix == ".py" and path.parts[0] in (*FLOORS, "src")]
    return [Source(path) for path in files]


def entries() -> Counter[Path]:
    """Return how many entries each folder of the repository has, of those that git tracks."""
    paths = {path for name in tracked() for path in (Path(name), *Path(name).parents)} - {Path()}
    return Counter(path.parent for path in paths)


@cache
def graph() -> grimp.ImportGraph:
    """Return the imports of the package, those inside functions and for type checkers too."""
    return grimp.build_graph("skyedge", cache_dir=None)


def circles() -> list[list[str]]:
    """Return the groups of modules that import each other in a circle."""
    modules = sorted(graph().modules)
    number = {module: index for index, module in enumerate(modules)}
    pairs = [(number[a], number[b]) for a in modules for b in graph().find_modules_directly_imported_by(a)]
    rows, columns = np.array(pairs).T
    matrix = csr_array((np.ones(len(pairs)), (rows, columns)), shape=(len(modules), len(modules)))
    _, labels = connected_components(matrix, connection="strong")
    large = [label for label, count in Counter(labels.tolist()).items() if count > 1]
    return [[modules[index] for index in np.flatnonzero(labels == label)] for label in large]


def repeated_names() -> list[str]:
    """Return the names that several files bear, other than those of roles."""
    names = Counter(source.path.stem for source in sources())
    return sorted(name for name, count in names.items() if count > 1 and name not in ROLES)


def repeated_classes() -> list[str]:
    """Return the names that several public classes bear."""
    classes = [node.name for source in sources() for node in source.nodes() if isinstance(node, ast.ClassDef)]
    return sorted(name for name, count in Counter(classes).items() if count > 1 and not name.startswith("_"))


def statements() -> int:
    """Return how many statements the package has."""
    return sum(isinstance(node, ast.stmt) for source in sources() for node in source.nodes())


def documented() -> float:
    """Return the share of functions with a docstring."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    functions = [node for source in sources() for node in source.nodes() if isinstance(node, kinds)]
    return sum(ast.get_docstring(function) is not None for function in functions) / len(functions)


def report() -> Iterator[str]:
    """Yield the measures, a line each."""
    longest = sorted(sources(), key=lambda source: -source.lines)[:5]
    yield f"{len(sources())} files, {sum(source.lines for source in sources())} lines, {statements()} statements"
    yield f"functions with a docstring: {documented():.1%}"
    yield "fullest folders: " + ", ".join(f"{folder}/ {count}" for folder, count in entries().most_common(8))
    yield "longest files: " + ", ".join(f"{source.path} {source.lines}" for source in longest)
    yield f"circles of imports: {circles() or 'none'}"
    yield f"names of files that recur: {', '.join(repeated_names()) or 'none'}"
    yield f"names of public classes that recur: {', '.join(repeated_classes()) or 'none'}"
