"""The table of the suite's own methods, and what others add to it."""

import subprocess
import sys

import pytest

from skyedge.solvers import Solver, available, get, register
from skyedge.solvers.common import registry
from skyedge.solvers.common.registry import METHODS, PACKAGE
from tests import ROOT


@pytest.mark.parametrize("name", METHODS)
def test_the_table_says_what_the_classes_say(name):
    solver = get(name)
    assert (solver.name, solver.__module__, solver.information) == (
        name,
        f"{PACKAGE}.{METHODS[name].module}",
        METHODS[name].information,
    )


def test_every_module_of_a_method_is_in_the_table():
    modules = {file.stem for file in (ROOT / "solvers").glob("*.py")} - {"__init__", "__main__"}
    assert {entry.module for entry in METHODS.values()} == modules


def test_names_are_listed_without_importing_a_method_and_one_is_found_without_the_others():
    code = "import sys; from skyedge.solvers import {0}; {0}({1}); print(*sys.modules)"
    methods = {f"{PACKAGE}.{entry.module}" for entry in METHODS.values()}
    for call, imported in ((("available", ""), set()), (("get", "'kmeans'"), {"skyedge.solvers.kmeans"})):
        run = subprocess.run([sys.executable, "-c", code.format(*call)], capture_output=True, text=True, check=True)
        assert methods & set(run.stdout.split()) == imported


def test_a_class_that_the_table_does_not_know_so_is_refused():
    namesake = type("Namesake", (Solver,), {"name": "random", "information": "online"})
    with pytest.raises(ValueError, match=r"two solvers are called 'random': that of skyedge\.solvers\.random and"):
        register(namesake)
    offline = type("Random", (get("random"),), {"information": "offline", "__module__": "skyedge.solvers.random"})
    with pytest.raises(ValueError, match="is offline, and online in the table"):
        register(offline)


def test_a_solver_from_elsewhere_is_listed_among_the_suites_own(monkeypatch):
    monkeypatch.setattr(registry, "_registry", dict(registry._registry))
    foreign = register(type("Foreign", (Solver,), {"name": "foreign", "information": "offline"}))
    assert get("foreign") is foreign
    assert available() == sorted([*METHODS, "foreign"])
