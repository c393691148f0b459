"""A run of training whose disk is full or whose folder vanishes ends with one line, and goes on to the same weights."""

import shutil

import pytest

from skyedge.problem import InputError
from skyedge.rl.training.callback import CHECKPOINT
from skyedge.rl.training.tree_file import read_tree
from tests.rl.training.test_train import RUN_FILES, run, weights

ALGORITHMS = ("ppo", "d3qn")  # without a buffer of the past, and with one


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_run_whose_disk_is_full_keeps_its_checkpoint_and_goes_on_to_the_same_weights(algorithm, disk, tmp_path):
    run(algorithm, tmp_path / "clean")
    there = disk.root / "run"
    disk.leave(0)
    with pytest.raises(InputError, match="No space left on device"):
        run(algorithm, there)
    disk.clear()

    def fill(slots: int) -> None:
        if slots == 100:
            disk.leave(0)

    with pytest.raises(InputError, match="No space left on device") as ended:
        run(algorithm, there, progress=fill, resume=True)
    assert "\n" not in str(ended.value)
    assert 0 < read_tree(there / CHECKPOINT, "skyedge-checkpoint-1")["run"]["own"]["num_timesteps"] <= 120
    disk.clear()
    run(algorithm, there, resume=True)
    assert weights(there) == weights(tmp_path / "clean")
    assert {path.name for path in there.iterdir()} == {*RUN_FILES, "tensorboard"}


def test_a_run_whose_folder_vanishes_is_one_line(tmp_path):
    there = tmp_path / "run"

    def vanish(slots: int) -> None:
        if slots == 100:
            shutil.rmtree(there)

    with pytest.raises(InputError, match=r"cannot be written \(No such file or directory\)"):
        run("ppo", there, progress=vanish)
    run("ppo", there)
    run("ppo", tmp_path / "clean")
    assert weights(there) == weights(tmp_path / "clean")
