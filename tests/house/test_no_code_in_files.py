"""No file that is read can bring code along: the calls that would allow it stand nowhere in the sources."""

import ast

import pytest

from tests import ROOT

SOURCES = [
    *(ROOT / "src" / "skyedge").glob("*.py"),
    *(file for part in ("problem", "solvers", "rl", "results") for file in (ROOT / part).rglob("*.py")),
]

MODULES = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal", "yaml"}
BUILT_IN = {"eval", "exec", "compile", "__import__"}
CALLS = {*BUILT_IN, *(f"builtins.{name}" for name in BUILT_IN), "pd.read_pickle"}


def name_of(node):
    """The dotted name of what is called."""
    if isinstance(node, ast.Attribute):
        return f"{name_of(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def keywords(call):
    return {one.arg: one.value.value if isinstance(one.value, ast.Constant) else ... for one in call.keywords}


def offences(tree):
    """What could run code from a file, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names if alias.name.split(".")[0] in MODULES)
        elif isinstance(node, ast.ImportFrom):
            if (node.module or "").split(".")[0] in MODULES:
                yield node.lineno, node.module
        elif isinstance(node, ast.Call):
            name, given = name_of(node.func), keywords(node)
            if name in CALLS:
                yield node.lineno, name
            if name == "torch.load" and given.get("weights_only") is not True:
                yield node.lineno, name
            if name.startswith("np.") and given.get("allow_pickle", False) is not False:
                yield node.lineno, f"{name}(allow_pickle)"
            if name in ("np.load", "np.lib.format.read_array") and given.get("allow_pickle") is not False:
                yield node.lineno, name


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_source_can_run_what_a_file_brings(file):
    assert list(offences(ast.parse(file.read_bytes()))) == []


@pytest.mark.parametrize(
    "line",
    [
        "import pickle",
        "from joblib import load",
        "torch.load(path)",
        "torch.load(path, weights_only=False)",
        "np.load(path, allow_pickle=True)",
        "np.load(path)",
        "eval(text)",
        "builtins.exec(text)",
        "pd.read_pickle(path)",
        "import yaml",
    ],
)
def test_this_test_would_notice(line):
    assert list(offences(ast.parse(line)))
