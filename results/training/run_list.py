"""Many runs of training, read from a TOML file: algorithms × tracks × training seeds, each in a process of its own."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from skyedge.paths import TRAININGS
from skyedge.problem import Scenario
from skyedge.problem.common import atomic, folder, nearest
from skyedge.problem.common.documents import document, find
from skyedge.results.training.one_run import TrainingRun
from skyedge.rl.policies.record import CURVE, RECORD, WEIGHTS, Track
from skyedge.solvers.common.learners import learner_modules
from skyedge.solvers.learned import VARIANT, published

AtLeastOne = Annotated[int, Field(ge=1)]
MOST_RUNS = 10**4


class Variant(BaseModel):
    """What differs from an algorithm's own hyper-parameters, and from the scenario."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    options: dict[str, Any] = {}
    scenario: dict[str, Any] = {}


class Trainings(BaseModel):
    """What to train. Read one with :meth:`load`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    scenario: str  # a preset's name, or a TOML path beside the file
    algorithms: Annotated[tuple[str, ...], Field(min_length=1)]
    tracks: Annotated[tuple[Track, ...], Field(min_length=1)]
    seeds: AtLeastOne  # 0, 1, ...
    slots: AtLeastOne  # that each run learns from
    variants: dict[Annotated[str, Field(pattern=VARIANT)], Variant] = {"": Variant()}

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for algorithm in self.algorithms:
            if algorithm not in learner_modules():
                raise ValueError(
                    f"no learning algorithm is called {algorithm!r}: {nearest(algorithm, learner_modules())}"
                )
        if self.seeds * len(self.algorithms) * len(self.tracks) * len(self.variants) > MOST_RUNS:
            raise ValueError(f"seeds x algorithms x tracks x variants are over {MOST_RUNS} runs: make the list smaller")
        for what, listed in (("algorithms", self.algorithms), ("tracks", self.tracks)):
            if len(set(listed)) < len(listed):
                raise ValueError(f"{what} lists one twice: remove it")
        return self

    @classmethod
    def load(cls, source: str | Path) -> Self:
        """Read a shipped list by its name, or any from a TOML file.

        Raises
        ------
        InputError
            If there is neither, or the file does not describe valid trainings.
        """
        path = find(source, TRAININGS, "list of trainings")
        with document(path) as values:
            trainings = cls.model_validate(values)
        if trainings.scenario in Scenario.presets():
            return trainings
        return trainings.model_copy(update={"scenario": str(path.parent / trainings.scenario)})

    def runs(self) -> Iterator[TrainingRun]:
        """Yield the runs: all algorithms, tracks and variants with the first seed, then with the next.

        Raises
        ------
        InputError
            If a scenario is not valid.
        """
        scenario = Scenario.load(self.scenario)
        for seed, algorithm, track, variant in product(range(self.seeds), self.algorithms, self.tracks, self.variants):
            differs = self.variants[variant]
            world = scenario.replace(**differs.scenario)
            yield TrainingRun(algorithm, world, track, seed, self.slots, variant, differs.options)


def publish(run: TrainingRun, directory: Path) -> Path:
    """Copy the policy and the learning curve of a finished run to those that are shipped, the record last.

    Parameters
    ----------
    run : TrainingRun
    directory : Path
        Where it was trained.

    Returns
    -------
    Path
        The folder of the copy.
    """
    there = folder(published(run.algorithm, run.scenario.name, run.track, run.variant) / f"seed-{run.seed}")
    for name in (WEIGHTS, CURVE, RECORD):
        with atomic(there / name) as temporary:
            temporary.write_bytes((directory / name).read_bytes())
    return there
