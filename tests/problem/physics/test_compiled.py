"""The folder of the numba cache: a change of anything that is compiled gives another."""

import pytest

from skyedge.problem.physics.compiled import PACKAGE, compiled_files, hash_of

FILES = {
    "problem/physics/equations.py": "def rate(): ...",
    "solvers/greedy.py": "def solve(): ...",
    "solvers/machinery/deep/down/pricing.py": "@njit\ndef price(): ...",
    "rl/environment/masks.py": "@register_jitable\ndef mask(): ...",
    "results/table.py": "def table(): ...",
}


@pytest.fixture
def package(tmp_path):
    """Return a package whose floors are links, as in a checkout."""
    (tmp_path / "src").mkdir()
    for name, source in FILES.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source)
    for floor in ("problem", "solvers", "rl", "results"):
        (tmp_path / "src" / floor).symlink_to(tmp_path / floor)
    return tmp_path / "src"


@pytest.mark.parametrize("name", FILES)
def test_the_hash_changes_with_what_is_compiled_at_any_depth_and_with_nothing_else(package, name):
    before = hash_of(compiled_files(package))
    (package / name).write_text(FILES[name] + "  # changed")
    compiles = name.startswith("problem/") or "jit" in FILES[name]
    assert (hash_of(compiled_files(package)) != before) == compiles


def test_a_file_that_begins_to_compile_counts(package):
    before = hash_of(compiled_files(package))
    (package / "results" / "new.py").write_text("from skyedge.problem.physics.compiled import njit")
    assert hash_of(compiled_files(package)) != before


def test_every_file_of_this_package_that_compiles_is_there():
    names = {str(file.relative_to(PACKAGE)) for file in compiled_files(PACKAGE)}
    assert {"problem/physics/links.py", "problem/scoring/kernel.py"} <= names
    assert "solvers/machinery/branch_and_price/pricing.py" in names
    assert not any(name.startswith("results/") for name in names)
