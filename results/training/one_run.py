"""Train a policy behind a progress bar."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from skyedge.paths import TRAINED
from skyedge.problem import Scenario
from skyedge.results import console
from skyedge.rl.policies.record import CURVE, PolicyRecord
from skyedge.rl.training.run_record import RUN, Run, training_code

if TYPE_CHECKING:
    from skyedge.rl.policies.policy_files import Policy
    from skyedge.rl.training.callback import Progress


@dataclass(frozen=True)
class TrainingRun:
    """A run: which algorithm learns in which scenario and track, with which seed, from how many slots.

    A variant has a name, and hyper-parameters other than the algorithm's own.
    """

    algorithm: str
    scenario: Scenario
    track: str
    seed: int
    slots: int
    variant: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, algorithm: str, scenario: str, track: str | None, seed: int, slots: int) -> Self:
        """Return a run in a scenario of that name, or of a TOML file, by default in the algorithm's first track.

        Raises
        ------
        InputError
            If there is no such algorithm or scenario.
        """
        from skyedge.solvers.common.learners import learner

        return cls(algorithm, Scenario.load(scenario), track or learner(algorithm).tracks[0], seed, slots)

    @property
    def name(self) -> str:
        """Of its folder."""
        track = "-".join(filter(None, (self.track, self.variant)))
        return f"{self.algorithm}-{self.scenario.name}-{track}-{self.seed}"

    def train(self, directory: Path, resume: bool, progress: "Progress") -> "Policy":
        """Train or go on; see :func:`skyedge.rl.training.train.train`."""
        from skyedge.rl.training.train import train
        from skyedge.solvers.common.learners import learner

        learner(self.algorithm)  # now known by its name
        names = (self.algorithm, self.scenario, directory, self.track)
        return train(*names, self.seed, self.slots, resume, self.options, progress=progress)

    def stale(self, directory: Path) -> bool:
        """Whether a folder holds a run of other code than is here."""
        from skyedge.solvers.common.learners import learner_modules

        known = (directory / RUN).exists()
        return known and Run.load(directory).sources != training_code(learner_modules()[self.algorithm])

    def outcome(self, record: PolicyRecord) -> str:
        """Say what came out."""
        done = record.training
        track = " ".join(filter(None, (self.track, self.variant)))
        return (
            f"{self.algorithm}, {track}, {self.scenario.name}, seed {self.seed}: {done.slots} slots in "
            f"{done.seconds:.0f} s  held-out cost {done.held_out_cost:.2f}  served {done.held_out_served_fraction:.4f}"
        )


def run_training(run: TrainingRun, directory: Path | None = None, resume: bool = False) -> None:
    """Train a policy and say what came out.

    Parameters
    ----------
    run : TrainingRun
    directory : Path, optional
        ``results/runs/training/<algorithm>-<scenario>-<track>-<seed>`` by default.
    resume : bool
        Go on with the run in the folder, if there is one.

    Raises
    ------
    InputError
        If something of this is not valid, or the folder holds a run that is not to be touched.
    """
    directory = directory or TRAINED / run.name
    remarks = console.remarks()
    with console.progress(remarks) as bar:
        task = bar.add_task("slots", total=run.slots)

        def progress(done: int) -> None:
            bar.update(task, completed=done)

        try:
            policy = run.train(directory, resume, progress)
        except KeyboardInterrupt:
            raise KeyboardInterrupt("the same command with --resume goes on from the last checkpoint") from None
    console.results().print(run.outcome(policy.record))
    remarks.print(f"the policy is in {directory}, its learning curve in {CURVE}")
