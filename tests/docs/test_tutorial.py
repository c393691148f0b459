"""The tutorial prints what it shows."""

import re
from collections.abc import Iterator
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE, OutputChecker

import pytest

from skyedge.problem import Decision, Instance, evaluate
from tests.docs.pages import DOCS, fences

PAGE = DOCS / "tutorial.md"
VOLATILE = {  # what depends on the machine and its load
    r"after \d+\.\d+ s": "after some s",
    r"bound \d+\.\d+": "bound",
    r"(\d+ / \d+ .*?\]).*": r"\1",  # a row of the table behind the cost: gaps to the bound, seconds
    r"≥ \d+\.\d+.*": "≥",
    r"lower bound \d+\.\d": "lower bound",
    r"cells in \d+ s": "cells in some s",
    r"compiling the numerical loops.*\n": "",
    r"out of time: more may be gained\n": "",
}


def steps() -> Iterator[tuple[str, str]]:
    """Every command of the tutorial, and what the page shows of its output."""
    for fence in fences(PAGE, "console"):
        for step in re.split(r"^\$ ", fence.text, flags=re.MULTILINE)[1:]:
            command, _, shown = step.partition("\n")
            yield command, shown


def settled(text: str) -> str:
    """The text without what is volatile; … on the page stands for anything."""
    for volatile, fixed in VOLATILE.items():
        text = re.sub(volatile, fixed, text)
    return text.replace("…", "...")


def same(shown: str, printed: str) -> bool:
    return OutputChecker().check_output(settled(shown), settled(printed), ELLIPSIS | NORMALIZE_WHITESPACE)


@pytest.fixture
def folder(tmp_path):
    """A reader's folder, with the files that the page has them write."""
    for fence in fences(PAGE, "toml"):
        (tmp_path / re.match(r"# (\S+)", fence.text)[1]).write_text(fence.text)
    return tmp_path


def test_the_tutorial_prints_what_it_shows_and_its_python_agrees(folder, call, capsys):
    for command, shown in steps():
        printed = "".join(reversed(call(command)) if "solve" in command else call(command))
        assert same(shown, printed) or not shown, f"$ {command}\n{printed}"
    assert (folder / "first/report.html").exists()
    instance = Instance.load(folder / "day.npz")
    for fence in fences(PAGE, "python"):
        exec(compile(fence.text, str(fence), "exec"), {"__name__": "reader"})
        printed = capsys.readouterr().out
    assert float(printed.split()[0]) == evaluate(instance, Decision.load(folder / "rolling.npz")).cost
