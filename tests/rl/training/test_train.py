"""Training: the same run always ends with the same weights, killed in between or not."""

import json
import multiprocessing
import random
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from skyedge.problem import InputError, Scenario, generate
from skyedge.problem.common import alone_in
from skyedge.rl import algorithms
from skyedge.rl.environment.episodes import FreshEpisodes
from skyedge.rl.environment.held_out import HELD_OUT_SEEDS, HeldOut
from skyedge.rl.policies.record import CURVE, WEIGHTS
from skyedge.rl.training.callback import CHECKPOINT
from skyedge.rl.training.train import train
from skyedge.rl.training.tree_file import read_tree, write_tree
from tests import ROOT

WORLD = Scenario.preset("tiny").replace(slots=5)
OFF_POLICY = {"environments": 4, "learning_starts": 40, "batch_size": 8, "buffer_size": 160}
ON_POLICY = {"environments": 4, "n_steps": 3, "batch_size": 6, "n_epochs": 2}  # rollouts end within episodes

RUN_FILES = ("run.json", "policy.json", WEIGHTS, CURVE)


def short(algorithm: str) -> dict:
    """Hyper-parameters of a run of a few hundred slots."""
    known = algorithms.get(algorithm).Config.model_fields
    return ON_POLICY if "n_steps" in known else OFF_POLICY


def run(algorithm: str, directory: Path, **changes):
    """A short run, in the track that the algorithm names last."""
    fields = {
        "track": algorithms.get(algorithm).tracks[-1],
        "seed": 3,
        "slots": 240,
        "evaluate_every": 100,
        "checkpoint_every": 24,
    }
    return train(algorithm, WORLD, directory, options=short(algorithm), **fields | changes)


def weights(directory: Path) -> bytes:
    return (directory / WEIGHTS).read_bytes()


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The folders of runs that nothing happened to, by algorithm."""
    folders: dict[str, Path] = {}

    def of(algorithm: str) -> Path:
        if algorithm not in folders:
            folders[algorithm] = tmp_path_factory.mktemp(algorithm)
            run(algorithm, folders[algorithm])
        return folders[algorithm]

    return of


def changed(path: Path) -> int:
    """When a file was written, 0 if it does not exist."""
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def kill_after_a_checkpoint(algorithm: str, directory: Path, delay_s: float) -> bool:
    """Begin or resume in another process, kill it some time after a checkpoint; return whether it lived till then."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["skyedge.rl.training.train", "torch._dynamo", "torch.utils.tensorboard"])
    fields = {"track": "plain", "seed": 3, "slots": 240, "evaluate_every": 100, "checkpoint_every": 24, "resume": True}
    before = changed(directory / CHECKPOINT)
    arguments = (algorithm, WORLD, directory)
    process = context.Process(target=train, args=arguments, kwargs={"options": short(algorithm), **fields})
    process.start()
    while process.is_alive() and changed(directory / CHECKPOINT) == before:
        time.sleep(0.002)
    time.sleep(delay_s)
    process.kill()
    process.join()
    return process.exitcode == -9


@pytest.mark.parametrize("algorithm", ["ppo", "d3qn"])
def test_a_run_killed_at_any_moment_and_resumed_ends_with_the_same_weights(algorithm, finished, tmp_path):
    delays_s = [random.uniform(0, 0.1) for _ in range(2)]
    print("killed", delays_s, "s after a checkpoint")
    killed = [kill_after_a_checkpoint(algorithm, tmp_path, delay_s) for delay_s in delays_s]
    assert any(killed), "else nothing is tested"
    run(algorithm, tmp_path, resume=True)
    assert weights(tmp_path) == weights(finished(algorithm))
    assert {path.name for path in tmp_path.iterdir()} == {*RUN_FILES, "tensorboard"}
    ours, theirs = (pd.read_parquet(folder / CURVE) for folder in (tmp_path, finished(algorithm)))
    pd.testing.assert_frame_equal(ours.drop(columns="seconds"), theirs.drop(columns="seconds"))


class Killed(BaseException):
    """Stands for a signal, at a chosen slot."""


def stop_at(slots: int):
    """A progress callback that ends the run there."""

    def progress(done: int) -> None:
        if done >= slots:
            raise Killed

    return progress


@pytest.mark.parametrize("algorithm", algorithms.available())
@pytest.mark.parametrize("slots", [4, 100])
def test_a_run_that_stops_goes_on_from_its_checkpoint(algorithm, slots, finished, tmp_path):
    with pytest.raises(Killed):
        run(algorithm, tmp_path, progress=stop_at(slots))
    state = read_tree(tmp_path / CHECKPOINT, "skyedge-checkpoint-1")
    assert 0 <= slots - state["run"]["own"]["num_timesteps"] <= 40
    torch.manual_seed(0)  # whatever else has happened meanwhile
    np.random.seed(0)  # noqa: NPY002
    seen = []
    run(algorithm, tmp_path, resume=True, progress=seen.append)
    assert min(seen) == state["run"]["own"]["num_timesteps"] + 4, "it does not begin anew"
    assert weights(tmp_path) == weights(finished(algorithm))


def test_the_same_seed_gives_the_same_weights_and_another_one_others(finished, tmp_path):
    run("ppo", tmp_path / "same", track="plain")
    run("ppo", tmp_path / "other", seed=4)
    assert weights(tmp_path / "same") == weights(finished("ppo"))
    assert weights(tmp_path / "other") != weights(finished("ppo"))


def test_evaluations_do_not_change_what_is_learned(finished, tmp_path):
    run("ppo", tmp_path, evaluate_every=1000, checkpoint_every=1000)
    assert weights(tmp_path) == weights(finished("ppo"))


def test_a_finished_run_has_its_curve_its_logs_and_no_checkpoint(finished):
    folder = finished("ppo")
    curve = pd.read_parquet(folder / CURVE)
    assert curve["slots"].tolist() == [0, 108, 204, 240]
    assert curve["seconds"].is_monotonic_increasing
    assert (curve[["algorithm", "scenario", "track"]] == ["ppo", "tiny", "plain"]).all(axis=None)
    logged = EventAccumulator(str(folder / "tensorboard")).Reload()
    assert [event.step for event in logged.Scalars("held_out/cost")] == curve["slots"].tolist()
    assert logged.Scalars("rollout/episode_cost")
    assert {path.name for path in folder.iterdir()} == {*RUN_FILES, "tensorboard"}
    record = json.loads((folder / "policy.json").read_text())
    assert record["training"]["held_out_cost"] == curve["cost"].iloc[-1]


def test_held_out_instances_are_none_to_learn_from_nor_those_of_tables():
    assert HELD_OUT_SEEDS.start > 10**6, "campaigns count instances from 0"
    held_out = {generate(WORLD, seed).active.tobytes() + generate(WORLD, seed).device_xy.tobytes() for seed in range(5)}
    env = HeldOut(WORLD, "box", "plain").env
    assert [one.id for one in env.process.episodes.instances] == [generate(WORLD, n).id for n in HELD_OUT_SEEDS]
    drawn = FreshEpisodes(WORLD, 0).draw(50)
    fresh = {drawn.active[:, n].tobytes() + drawn.device_xy[:, n].tobytes() for n in range(50)}
    assert not fresh & held_out


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, "holds a finished run: remove it"),
        ({"resume": True, "slots": 300}, r"another slots \(240, not 300\)"),
        ({"resume": True, "seed": 4}, r"another seed \(3, not 4\)"),
        ({"resume": True, "track": "structured"}, "another track"),
        ({"slots": 0}, "a run's slots"),
        ({"track": "plane"}, "'plain', 'structured' or 'model-based'"),
    ],
)
def test_a_run_is_never_overwritten_or_mixed_with_another(changes, message, finished):
    folder = finished("ppo")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(InputError, match=message):
        run("ppo", folder, **changes)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_resuming_a_finished_run_changes_nothing(finished):
    before = weights(finished("ppo"))
    assert run("ppo", finished("ppo"), resume=True).record.training.seed == 3
    assert weights(finished("ppo")) == before


def test_a_scenario_without_instances_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(InputError, match="unserved_penalty"):
        train("ppo", WORLD.replace(unserved_penalty=0.1), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_an_unfinished_run_is_resumed_only_when_told_to(tmp_path):
    with pytest.raises(Killed):
        run("ppo", tmp_path, progress=stop_at(4))
    with pytest.raises(InputError, match="holds an unfinished run: go on with it by --resume"):
        run("ppo", tmp_path)


def test_only_one_process_trains_in_a_folder(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(ROOT)  # where the other process finds this module
    context = multiprocessing.get_context("spawn")
    ready, go = context.Event(), context.Event()
    other = context.Process(target=sit_in, args=(tmp_path, ready, go))
    other.start()
    assert ready.wait(60)
    with pytest.raises(InputError, match="another process writes there: wait for it"):
        run("ppo", tmp_path)
    assert list(tmp_path.iterdir()) == []
    other.kill()
    other.join()
    assert run("ppo", tmp_path).record.training.slots == 240, "a lock dies with its process"


def sit_in(directory: Path, ready, go) -> None:
    """Hold a folder until told to leave."""
    with alone_in(directory):
        ready.set()
        go.wait()


@pytest.mark.parametrize(
    ("algorithm", "track"), [(name, track) for name in algorithms.available() for track in algorithms.get(name).tracks]
)
def test_a_run_that_diverges_ends_with_one_line_and_keeps_a_sound_checkpoint(algorithm, track, tmp_path):
    rates = {"learning_rate", "critic_learning_rate"} & set(algorithms.get(algorithm).Config.model_fields)
    options = short(algorithm) | dict.fromkeys(rates, 1e37)
    fields = {"slots": 240, "checkpoint_every": 24, "options": options}
    with pytest.raises(InputError) as ended:
        train(algorithm, WORLD, tmp_path, track, 3, **fields)
    said = str(ended.value)
    assert "\n" not in said
    assert said.startswith(f"{algorithm}, {track}, tiny, seed 3: diverged by slot ")
    assert f"lower its learning rate in rl/algorithms/shipped/{algorithm}.toml" in said
    state = read_tree(tmp_path / CHECKPOINT, "skyedge-checkpoint-1")["run"]
    assert f"the checkpoint of slot {state['own']['num_timesteps']} is in {tmp_path}" in said
    assert all(torch.isfinite(value).all() for value in state["modules"]["policy"].values())
    assert not (tmp_path / WEIGHTS).exists()
    with pytest.raises(InputError, match="diverged"):
        train(algorithm, WORLD, tmp_path, track, 3, resume=True, **fields)


def test_a_policy_that_is_no_distribution_any_more_has_diverged(tmp_path):
    with pytest.raises(InputError, match=r"diverged by slot .*, its policy is no distribution any more"):
        train("ppo", WORLD, tmp_path, "plain", slots=240, options=short("ppo") | {"learning_rate": 1e4})


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[: len(content) // 2],
        lambda content: content[:-9] + bytes([content[-9] ^ 1]) + content[-8:],
        lambda _: b"",
        lambda _: b"x" * 99,
    ],
)
def test_a_damaged_checkpoint_is_refused_in_one_line(damage, tmp_path):
    with pytest.raises(Killed):
        run("ppo", tmp_path, progress=stop_at(100))
    path = tmp_path / CHECKPOINT
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(InputError, match="not readable") as refused:
        run("ppo", tmp_path, resume=True)
    assert "\n" not in str(refused.value)


def test_trees_come_back_as_they_were(tmp_path):
    tree = {
        "array": np.arange(6, dtype=np.int16).reshape(2, 3).T,
        "scalar": np.float32(0.1),
        "tensor": torch.arange(3)[None],
        3: [1, 2.5, "text", None, True, 2**100, float("inf")],
        "deep": {"empty": {}, "list": [], "bool": np.array([True, False])},
    }
    write_tree(tmp_path / "tree", "test-1", tree)
    back = read_tree(tmp_path / "tree", "test-1")
    assert back.keys() == tree.keys()
    np.testing.assert_array_equal(back["array"], tree["array"])
    assert (back["array"].dtype, back["scalar"].dtype, back["scalar"].shape) == (np.int16, np.float32, ())
    assert torch.equal(back["tensor"], tree["tensor"])
    assert back[3] == tree[3]
    assert back["deep"].keys() == tree["deep"].keys()
    with pytest.raises(InputError, match="not a test-2 file"):
        read_tree(tmp_path / "tree", "test-2")
