"""The trial of a mutant: its tests, in a forked process that has the mutant in the place of the module.

Nothing on disk changes. What takes long to import is imported before the fork, of the project nothing. Numba is off,
so that a mutant need not be compiled: the compiled functions then run as the Python that they are.
"""

import gc
import importlib.util
import os
import resource
import signal
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path

import hypothesis
import numba
import pydantic
import pyomo.environ
import pytest
import scipy.optimize.elementwise
import scipy.stats
import torch

from tests import ROOT

MEMORY = 8 * 2**30
PYTEST = (
    *("-x", "-q", "--tb=no", "-p", "no:cacheprovider", "-p", "pytest_timeout", "-p", "_hypothesis_pytestplugin"),
    *("-o", "timeout=0"),  # SIGALRM is ours
    *("-m", "not slow"),
)
PRELOADED = (pydantic, pyomo.environ, scipy.optimize.elementwise, scipy.stats, torch)

os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
numba.config.DISABLE_JIT = True
hypothesis.settings.register_profile(
    "mutants",
    derandomize=True,  # the same mutants are killed every time
    database=None,
    deadline=None,
    phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),  # how a mutant fails is all the same
)
hypothesis.settings.load_profile("mutants")
gc.freeze()  # what is imported stays: children need not look for garbage in it


class _Loader(SourceFileLoader):
    def __init__(self, name: str, path: str, source: str) -> None:
        super().__init__(name, path)
        self.mutated = source

    def get_code(self, fullname):
        return compile(self.mutated, self.path, "exec", dont_inherit=True)


class _Finder(MetaPathFinder):
    """Finds one module, with a source other than the file's."""

    def __init__(self, module: Path, source: str) -> None:
        parts = module.relative_to(ROOT).with_suffix("").parts
        self.name, self.path, self.source = ".".join(["skyedge", *parts]), str(module), source

    def find_spec(self, fullname, path=None, target=None) -> ModuleSpec | None:
        if fullname != self.name:
            return None
        return importlib.util.spec_from_file_location(
            fullname, self.path, loader=_Loader(fullname, self.path, self.source)
        )


def passes(module: Path, source: str, tests: Sequence[str], limit_s: int) -> bool:
    """Whether all tests pass, within a time, with another source of the module."""
    child = os.fork()
    if not child:
        _run(module, source, tests, limit_s)
    return os.waitpid(child, 0)[1] == 0


def _run(module: Path, source: str, tests: Sequence[str], limit_s: int) -> None:
    """Run the tests, and end the process."""
    status = 1
    try:
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
        signal.alarm(limit_s)  # ends the process
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        sys.meta_path.insert(0, _Finder(module, source))
        status = next((failed for test in tests if (failed := pytest.main([*PYTEST, test]))), 0)
    finally:
        os._exit(status)
