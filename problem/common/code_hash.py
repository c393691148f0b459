"""The code and files that determine a result, as one hash: when they change, what is stored is no longer valid.

What counts of a source file is its syntax tree, without what changes no result: comments, layout, docstrings, and where
the suite's modules lie. So a module may move to another folder, or be explained better, and stored results stay valid.
The names that it imports count, under which name it is known elsewhere included.
"""

import ast
import hashlib
import importlib.util
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path

from skyedge.problem.common.errors import required

ROOT, PACKAGE = Path(__file__).parents[3], "skyedge"  # the package lies in the root
WITHOUT_INFLUENCE = (  # where files lie, how solvers are found and asked; a new one makes no result stale
    "skyedge.paths",
    "skyedge.solvers.common.command",
    "skyedge.solvers.common.registry",
    "skyedge.rl.algorithms.common.registry",
)
POSITIONS = ("kind", "type_comment", "type_ignores")  # fields of nodes that say how something is written
Import = ast.Import | ast.ImportFrom


def hash_with(sources: str, files: Sequence[Path]) -> str:
    """Return a hash of code together with the content of files; without files, that of the code.

    Parameters
    ----------
    sources : str
        From :func:`source_hash`.
    files : sequence of Path
        One that does not exist counts as empty.
    """
    if not files:
        return sources
    contents = [path.read_bytes() if path.is_file() else b"" for path in files]
    return hashlib.sha256("".join([sources, *map(_digest, contents)]).encode()).hexdigest()


@cache
def source_hash(*modules: str) -> str:
    """Return the SHA-256 of ``problem/`` and of modules with all they import inside the repository.

    Imports are read from the source, so that those inside functions count too. Files count by :func:`tree_text`, in
    whatever folder they lie.

    Parameters
    ----------
    *modules : str
        A solver's or an algorithm's, e.g. ``skyedge.solvers.greedy``; they may lie outside the repository.
    """
    files = set((ROOT / PACKAGE / "problem").rglob("*.py")).union(*map(_closure, modules))
    texts = filter(None, map(tree_text, (path.read_bytes() for path in files)))  # a package's empty face counts nothing
    return _digest("".join(sorted(_digest(text.encode()) for text in texts)).encode())


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def tree_text(source: bytes) -> str:
    """Return the syntax tree of a source file as text, the same for every version of Python; empty if it does nothing.

    Left out are docstrings, positions and, of imports from this repository, the module's path.
    """
    tree = ast.parse(source)
    return _node(tree) if _statements(tree.body) else ""


def _node(value: object) -> str:
    """Return a node, or what stands in one; fields that are empty, or new in some version, are not named."""
    if isinstance(value, ast.JoinedStr):
        return f"JoinedStr({_list(list(_merged(value.values)))})"
    if not isinstance(value, ast.AST):
        return f"{type(value).__name__} {value!a}"
    parts = []
    for name, content in ast.iter_fields(value):
        if content is None or content == [] or name in POSITIONS:
            continue
        statements = isinstance(content, list) and isinstance(content[0], ast.stmt)
        shown = _statements(content) if statements else _list(content) if isinstance(content, list) else _node(content)
        parts.append(f"{name}={shown}")
    return f"{type(value).__name__}({', '.join(parts)})"


def _list(values: Sequence[object]) -> str:
    return f"[{', '.join(map(_node, values))}]"


def _merged(values: Sequence[ast.expr]) -> Iterator[ast.expr]:
    """Yield the parts of an f-string, neighbouring constants as one: versions of Python split them differently."""
    for constant, group in groupby(values, lambda part: isinstance(part, ast.Constant)):
        if not constant:
            yield from group
        elif text := "".join(str(part.value) for part in group if isinstance(part, ast.Constant)):
            yield ast.Constant(text)


def _statements(body: Sequence[ast.stmt]) -> str:
    """Return statements without a docstring; of imports that follow each other, the order does not count."""
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:] if isinstance(body[0].value.value, str) else body
    texts: list[str] = []
    for importing, group in groupby(body, lambda one: isinstance(one, Import)):
        if importing:
            texts += sorted({name for one in group for name in _imported(one)})
        else:
            texts += map(_node, group)
    return "; ".join(texts)


def _imported(node: ast.stmt) -> Iterator[str]:
    """Yield what an import statement makes known: the origin, if it is not ours, the name, and what it is called."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            origin, _, name = alias.name.rpartition(".")
            yield f"import {'' if _ours(alias.name) else origin}:{name} as {alias.asname}"
    elif isinstance(node, ast.ImportFrom):
        origin = "" if node.level else node.module or ""
        origin = "" if _ours(origin) else origin
        yield from (f"from {origin}:{alias.name} as {alias.asname or alias.name}" for alias in node.names)


def _ours(module: str) -> bool:
    return module.partition(".")[0] == PACKAGE


def _closure(module: str) -> set[Path]:
    """Return the files of a module and of everything it imports from the repository, near and far."""
    found: set[Path] = set()
    waiting = [(module, _file(module) or _foreign(module))]
    while waiting:
        name, path = waiting.pop()
        if path not in found:
            found.add(path)
            package = name if path.name == "__init__.py" else name.rpartition(".")[0]
            waiting += _imports(path, package)
    return found


def _imports(path: Path, package: str) -> Iterator[tuple[str, Path]]:
    """Yield the repository's modules that a file imports."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = importlib.util.resolve_name("." * node.level + (node.module or ""), package)
            # `from package import name` may mean a module or something that the package itself defines
            names = [f"{base}.{alias.name}" if _file(f"{base}.{alias.name}") else base for alias in node.names]
        for name in names:
            if name not in WITHOUT_INFLUENCE and (file := _file(name)):
                yield name, file


def _foreign(module: str) -> Path:
    """Return where a module outside the repository lives."""
    spec = importlib.util.find_spec(module)
    return Path(required(spec.origin if spec else None, f"module {module!r} has no source file"))


def _file(module: str) -> Path | None:
    """Return where a module of the package lives, or None for any other."""
    if not _ours(module):
        return None
    path = ROOT.joinpath(*module.split("."))
    candidates = (path.with_name(f"{path.name}.py"), path / "__init__.py")
    return next((file for file in candidates if file.is_file()), None)
