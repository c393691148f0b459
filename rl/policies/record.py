"""What is said of a trained policy beside its weights: ``policy.json``. Reading it needs no learning library."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from skyedge.problem import InputError, Scenario
from skyedge.problem.common import first_mistake, read_bytes
from skyedge.problem.common.files import CHECK

WEIGHTS, RECORD = "policy.safetensors", "policy.json"
CURVE = "curve.parquet"  # of learning, beside the policy
WRITTEN = "give the folder of a policy, as `skyedge train` writes it"
Track = Literal["plain", "structured", "model-based"]
Recorded = TypeVar("Recorded", bound=BaseModel)


class TrainingSetup(BaseModel):
    """What learned what: what the record of a run and that of the policy it leads to have in common."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    algorithm: str
    scenario: Scenario
    track: Track
    hyperparameters: dict[str, Any]  # the networks' sizes among them
    sources: str = ""  # hash of the code that trains; records from before it was taken down have none

    def setup(self) -> dict[str, Any]:
        """Return these fields alone."""
        return {name: getattr(self, name) for name in TrainingSetup.model_fields}


class TrainingOutcome(BaseModel):
    """How a policy came about, and what it cost on held-out instances in the end."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: Annotated[int, Field(ge=0, lt=2**32)]
    slots: Annotated[int, Field(ge=0)]  # that it has learned from
    seconds: float  # of learning, evaluations left out
    held_out_seeds: tuple[int, int]  # the first instance, and the one after the last
    held_out_cost: float
    held_out_served_fraction: float


class PolicyRecord(TrainingSetup):
    """What ``policy.json`` says."""

    format: Literal["skyedge-policy-1"] = "skyedge-policy-1"
    training: TrainingOutcome
    versions: dict[str, str]
    sha256: str  # of the weights' file

    @classmethod
    def read(cls, directory: Path) -> Self:
        """Read the record in a policy's folder.

        Raises
        ------
        InputError
            If it is missing or not valid.
        """
        return read_record(directory / RECORD, cls, "a policy", invalid="train it anew", missing=WRITTEN)


def read_record(path: Path, model: type[Recorded], what: str, invalid: str, missing: str = CHECK) -> Recorded:
    """Read a JSON file of a model.

    Parameters
    ----------
    path : Path
    model : type of pydantic.BaseModel
    what : str
        It is the record of.
    invalid, missing : str
        What to do then, for the error.

    Raises
    ------
    InputError
        If the file is missing or not valid.
    """
    try:
        return model.model_validate_json(read_bytes(path, cure=missing))
    except ValidationError as error:
        raise InputError(f"{path}: not the record of {what} ({first_mistake(error)}): {invalid}") from None


def training_command(algorithm: str, scenario: str, track: str) -> str:
    """Return the command that trains a policy."""
    return f"skyedge train {algorithm} --scenario {scenario} --track {track}"
