import hashlib
import sys

import pytest

from problem import Scenario
from results.cells import Cell, derive_seed
from rl import sources
from rl.sources import source_hash, tree_text


def cell(**changes) -> Cell:
    fields = {
        "scenario": "tiny",
        "scenario_json": Scenario.preset("tiny").model_dump_json(),
        "instance_seed": 0,
        "solver": "greedy",
        "solver_name": "greedy",
        "solver_module": "solvers.greedy",
        "information": "online",
        "track": "",
        "config": "{}",
        "repeat": 0,
        "solver_seed": 7,
        "seconds": 5.0,
        "sources": "abc",
    }
    return Cell(**fields | changes)


@pytest.mark.parametrize(
    "change",
    [
        {"scenario_json": Scenario.preset("tiny").replace(devices=5).model_dump_json()},
        {"instance_seed": 1},
        {"solver_name": "random"},
        {"config": '{"sight": 3.0}'},
        {"solver_seed": 8},
        {"seconds": 6.0},
        {"sources": "abd"},
        {"knowledge": '{"channel_error_db":3.0}'},
    ],
)
def test_the_key_follows_all_that_determines_the_result(change):
    assert cell(**change).key != cell().key


def test_the_key_ignores_what_only_names_things():
    assert cell(scenario="another label", solver="greedy[]").key == cell().key


def test_the_key_of_a_cell_never_changes_between_processes():
    assert cell(scenario_json="{}").key == "d75cbf235b119ff3344f996202be231c79a9c50d"


def test_seeds_follow_their_names_and_fit_every_generator():
    assert derive_seed("paper", 0, "random", 0) == derive_seed("paper", 0, "random", 0)
    seeds = {derive_seed("paper", instance, "random", repeat) for instance in range(50) for repeat in range(5)}
    assert len(seeds) == 250
    assert all(0 <= seed < 2**32 for seed in seeds)


def test_a_row_names_its_cell():
    row = cell().blank_row()
    assert row["key"] == cell().key
    assert row["slots"] == Scenario.preset("tiny").slots
    assert row["status"] == "missing"
    assert row["cost"] != row["cost"], "NaN until it is known"


def names(module: str) -> set[str]:
    return {path.relative_to(sources.ROOT).as_posix() for path in sources._closure(module)}


def test_the_code_of_a_solver_is_what_it_imports_near_and_far():
    found = names("solvers.greedy_mobile")
    assert {"solvers/greedy_mobile.py", "solvers/greedy.py", "solvers/positions.py", "solvers/base.py"} <= found
    assert "problem/physics.py" in found, "through the evaluator"


def test_other_solvers_and_the_command_line_do_not_count_as_a_solvers_code():
    found = names("solvers.greedy")
    assert not {"solvers/random.py", "solvers/greedy_mobile.py", "solvers/command.py", "skyedge.py"} & found


def test_the_hash_follows_the_source_of_the_solver_and_of_what_it_imports(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "ROOT", tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "problem").mkdir()
    problem, helper, unrelated = tmp_path / "problem" / "physics.py", tmp_path / "helper.py", tmp_path / "unrelated.py"
    (tmp_path / "my_solver.py").write_text("def solve():\n    from helper import trick\n")
    for path in (problem, helper, unrelated):
        path.write_text("x = 1\n")

    def fresh() -> str:
        source_hash.cache_clear()
        return source_hash("my_solver")

    try:
        hashes = [fresh()]
        for path in (unrelated, problem, helper, tmp_path / "my_solver.py"):
            path.write_text(path.read_text() + "y = 2\n")
            hashes.append(fresh())
    finally:
        source_hash.cache_clear()
        sys.modules.pop("my_solver", None)
    assert hashes[0] == hashes[1], "a file that nobody imports"
    assert len(set(hashes)) == 4


FORMULAS = {
    "problem/__init__.py": "from problem.physics import cost\n",
    "problem/physics.py": "def cost(x):\n    return 2 * x\n",
    "problem/kernel.py": "import math\nfrom problem.physics import cost\nbest = math.inf\n",
    "my_solver.py": "from problem import cost\n",
}
SAME = {
    "a comment": {"problem/physics.py": "def cost(x):  # of one task\n    return 2 * x\n"},
    "a docstring": {"problem/physics.py": '"""Formulas."""\ndef cost(x):\n    """Eq. (22)."""\n    return (2 * x)\n'},
    "a move": {
        "problem/physics.py": None,
        "problem/physics/__init__.py": '"""Formulas."""\n',
        "problem/physics/equations.py": FORMULAS["problem/physics.py"],
        "problem/__init__.py": "from problem.physics.equations import cost\n",
        "problem/kernel.py": "from problem.physics.equations import cost\nimport math\nbest = math.inf\n",
    },
}
OTHER = {
    "a formula": {"problem/physics.py": "def cost(x):\n    return 3 * x\n"},
    "a constant": {"problem/kernel.py": FORMULAS["problem/kernel.py"].replace("inf", "pi")},
    "another name of a module": {"problem/kernel.py": FORMULAS["problem/kernel.py"].replace("cost", "costs")},
    "another library": {"problem/kernel.py": FORMULAS["problem/kernel.py"].replace("import math", "import cmath")},
    "a solver": {"my_solver.py": FORMULAS["my_solver.py"] + "best = 0\n"},
}


@pytest.mark.parametrize(("change", "same"), [*((one, True) for one in SAME), *((one, False) for one in OTHER)])
def test_only_what_can_change_a_result_makes_stored_cells_stale(change, same, tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "ROOT", tmp_path)
    monkeypatch.syspath_prepend(tmp_path)

    def hash_of(files: dict) -> str:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink() if text is None else path.write_text(text)
        source_hash.cache_clear()
        return source_hash("my_solver")

    try:
        assert (hash_of(FORMULAS) == hash_of((SAME | OTHER)[change])) == same
    finally:
        source_hash.cache_clear()
        sys.modules.pop("my_solver", None)


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
    assert digest == "f70f08152ab2624c55a04c69f4d804dcb49dd9112a22bd40d890b2a2556bfed2", "stored cells would be stale in this version of Python"
