"""Code and pages name the same equations and the same functions."""

import ast
import re
from importlib import import_module
from itertools import chain
from pathlib import Path

import pytest

from tests import ROOT
from tests.docs.pages import DOCS

NUMBERS = r"\(\d+'?\)(?:(?:[–-]|, | and | to )\(\d+'?\))*"
CITED = re.compile(rf"\b(?:Eqs?\.|objective|loss(?:es)?|share of|bound of) ({NUMBERS})")
RANGE = re.compile(r"\((\d+)\)(?:[–-]| to )\((\d+)\)")
PAGE_OF = {**dict.fromkeys(range(1, 35), "formulation"), **dict.fromkeys(range(35, 54), "ad-sac")}
SOURCES = [path for folder in ("problem", "solvers", "rl") for path in sorted((ROOT / folder).rglob("*.py"))]
FORMULA = {  # what stands right before or after an equation's number, where the page has its formula
    "formulation": re.compile(r"\\tag\{(\d+'?)\}|[$*0] \((\d+)\)"),
    "ad-sac": re.compile(r"^\|([()\d, ]+)\|", re.MULTILINE),
}
FUNCTION = re.compile(r"`([a-z_]+(?:\.[A-Za-z_]+)+)`")
FILE = re.compile(r"`((?:problem|solvers|rl|results|tests)/[\w/.-]+)`")


def expanded(text: str) -> set[str]:
    """Every number of a list of numbers and ranges."""
    ranges = [range(int(first), int(last) + 1) for first, last in RANGE.findall(text)]
    return set(re.findall(r"\d+'?", text)) | {str(number) for number in chain(*ranges)}


def page(name: str) -> str:
    return (DOCS / f"{name}.md").read_text(encoding="utf-8")


def on_page(name: str) -> set[str]:
    """Numbers of the equations whose formulas a page has."""
    return set().union(*(expanded("".join(found.groups(""))) for found in FORMULA[name].finditer(page(name))))


def cited(path: Path) -> set[str]:
    """Numbers of the equations that a source file cites."""
    return set().union(*map(expanded, CITED.findall(path.read_text(encoding="utf-8"))))


@pytest.mark.parametrize("path", [path for path in SOURCES if cited(path)], ids=lambda path: path.stem)
def test_every_equation_that_code_cites_is_on_its_page(path):
    missing = {number for number in cited(path) if number not in on_page(PAGE_OF[int(number.rstrip("'"))])}
    assert not missing


def test_every_equation_from_4_to_53_is_on_a_page():
    numbers = map(str, range(4, 54))  # no code is cited for (1) to (3), and no formula has these numbers
    assert not [number for number in numbers if number not in on_page(PAGE_OF[int(number)])]


def test_the_formulas_of_physics_are_named_on_the_page():
    functions = [
        node for node in ast.parse((ROOT / "problem/physics/equations.py").read_bytes()).body if is_formula(node)
    ]
    assert len(functions) >= 10
    assert not [node.name for node in functions if f"`equations.{node.name}`" not in page("formulation")]


def is_formula(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef) and "Eq" in (ast.get_docstring(node) or "")


@pytest.mark.parametrize("name", sorted(set(FUNCTION.findall(page("formulation")))))
def test_every_function_that_the_formulation_names_exists(name):
    module, *attributes = name.split(".")
    path, *_ = [*(ROOT / "problem").rglob(f"{module}.py"), ROOT / "problem" / module / "__init__.py"]
    parts = path.relative_to(ROOT).with_suffix("").parts
    found = import_module(".".join(["skyedge", *parts]).removesuffix(".__init__"))
    for attribute in attributes:
        found = getattr(found, attribute)


@pytest.mark.parametrize(
    "name",
    ["formulation", "ad-sac", "adp", "learning", "worlds/constellations", "worlds/models", "campaigns", "architecture"],
)
def test_every_file_that_a_page_names_exists(name):
    assert not [path for path in FILE.findall(page(name)) if not (ROOT / path).exists() and "results/runs" not in path]
