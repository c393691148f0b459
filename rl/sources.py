"""The code and files that determine a result, as one hash: when they change, what is stored is no longer valid."""

import ast
import hashlib
import importlib.util
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WITHOUT_INFLUENCE = ("solvers.command",)  # a solver's own command line; a cell never runs it


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


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@cache
def source_hash(*modules: str) -> str:
    """Return the SHA-256 of ``problem/`` and of modules with all they import inside the repository.

    Imports are read from the source, so that those inside functions count too.

    Parameters
    ----------
    *modules : str
        A solver's or an algorithm's, e.g. ``solvers.greedy``; they may lie outside the repository.
    """
    files = set((ROOT / "problem").rglob("*.py")).union(*map(_closure, modules))
    digest = hashlib.sha256()
    for path in sorted(files, key=_name):
        digest.update(f"{_name(path)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name


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
    if spec is None or spec.origin is None:
        raise ValueError(f"module {module!r} has no source file")
    return Path(spec.origin)


def _file(module: str) -> Path | None:
    """Return where a module of the repository lives, or None for any other."""
    path = ROOT.joinpath(*module.split("."))
    candidates = (path.with_name(f"{path.name}.py"), path / "__init__.py")
    return next((file for file in candidates if file.is_file()), None)
