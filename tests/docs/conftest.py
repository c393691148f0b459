"""How examples are run: commands in this process, in a folder of their own, and users' files as modules."""

import shlex
import sys
from importlib import import_module

import pytest
import torch

from skyedge import solvers
from skyedge.cli import main
from skyedge.rl import algorithms
from skyedge.rl.algorithms.common import registry as algorithm_registry
from skyedge.solvers.common import registry as solver_registry
from tests.docs.pages import EXAMPLES


@pytest.fixture
def call(monkeypatch, capsys, tmp_path):
    """Run a ``skyedge`` command line in ``tmp_path``; return what it printed to stdout and stderr."""
    monkeypatch.chdir(tmp_path)

    def run(line: str) -> tuple[str, str]:
        monkeypatch.setattr(sys, "argv", shlex.split(line))
        with pytest.raises(SystemExit) as left:
            main()
        printed = capsys.readouterr()
        assert not left.value.code, f"{line}: {printed.err}"
        return printed.out, printed.err

    return run


@pytest.fixture
def user_module(monkeypatch):
    """Import a file of ``docs/examples`` as its user would, from a folder on the path; forget it afterwards."""
    monkeypatch.syspath_prepend(str(EXAMPLES))
    for face, known in ((solvers, solver_registry), (algorithms, algorithm_registry)):
        for name in face.available():
            face.get(name)  # so that what comes after is the user's alone
        monkeypatch.setattr(known, "_registry", dict(known._registry))
    imported = []

    def run(name: str):
        imported.append(name)
        return import_module(name)

    yield run
    for name in imported:
        sys.modules.pop(name, None)


@pytest.fixture(autouse=True)
def _one_thread():
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)
