"""What ``python -m skyedge.solvers`` compiles, and when campaigns ask for it; in caches of their own."""

import os
import subprocess
import sys

import pytest

from skyedge.solvers.common import warm_up as compiling
from tests.results.command_line import environment, skyedge, write_campaign


@pytest.mark.slow
def test_the_loops_of_learning_are_compiled_before_any_policy_is_there(tmp_path):
    command = [sys.executable, "-m", "skyedge.solvers", "--compile", "hybrid-ppo"]
    cache = {"NUMBA_CACHE_DIR": os.fspath(tmp_path)}
    run = subprocess.run(command, env=environment(**cache), capture_output=True, text=True)
    assert (run.returncode, run.stderr) == (0, "")
    compiled = {path.name.split("-")[0] for path in tmp_path.rglob("*.nbc")}
    assert list(tmp_path.glob("hybrid-ppo-*")), "it is marked"
    assert {"masks.choose", "masks.measure_regret", "best_costs.table_costs"} <= compiled


@pytest.mark.slow
def test_a_campaign_compiles_what_its_solvers_need_before_their_time_counts(tmp_path):
    write_campaign(tmp_path / "mine.toml", ["random"])
    cache = {"NUMBA_CACHE_DIR": os.fspath(tmp_path / "cache")}
    first = skyedge("benchmark", "mine.toml", "-o", "out", cwd=tmp_path, **cache)
    assert first.stderr.splitlines()[0] == "compiling the numerical loops (once): random"
    again = skyedge("benchmark", "mine.toml", "-o", "again", cwd=tmp_path, **cache)
    assert again.stderr.splitlines()[0].startswith("computed 1 cells")


def test_a_change_of_the_code_asks_for_compiling_anew(tmp_path, monkeypatch):
    monkeypatch.setattr(compiling, "CACHE", tmp_path / "cache")
    compiling.mark("greedy")
    assert compiling.not_compiled(["greedy", "kmeans"]) == ["kmeans"]
    monkeypatch.setattr(compiling, "SOURCES", "other")
    assert compiling.not_compiled(["greedy", "kmeans"]) == ["greedy", "kmeans"]
