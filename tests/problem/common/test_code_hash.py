import hashlib
from pathlib import Path

import pytest

from skyedge.problem.common import code_hash
from skyedge.problem.common.code_hash import source_hash, tree_text


def names(module: str) -> set[str]:
    return {path.relative_to(code_hash.ROOT / "skyedge").as_posix() for path in code_hash._closure(module)}


def test_the_code_of_a_solver_is_what_it_imports_near_and_far():
    found = names("skyedge.solvers.greedy_mobile")
    assert {
        "solvers/greedy_mobile.py",
        "solvers/greedy.py",
        "solvers/common/flight.py",
        "solvers/common/base.py",
    } <= found
    assert "problem/physics/equations.py" in found, "through the evaluator"


def test_other_solvers_the_list_of_them_and_the_command_line_do_not_count_as_a_solvers_code():
    found = names("skyedge.solvers.greedy")
    others = {"solvers/random.py", "solvers/greedy_mobile.py", "solvers/learned.py"}
    assert not {*others, "solvers/common/registry.py", "solvers/common/command.py", "cli.py"} & found


@pytest.fixture
def hash_of(tmp_path: Path, monkeypatch):
    """Write files of a package beside a solver of one's own, None for no file, and return the solver's hash."""
    monkeypatch.setattr(code_hash, "ROOT", tmp_path)
    monkeypatch.syspath_prepend(tmp_path)

    def hash_after(files: dict[str, str | None]) -> str:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink() if text is None else path.write_text(text)
        source_hash.cache_clear()
        return source_hash("my_solver")

    yield hash_after
    source_hash.cache_clear()


PHYSICS, KERNEL = "skyedge/problem/physics.py", "skyedge/problem/kernel.py"
CODE = {
    "skyedge/problem/__init__.py": "from skyedge.problem.physics import cost\n",
    PHYSICS: "def cost(x):\n    return 2 * x\n",
    KERNEL: "import math\nfrom skyedge.problem.physics import cost\nbest = math.inf\n",
    "skyedge/solvers/trick.py": "trick = 1\n",
    "skyedge/solvers/unrelated.py": "x = 1\n",
    "my_solver.py": "from skyedge.problem import cost\ndef solve():\n    from skyedge.solvers.trick import trick\n",
}
SAME = {
    "a comment": {PHYSICS: "def cost(x):  # of one task\n    return 2 * x\n"},
    "a docstring": {PHYSICS: '"""Formulas."""\ndef cost(x):\n    """Eq. (22)."""\n    return (2 * x)\n'},
    "a move": {
        PHYSICS: None,
        "skyedge/problem/physics/__init__.py": '"""Formulas."""\n',
        "skyedge/problem/physics/equations.py": CODE[PHYSICS],
        "skyedge/problem/__init__.py": "from skyedge.problem.physics.equations import cost\n",
        KERNEL: "from skyedge.problem.physics.equations import cost\nimport math\nbest = math.inf\n",
    },
    "a file that nobody imports": {"skyedge/solvers/unrelated.py": "x = 2\n"},
}
OTHER = {
    "a formula": {PHYSICS: "def cost(x):\n    return 3 * x\n"},
    "a constant": {KERNEL: CODE[KERNEL].replace("inf", "pi")},
    "another name of a module": {KERNEL: CODE[KERNEL].replace("cost", "costs")},
    "another library": {KERNEL: CODE[KERNEL].replace("import math", "import cmath")},
    "what the solver imports": {"skyedge/solvers/trick.py": "trick = 2\n"},
    "the solver": {"my_solver.py": CODE["my_solver.py"] + "best = 0\n"},
}


@pytest.mark.parametrize(("change", "same"), [*((one, True) for one in SAME), *((one, False) for one in OTHER)])
def test_only_what_can_change_a_result_makes_stored_cells_stale(change, same, hash_of):
    assert (hash_of(CODE) == hash_of((SAME | OTHER)[change])) == same


def test_a_syntax_tree_has_one_text_in_every_version_of_python():
    source = b"""
def f(a: int = 1, *b, c=-1.5e300, **d) -> None:
    "Doc."
    from math import pi
    import numpy as np
    x = f"{a!r:>{c}}" "b" 'c' u"d" f"{a=}" if a else (lambda q: q ** 2j)
    try:
        return {**d, "\\u00e9": [y for y in b if y]}[1:2, ...]
    except* ValueError as e:
        raise e from None
"""
    digest = hashlib.sha256(tree_text(source).encode()).hexdigest()
    assert digest == "f70f08152ab2624c55a04c69f4d804dcb49dd9112a22bd40d890b2a2556bfed2", (
        "stored cells would be stale in this version of Python"
    )
