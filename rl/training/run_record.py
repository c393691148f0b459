"""What a run of training is: all that determines its weights, versions of libraries apart."""

from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, ValidationError

from skyedge.problem import InputError
from skyedge.problem.common import first_mistake, folder, write_text
from skyedge.problem.common.code_hash import source_hash
from skyedge.rl.policies.record import RECORD, TrainingSetup, read_record

RUN = "run.json"
AtLeastOne = Annotated[int, Field(ge=1)]


def training_code(module: str) -> str:
    """Return the hash of the code that trains with the algorithm of a module."""
    return source_hash("skyedge.rl.training.train", module)


class Run(TrainingSetup):
    """A run, as ``run.json`` in its folder describes it."""

    seed: Annotated[int, Field(ge=0)]
    slots: AtLeastOne
    evaluate_every: AtLeastOne  # slots
    checkpoint_every: AtLeastOne  # slots

    @classmethod
    def of(cls, **values: Any) -> Self:
        """Return a run.

        Raises
        ------
        InputError
            If a value is not valid.
        """
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise InputError(f"a run's {first_mistake(error)}") from None

    @property
    def title(self) -> str:
        """What tells runs apart, in words."""
        return f"{self.algorithm}, {self.track}, {self.scenario.name}, seed {self.seed}"

    def begin(self, directory: Path, resume: bool) -> bool:
        """Claim a folder, and return whether the run is finished there already.

        Raises
        ------
        InputError
            If the folder cannot be written, holds another run, or holds this one and ``resume`` is false.
        """
        if not (directory / RUN).exists():
            write_text(folder(directory) / RUN, self.model_dump_json(indent=1) + "\n")
            return False
        finished = (directory / RECORD).exists()
        if not resume:
            state, way = ("a finished", "remove it") if finished else ("an unfinished", "go on with it by --resume")
            raise InputError(f"{directory} holds {state} run: {way}, or choose another folder")
        self._refuse_other(directory)
        return finished

    def _refuse_other(self, directory: Path) -> None:
        other = self.load(directory)
        for name in [name for name in type(self).model_fields if name != "sources"]:
            ours, theirs = getattr(self, name), getattr(other, name)
            if ours != theirs:
                values = f" ({theirs}, not {ours})" if isinstance(ours, int | str) else ""
                raise InputError(f"{directory} holds a run with another {name}{values}: choose another folder")
        if self.sources != other.sources:
            raise InputError(f"{directory} holds a run of other code than is here: remove it, or choose another folder")

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read what a folder's run is.

        Raises
        ------
        InputError
            If there is none, or its record is damaged.
        """
        return read_record(directory / RUN, cls, "a run", invalid="remove it")
