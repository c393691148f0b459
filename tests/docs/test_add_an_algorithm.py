"""The learning algorithm of ``docs/extending/add-an-algorithm.md``, added as its readers add theirs."""

import numpy as np
import pytest

from skyedge.problem import Scenario, evaluate, generate
from skyedge.rl import algorithms
from skyedge.rl.algorithms.common import registry
from skyedge.rl.training.train import train
from skyedge.solvers import register, solve
from skyedge.solvers.learned import PolicySolver
from tests.docs.pages import DOCS, example, fences

PAGE = DOCS / "extending" / "add-an-algorithm.md"
TINY = Scenario.preset("tiny")


@pytest.fixture
def a2c(user_module):
    return user_module("a2c").A2CEntry


def test_the_page_shows_the_file_as_it_is():
    assert fences(PAGE, "python")[0].text == example("a2c")


def test_a_line_in_the_table_makes_it_one_of_the_suite(user_module, monkeypatch):
    monkeypatch.setitem(registry.ALGORITHMS, "a2c", registry.Listing("a2c:A2CEntry"))
    assert "a2c" in algorithms.available()
    assert algorithms.get("a2c") is user_module("a2c").A2CEntry


@pytest.mark.usefixtures("a2c")
def test_what_the_page_does_in_python_trains_a_policy(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    exec(compile(fences(PAGE, "python")[1].text, str(PAGE), "exec"), {"__name__": "reader"})
    assert float(capsys.readouterr().out) > 0
    assert (tmp_path / "a2c-tiny" / "policy.json").exists()


def test_it_learns_in_both_tracks_and_its_policies_play(a2c, tmp_path):
    @register
    class PolicyOfA2C(PolicySolver):
        """A policy that a2c has learned."""

        name, code = "a2c", ("a2c",)

    assert algorithms.get("a2c") is a2c
    instances = [generate(TINY, seed) for seed in range(20)]
    for track in a2c.tracks:
        train("a2c", TINY, tmp_path / track, track=track, slots=8000)
        spec = f"a2c[track={track},policy={tmp_path / track}]"
        learned, chance = (
            np.mean([evaluate(one, solve(name, one).decision).cost for one in instances]) for name in (spec, "random")
        )
        assert learned < chance


@pytest.mark.usefixtures("a2c")
def test_a_run_that_was_interrupted_ends_with_the_same_weights(tmp_path):
    def stop(slots: int) -> None:
        if slots >= 800:
            raise KeyboardInterrupt

    asked = {"track": "plain", "slots": 1600, "checkpoint_every": 400}
    whole = train("a2c", TINY, tmp_path / "whole", **asked)
    with pytest.raises(KeyboardInterrupt):
        train("a2c", TINY, tmp_path / "cut", progress=stop, **asked)
    resumed = train("a2c", TINY, tmp_path / "cut", resume=True, **asked)
    assert resumed.record.sha256 == whole.record.sha256
