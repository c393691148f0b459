"""Trained policies on disk: what is written is read, and nothing else is."""

import hashlib
import json
import pickle
import shutil
from importlib import metadata
from pathlib import Path

import pytest
import torch

from skyedge.problem import InputError, Scenario
from skyedge.rl import algorithms
from skyedge.rl.policies.player import PolicyPlayer
from skyedge.rl.policies.policy_files import Policy, acting_state
from skyedge.rl.policies.record import RECORD, WEIGHTS
from tests.rl.untrained import make_policy
from tests.rl.worlds import TRACKS

WORLD = Scenario.preset("tiny")


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """Folders of policies, by algorithm and track."""
    root = tmp_path_factory.mktemp("policies")

    def of(algorithm: str, track: str) -> Path:
        directory = root / algorithm / track
        if not directory.exists():
            make_policy(directory, algorithm, track, WORLD)
        return directory

    return of


@pytest.mark.parametrize("track", TRACKS)
@pytest.mark.parametrize("algorithm", algorithms.available())
def test_a_policy_comes_back_as_it_was_written(algorithm, track, tmp_path):
    weights = make_policy(tmp_path, algorithm, track, WORLD)
    policy = Policy.load(tmp_path)
    assert (policy.record.algorithm, policy.record.track, policy.record.scenario) == (algorithm, track, WORLD)
    assert policy.record.sha256 == hashlib.sha256((tmp_path / WEIGHTS).read_bytes()).hexdigest()
    assert policy.record.versions["torch"] == metadata.version("torch")
    loaded = acting_state(PolicyPlayer(policy, WORLD).model.policy)
    assert loaded.keys() == weights.keys()
    assert all(torch.equal(loaded[name], weights[name]) for name in weights)


def edit(directory: Path, **changes) -> None:
    """Change fields of a record."""
    values = json.loads((directory / RECORD).read_text())
    (directory / RECORD).write_text(json.dumps(values | changes))


def change_weights(directory: Path) -> None:
    content = bytearray((directory / WEIGHTS).read_bytes())
    content[-1] ^= 1
    (directory / WEIGHTS).write_bytes(content)


def foreign_weights(directory: Path, content: bytes) -> None:
    (directory / WEIGHTS).write_bytes(content)
    edit(directory, sha256=hashlib.sha256(content).hexdigest())


class Bomb:
    """What a pickle could do."""

    def __reduce__(self):
        return (Path("/tmp/exploded").touch, ())


DAMAGE = {
    "a bit that is flipped": (change_weights, "not the weights that policy.json was written for"),
    "weights that are gone": (lambda d: (d / WEIGHTS).unlink(), "no such file: give the folder of a policy"),
    "a record that is gone": (lambda d: (d / RECORD).unlink(), "no such file: give the folder of a policy"),
    "a record that is cut": (lambda d: (d / RECORD).write_text("{"), "not the record of a policy"),
    "a record of bytes": (lambda d: (d / RECORD).write_bytes(b"\xff\x00"), "not the record of a policy"),
    "a record of another format": (lambda d: edit(d, format="other-1"), "not the record of a policy (format"),
    "a field too many": (lambda d: edit(d, command="rm"), "not the record of a policy (command"),
    "a scenario that is none": (lambda d: edit(d, scenario={"devices": 0}), "not the record of a policy (scenario"),
    "an empty file": (lambda d: foreign_weights(d, b""), "not readable"),
    "a pickle": (lambda d: foreign_weights(d, pickle.dumps(Bomb())), "not readable"),
    "half of the file": (lambda d: foreign_weights(d, (d / WEIGHTS).read_bytes()[:500]), "not readable"),
    "a folder for a file": (lambda d: [(d / WEIGHTS).unlink(), (d / WEIGHTS).mkdir()], "is a directory"),
}


@pytest.mark.parametrize("case", DAMAGE)
def test_a_policy_is_refused_for(case, stored, tmp_path):
    damage, message = DAMAGE[case]
    directory = shutil.copytree(stored("ppo", "plain"), tmp_path / "policy")
    damage(directory)
    with pytest.raises(InputError) as refused:
        Policy.load(directory)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)
    assert not Path("/tmp/exploded").exists()


MISFITS = {
    "another algorithm": ({"algorithm": "ppq"}, WORLD, "did you mean 'ppo'"),
    "an unknown hyper-parameter": ({"hyperparameters": {"depth": 3}}, WORLD, "policy.json: hyperparameters.depth"),
    "networks of another size": ({"hyperparameters": {"width": 8}}, WORLD, "not those of the networks"),
    "more devices": ({}, WORLD.replace(devices=7), "trained with devices = 4, not 7: train one for this scenario"),
    "other servers": ({}, WORLD.replace(uavs=1, satellites=2), "with uavs = 2, not 1; satellites = 1, not 2: train"),
}


@pytest.mark.parametrize("case", MISFITS)
def test_a_plain_policy_does_not_fit(case, stored, tmp_path):
    changes, scenario, message = MISFITS[case]
    directory = shutil.copytree(stored("ppo", "plain"), tmp_path / "policy")
    edit(directory, **changes)
    with pytest.raises(InputError) as refused:
        PolicyPlayer(Policy.load(directory), scenario)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("algorithm", algorithms.available())
def test_a_policy_fits_other_scenarios_of_its_sizes(algorithm, stored):
    for track in TRACKS:
        policy = Policy.load(stored(algorithm, track))
        assert PolicyPlayer(policy, WORLD.replace(slots=7, uav_speed_mps=5, unserved_penalty=9)).scenario.slots == 7


def test_a_structured_policy_fits_a_scenario_of_more_devices(stored):
    assert PolicyPlayer(Policy.load(stored("hybrid-ppo", "structured")), WORLD.replace(devices=9)).scenario.devices == 9
