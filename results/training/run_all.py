"""Run trainings, some at a time, each in a process of its own that can be killed and resumed."""

import shutil
import tempfile
from collections import deque
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Literal, NamedTuple

from rich.progress import Progress

from skyedge.paths import CHECKOUT, TRAINED
from skyedge.problem.common import InputError, alone_in, folder, interrupted_later, one_line
from skyedge.results import console
from skyedge.results.execution.killable import DiedError, Killable, start_server
from skyedge.results.training.one_run import TrainingRun
from skyedge.results.training.run_list import Trainings, publish
from skyedge.rl.policies.record import RECORD, PolicyRecord
from skyedge.solvers.common.learners import learner_modules

PRELOAD = ("skyedge.results.training.run_all", "skyedge.rl.training.train", "torch._dynamo", "torch.utils.tensorboard")

Stale = Literal["retrain", "keep"]


class News(NamedTuple):
    """What a run's process says: the slots done, then, as the last, what came out or what went wrong."""

    slots: int = 0
    outcome: str = ""
    failure: str = ""


def train_all(
    source: str, directory: Path | None = None, jobs: int = 1, ship: bool = False, stale: Stale | None = None
) -> None:
    """Run trainings; finished ones are not run again, interrupted ones go on from their last checkpoint.

    Parameters
    ----------
    source : str
        A shipped list's name, or a TOML path.
    directory : Path, optional
        Of the runs' folders; ``results/runs/training`` by default, where `skyedge train` writes too.
    jobs : int
        Runs at a time.
    ship : bool
        Copy each finished policy and its learning curve to ``results/published/policies/``.
    stale : str, optional
        What to do with runs of other code than is here: ``retrain`` removes them and trains anew, ``keep`` takes
        finished ones as they are.

    Raises
    ------
    InputError
        If the list is not valid, or there are runs of other code and nobody said what to do with them: then nothing
        is done; in the end, if runs have failed.
    """
    runs = list(Trainings.load(source).runs())
    if ship and CHECKOUT is None:
        raise InputError("--publish is for a checkout of skyedge: copy the runs' folders to where you want them")
    directory = folder(directory or TRAINED)
    failures: list[str] = []
    done = 0
    out, remarks = console.results(), console.remarks()

    def finished(run: TrainingRun, last: News) -> None:
        nonlocal done
        if last.failure:
            failures.append(last.failure)
            remarks.print(last.failure)
            return
        done += 1
        out.print(f"{done}/{len(runs)}  {last.outcome}")
        if ship:
            publish(run, directory / run.name)

    kept = _settle(runs, directory, stale)
    for run in kept:
        finished(run, News(outcome=run.outcome(PolicyRecord.read(directory / run.name))))
    try:
        with console.progress(remarks) as bar:
            run_all([run for run in runs if run not in kept], directory, jobs, bar, finished)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"{done} of {len(runs)} runs are finished; the same command goes on") from None
    if failures:
        raise InputError(f"{len(failures)} of {len(runs)} runs failed, the last: {failures[-1]}")


def _settle(runs: Sequence[TrainingRun], directory: Path, choice: Stale | None) -> list[TrainingRun]:
    """Do as was chosen with runs of other code than is here, and return the finished ones that are kept."""
    stale = [run for run in runs if run.stale(directory / run.name)]
    if stale and choice is None:
        raise InputError(
            f"{len(stale)} of {len(runs)} runs in {directory} are of other code than is here, {stale[0].name} the "
            "first: --stale retrain removes them and trains anew, --stale keep takes finished ones as they are"
        )
    if choice == "keep":
        return [run for run in stale if (directory / run.name / RECORD).exists()]
    for run in stale:
        with alone_in(directory / run.name):
            shutil.rmtree(directory / run.name)
    return []


def run_all(
    runs: Sequence[TrainingRun],
    directory: Path,
    jobs: int,
    bar: Progress,
    finished: Callable[[TrainingRun, News], None],
) -> None:
    """Run trainings behind progress bars and hand over what each said last; an exception kills those under way."""
    modules = learner_modules()
    start_server([*PRELOAD, *sorted({modules[run.algorithm] for run in runs})])
    waiting = deque(runs)
    running: list[RunProcess] = []
    total = bar.add_task("runs", total=len(runs))
    with tempfile.TemporaryDirectory(prefix="skyedge-") as logs:
        try:
            while waiting or running:
                while waiting and len(running) < jobs:
                    with interrupted_later():  # a run half started could not be killed
                        running.append(RunProcess(waiting.popleft(), directory, Path(logs), bar))
                ready = wait([one.connection for one in running])
                for one in [one for one in running if one.connection in ready]:
                    last = one.listen()
                    if last is not None:
                        running.remove(one)
                        bar.advance(total)
                        finished(one.run, last)
        finally:
            with interrupted_later():
                for one in running:
                    one.end()


class RunProcess(Killable):
    """A run under way, and its bar."""

    def __init__(self, run: TrainingRun, directory: Path, logs: Path, bar: Progress) -> None:
        self.run, self._bar = run, bar
        super().__init__(work, [run, directory / run.name], logs / run.name)
        self._task = bar.add_task(run.name, total=run.slots)

    def listen(self) -> News | None:
        """Take what the run sends, and return it if it is the last."""
        try:
            news: News = self.receive()
        except DiedError as death:
            news = News(failure=one_line(f"{self.run.name}: its process {death}"))
        if not (news.outcome or news.failure):
            self._bar.update(self._task, completed=news.slots)
            return None
        self.end()
        return news

    def end(self) -> None:
        """End the process, and its bar."""
        self.kill()
        self._bar.remove_task(self._task)


def work(run: TrainingRun, directory: Path, sender: Connection) -> None:
    """Train, resuming what is there, and tell of it; the entry point of a run's process."""
    try:
        policy = run.train(directory, resume=True, progress=lambda slots: sender.send(News(slots)))
        sender.send(News(outcome=run.outcome(policy.record)))
    except InputError as error:
        sender.send(News(failure=one_line(str(error))))
