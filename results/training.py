"""Train a policy behind a progress bar."""

from pathlib import Path

from problem import Scenario
from results import console
from results.benchmark import RUNS
from rl.records import CURVE
from rl.train import train


def run_training(
    algorithm: str,
    scenario: str,
    track: str,
    seed: int,
    slots: int,
    directory: Path | None = None,
    resume: bool = False,
) -> None:
    """Train a policy and say what came out.

    Parameters
    ----------
    algorithm : str
        A learning algorithm.
    scenario : str
        A preset's name, or a TOML path.
    track : str
        ``plain`` or ``structured``.
    seed, slots : int
        See :func:`rl.train.train`.
    directory : Path, optional
        ``results/runs/training/<algorithm>-<scenario>-<track>-<seed>`` by default.
    resume : bool
        Go on with the run in the folder, if there is one.

    Raises
    ------
    InputError
        If something of this is not valid, or the folder holds a run that is not to be touched.
    """
    world = Scenario.load(scenario)
    directory = directory or RUNS / "training" / f"{algorithm}-{world.name}-{track}-{seed}"
    remarks = console.remarks()
    with console.progress(remarks) as bar:
        task = bar.add_task("slots", total=slots)

        def progress(done: int) -> None:
            bar.update(task, completed=done)

        try:
            policy = train(algorithm, world, directory, track, seed, slots, resume, progress=progress)
        except KeyboardInterrupt:
            raise KeyboardInterrupt("the same command with --resume goes on from the last checkpoint") from None
    done = policy.record.training
    console.results().print(
        f"{algorithm}, {track}, {world.name}, seed {seed}: {done.slots} slots in {done.seconds:.0f} s  "
        f"held-out cost {done.held_out_cost:.2f}  served {done.held_out_served_fraction:.4f}"
    )
    remarks.print(f"the policy is in {directory}, its learning curve in {CURVE}")
