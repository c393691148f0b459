"""The examples in docstrings are true."""

import doctest
from importlib import import_module

import pytest

from tests import ROOT


def modules_with_examples() -> list[str]:
    files = [file for folder in ("problem", "solvers", "rl", "results") for file in (ROOT / folder).rglob("*.py")]
    shown = [file.relative_to(ROOT) for file in files if ">>>" in file.read_text(encoding="utf-8")]
    return sorted(".".join(["skyedge", *file.with_suffix("").parts]) for file in shown)


@pytest.mark.parametrize("module", modules_with_examples())
def test_examples_in_docstrings_are_true(module):
    failures, tried = doctest.testmod(import_module(module))
    assert tried > 0
    assert failures == 0
