"""What is said of a trained policy beside its weights: ``policy.json``. Reading it needs no learning library."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from skyedge.problem import InputError, Scenario
from skyedge.problem.common import first_mistake, read_bytes

WEIGHTS, RECORD = "policy.safetensors", "policy.json"
CURVE = "curve.parquet"  # of learning, beside the policy
WRITTEN = "give the folder of a policy, as `skyedge train` writes it"
Track = Literal["plain", "structured", "model-based"]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Training(_Strict):
    """How a policy came about, and what it cost on held-out instances in the end."""

    seed: Annotated[int, Field(ge=0, lt=2**32)]
    slots: Annotated[int, Field(ge=0)]  # that it has learned from
    seconds: float  # of learning, evaluations left out
    held_out_seeds: tuple[int, int]  # the first instance, and the one after the last
    held_out_cost: float
    held_out_served_fraction: float


class PolicyRecord(_Strict):
    """What ``policy.json`` says."""

    format: Literal["skyedge-policy-1"] = "skyedge-policy-1"
    algorithm: str
    track: Track
    hyperparameters: dict[str, Any]  # the networks' sizes among them
    scenario: Scenario
    training: Training
    versions: dict[str, str]
    sha256: str  # of the weights' file
    sources: str = ""  # hash of the code that trained it; older records have none

    @classmethod
    def read(cls, directory: Path) -> Self:
        """Read the record in a policy's folder.

        Raises
        ------
        InputError
            If it is missing or not valid.
        """
        try:
            return cls.model_validate_json(read_bytes(directory / RECORD, cure=WRITTEN))
        except ValidationError as error:
            reason = first_mistake(error)
            raise InputError(f"{directory / RECORD}: not the record of a policy ({reason}): train it anew") from None


def training_command(algorithm: str, scenario: str, track: str) -> str:
    """Return the command that trains a policy."""
    return f"skyedge train {algorithm} --scenario {scenario} --track {track}"
