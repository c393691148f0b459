"""What ``python -m solvers`` compiles, in a cache of its own."""

import os
import subprocess
import sys

import pytest

from tests.results.command_line import environment


@pytest.mark.slow
def test_the_loops_of_learning_are_compiled_before_any_policy_is_there(tmp_path):
    code = "from solvers.__main__ import let_policies_act; let_policies_act()"
    cache = {"NUMBA_CACHE_DIR": os.fspath(tmp_path)}
    run = subprocess.run([sys.executable, "-c", code], env=environment(**cache), capture_output=True, text=True)
    assert (run.returncode, run.stderr) == (0, "")
    compiled = {path.name.split("-")[0] for path in tmp_path.rglob("*.nbc")}
    assert {"masks.choose", "masks.measure_regret", "costs.table_costs"} <= compiled
