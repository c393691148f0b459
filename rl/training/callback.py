"""What happens beside learning: evaluation, the learning curve, checkpoints, progress, TensorBoard."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from stable_baselines3.common.callbacks import BaseCallback

from skyedge.problem import InputError
from skyedge.problem.common import atomic
from skyedge.rl.environment.held_out import HeldOut
from skyedge.rl.environment.process import Process
from skyedge.rl.policies.record import CURVE
from skyedge.rl.training.checkpoint import restore, snapshot
from skyedge.rl.training.run_record import Run
from skyedge.rl.training.tree_file import read_tree, write_tree

CHECKPOINT, CHECKPOINT_FORMAT = "checkpoint.safetensors", "skyedge-checkpoint-1"
Progress = Callable[[int], None]


class TrainingCallback(BaseCallback):
    """Evaluates, keeps and guards an algorithm of stable-baselines3 while it learns.

    It acts between two rollouts, when all of a run's state is in the algorithm and the process, and nothing on the
    stack. ``seconds`` are those of learning, over all sessions, evaluations and checkpoints left out.

    Parameters
    ----------
    run : Run
    directory : Path
        Of the run; a checkpoint in it is where to go on from.
    process : Process
        That the algorithm learns from.
    held_out : HeldOut
    progress : callable, optional
        Called with the slots done.

    Attributes
    ----------
    curve : list of dict
        A row per evaluation: which run, slots, seconds, and the means that :meth:`HeldOut.score` gives.

    Raises
    ------
    InputError
        If there is a checkpoint and it is damaged; while learning, if a weight or a cost is no longer finite.
    """

    def __init__(
        self, run: Run, directory: Path, process: Process, held_out: HeldOut, progress: Progress | None = None
    ) -> None:
        super().__init__()
        self.run, self.directory, self.process, self.held_out = run, directory, process, held_out
        self.progress = progress or (lambda slots: None)
        self.curve: list[dict[str, Any]] = []
        self.next_evaluation = self.next_checkpoint = 0
        self.episode_cost, self.seconds = 0.0, 0.0
        self.saved_slots = 0
        path = directory / CHECKPOINT
        self._state = read_tree(path, CHECKPOINT_FORMAT) if path.exists() else None

    def _on_training_start(self) -> None:
        if self._state is not None:
            restore(self.model, self.process, self._state["run"])
            vars(self).update(self._state["watch"])
            self.saved_slots = self.model.num_timesteps
            self.model._num_timesteps_at_start = self.model.num_timesteps  # speed is that of the session
        self._state = None
        self._tick = time.perf_counter()

    def require_finite(self) -> None:
        """Refuse to go on with weights that are not all finite."""
        sums = torch.stack([weights.detach().sum() for weights in self.model.policy.parameters()])
        if not torch.isfinite(sums).all():
            raise self.diverged("a weight is not finite")

    def diverged(self, what: str) -> InputError:
        """Return the error that ends learning, and says what can be done."""
        slots, name = self.model.num_timesteps, self.run.algorithm
        cure = f"lower its learning rate in rl/algorithms/shipped/{name}.toml and begin anew, or take another seed"
        kept = f"the checkpoint of slot {self.saved_slots} is in {self.directory}"
        return InputError(f"{self.run.title}: diverged by slot {slots}, {what}: {cure}; {kept}")

    def _on_rollout_start(self) -> None:
        slots = self.model.num_timesteps
        if slots < min(self.next_evaluation, self.next_checkpoint):
            return
        self.require_finite()
        self._stop_clock()
        if slots >= self.next_evaluation:
            self._evaluate()
            self.next_evaluation = _next(slots, self.run.evaluate_every)
        if slots >= self.next_checkpoint:
            self.next_checkpoint = _next(slots, self.run.checkpoint_every)
            self._write_checkpoint()
        self._tick = time.perf_counter()

    def _on_step(self) -> bool:
        costs = [info["cost"] for info in self.locals["infos"]]
        if not np.isfinite(costs).all():
            raise self.diverged("a cost is not finite")
        self.episode_cost += sum(costs) / len(costs)
        if self.locals["dones"][0]:  # all episodes end together
            self.logger.record("rollout/episode_cost", self.episode_cost)
            self.episode_cost = 0.0
        self.progress(self.model.num_timesteps)
        return True

    def _on_training_end(self) -> None:
        self.require_finite()
        self._stop_clock()
        self._evaluate()

    def _stop_clock(self) -> None:
        self.seconds += time.perf_counter() - self._tick

    def _evaluate(self) -> None:
        slots, score = self.model.num_timesteps, self.held_out.score(self.model)
        of_run = {"algorithm": self.run.algorithm, "scenario": self.run.scenario.name, "track": self.run.track}
        self.curve.append(of_run | {"seed": self.run.seed, "slots": slots, "seconds": self.seconds} | score)
        with atomic(self.directory / CURVE) as temporary:
            pq.write_table(pa.Table.from_pylist(self.curve), temporary)
        for name, value in score.items():
            self.logger.record(f"held_out/{name}", value)
        self.logger.dump(slots)

    def _write_checkpoint(self) -> None:
        names = ("curve", "next_evaluation", "next_checkpoint", "episode_cost", "seconds")
        state = {"run": snapshot(self.model, self.process), "watch": {name: getattr(self, name) for name in names}}
        write_tree(self.directory / CHECKPOINT, CHECKPOINT_FORMAT, state)
        self.saved_slots = self.model.num_timesteps


def _next(slots: int, every: int) -> int:
    return (slots // every + 1) * every
