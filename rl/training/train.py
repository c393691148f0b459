"""Training: a run that a kill at any moment cannot change.

A run's folder holds ``run.json`` (what the run is), ``checkpoint.safetensors`` while it is not finished,
``curve.parquet``, ``tensorboard/``, and in the end the policy's two files, ``policy.json`` last.
"""

import contextlib
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.logger import configure

from skyedge.problem import InputError, Scenario
from skyedge.problem.common import alone_in, folder, require_extra
from skyedge.rl import algorithms
from skyedge.rl.environment.held_out import HELD_OUT_SEEDS, HeldOut
from skyedge.rl.policies.policy_files import Policy, acting_state, save_policy
from skyedge.rl.training.callback import CHECKPOINT, Progress, TrainingCallback
from skyedge.rl.training.run_record import Run, training_code

SLOTS = 50_000  # the paper's budget, 1000 epochs of 50 slots
NO_DISTRIBUTION = "to satisfy the constraint"  # torch's words
UNFINISHED = ".checkpoint-*.safetensors"  # what a session leaves that is killed while it writes


def train(
    algorithm: str,
    scenario: Scenario,
    directory: Path,
    track: str = "structured",
    seed: int = 0,
    slots: int = SLOTS,
    resume: bool = False,
    options: Mapping[str, Any] | None = None,
    evaluate_every: int = 2500,
    checkpoint_every: int = 5000,
    progress: Progress | None = None,
) -> Policy:
    """Train a policy and write it.

    With equal arguments, versions and machine the weights are the same to the bit, whether the run was killed and
    resumed or not. Runs on one thread.

    Parameters
    ----------
    algorithm : str
        A registered learning algorithm.
    scenario : Scenario
    directory : Path
        Of the run; made if it does not exist.
    track : str
        ``plain`` or ``structured``.
    seed : int
        Of weights, exploration and episodes.
    slots : int
        To learn from, over all environments; a rollout under way is finished, so it may be a few more.
    resume : bool
        Go on with the run in ``directory``, if there is one.
    options : mapping, optional
        Hyper-parameters that differ from those of ``rl/algorithms/shipped/``.
    evaluate_every, checkpoint_every : int
        Slots between two evaluations on held-out instances, and between two checkpoints.
    progress : callable, optional
        Called with the slots done.

    Returns
    -------
    Policy

    Raises
    ------
    InputError
        If a name or value is not valid, the folder holds another run, or one and ``resume`` is false, another
        process trains there, or learning diverges: then the last checkpoint stays.
    """
    require_extra("training", "a training", "tensorboard")
    entry = algorithms.get(algorithm)
    run = Run.of(
        algorithm=algorithm,
        scenario=scenario,
        track=track,
        seed=seed,
        slots=slots,
        hyperparameters=algorithms.hyperparameters(algorithm, track, options).model_dump(mode="json"),
        evaluate_every=evaluate_every,
        checkpoint_every=checkpoint_every,
        sources=training_code(entry.__module__),
    )
    if run.track not in entry.tracks:
        raise InputError(f"{algorithm} has no track {run.track!r}: choose {' or '.join(map(repr, entry.tracks))}")
    held_out = entry.held_out(scenario, run.track)  # refuses scenarios without instances
    with alone_in(folder(directory)):
        if not run.begin(directory, resume):
            model, last = _learn(run, directory, held_out, progress)
            _keep(run, directory, model, last)
            for path in (directory / CHECKPOINT, *directory.glob(UNFINISHED)):
                path.unlink(missing_ok=True)
        return Policy.load(directory)


def _learn(
    run: Run, directory: Path, held_out: HeldOut, progress: Progress | None
) -> tuple[BaseAlgorithm, dict[str, Any]]:
    """Learn, from the last checkpoint if there is one; return the algorithm and the curve's last row."""
    torch.set_num_threads(1)
    entry = algorithms.get(run.algorithm)
    config = entry.Config.model_validate(run.hyperparameters)
    env = entry.environment(run.scenario, config, run.track, run.seed)
    model = entry.build(env, config, run.track, run.seed)
    model.set_logger(configure(str(directory / "tensorboard"), ["tensorboard"]))
    callback = TrainingCallback(run, directory, env.process, held_out, progress)
    try:
        with _logs_that_fail_once():
            model.learn(run.slots, callback)
    except OSError as error:  # all but its logs say so themselves
        raise InputError(
            f"{directory}: logs cannot be written ({error.strerror or error}): go on by --resume"
        ) from None
    except Exception as error:
        callback.require_finite()  # libraries complain of the first NaN in many ways
        if NO_DISTRIBUTION in str(error):  # its standard deviation is 0, say
            raise callback.diverged("its policy is no distribution any more") from None
        raise
    model.logger.close()
    return model, callback.curve[-1]


@contextlib.contextmanager
def _logs_that_fail_once() -> Iterator[None]:
    """Let TensorBoard's thread end without a traceback if it cannot write: whoever logs next is told."""
    before = threading.excepthook
    threading.excepthook = lambda raised: None if issubclass(raised.exc_type, OSError) else before(raised)
    try:
        yield
    finally:
        threading.excepthook = before


def _keep(run: Run, directory: Path, model: BaseAlgorithm, last: dict[str, Any]) -> None:
    """Write the policy."""
    training = {
        "seed": run.seed,
        "slots": last["slots"],
        "seconds": last["seconds"],
        "held_out_seeds": (HELD_OUT_SEEDS.start, HELD_OUT_SEEDS.stop),
        "held_out_cost": last["cost"],
        "held_out_served_fraction": last["served_fraction"],
    }
    save_policy(directory, acting_state(model.policy), **run.setup(), training=training)
