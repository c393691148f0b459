"""The search for hyper-parameters: declared, equal for all, and resumed where it was left."""

import json

import pytest
from click.testing import CliRunner

from skyedge.rl import algorithms
from skyedge.rl.algorithms.common.tuning import Tuning, main, search
from skyedge.rl.environment.held_out import HELD_OUT_SEEDS
from tests.rl.worlds import TRACKS

SMALL = Tuning(
    scenario="tiny",
    seed=100,
    instances=[900, 901],
    slots={"plain": 64, "structured": 32},
    space={"ppo": {"gamma": [0.0, 0.8], "n_steps": [2]}},
)


def test_every_algorithm_has_eight_trials_with_values_that_it_knows():
    tuning = Tuning.load()
    for name in tuning.space:
        trials = list(tuning.options(name))
        assert len({tuple(options.values()) for options in trials}) == 8, name
        for track in TRACKS:
            for options in trials:
                config = algorithms.hyperparameters(name, track, options)
                assert config.model_dump(include=set(options)) == options


def test_trials_learn_and_are_measured_apart_from_what_is_published():
    tuning = Tuning.load()
    assert tuning.seed >= 100
    assert set(tuning.instances) == set(range(900, 906))
    assert not set(tuning.instances) & set(HELD_OUT_SEEDS)


def test_a_search_goes_on_where_it_was_left_and_comes_to_the_same(tmp_path):
    path = tmp_path / "runs" / "trials.jsonl"
    first = list(search(SMALL, "ppo", "plain", path))
    assert [trial["options"]["gamma"] for trial in first] == [0.0, 0.8]
    lines = path.read_text().splitlines()
    path.write_text(lines[0] + "\n")
    assert list(search(SMALL, "ppo", "plain", path)) == first
    assert path.read_text().splitlines() == lines  # the same to the bit, and the first only once
    path.write_text(json.dumps(first[0] | {"cost": 1.0}) + "\n")
    assert next(search(SMALL, "ppo", "plain", path))["cost"] == 1.0  # as it stands there


def test_the_command_says_every_trial(tmp_path, monkeypatch):
    monkeypatch.setattr(Tuning, "load", lambda: SMALL)
    found = CliRunner().invoke(main, ["ppo", "structured", "--slots", "48", "-o", str(tmp_path / "trials.jsonl")])
    assert found.exit_code == 0, found.output
    trials = [json.loads(line) for line in (tmp_path / "trials.jsonl").read_text().splitlines()]
    assert {trial["slots"] for trial in trials} == {48}
    for line, gamma, trial in zip(found.output.splitlines(), ("0", "0.8"), trials, strict=True):
        assert line == f"ppo  structured  gamma = {gamma}  n_steps = 2: {trial['cost']:.1f}"


@pytest.mark.parametrize("wrong", ["nobody", "adsac"])
def test_other_algorithms_are_refused(wrong):
    assert CliRunner().invoke(main, [wrong, "plain"]).exit_code == 2
