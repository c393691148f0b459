"""Trained policies on disk: ``policy.safetensors`` holds the weights, ``policy.json`` says what they are.

Both are data: reading them runs no code that they bring.
"""

import hashlib
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load, save

from problem import InputError, Scenario
from problem.errors import first_mistake
from problem.files import atomic, folder, write_text

WEIGHTS, RECORD = "policy.safetensors", "policy.json"
PACKAGES = ("skyedge", "numpy", "torch", "stable-baselines3")
Track = Literal["plain", "structured"]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Training(_Strict):
    """How a policy came about, and what it cost on held-out instances in the end."""

    seed: Annotated[int, Field(ge=0)]
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


@dataclass(frozen=True)
class Policy:
    """A trained policy.

    Attributes
    ----------
    directory : Path
        Where it was read.
    record : PolicyRecord
    weights : dict of str to Tensor
        By the names of the algorithm's ``policy`` module.
    """

    directory: Path
    record: PolicyRecord
    weights: dict[str, torch.Tensor]

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read a policy from its folder.

        Raises
        ------
        InputError
            If a file is missing, damaged, or not what its record says.
        """
        content = _read(directory / WEIGHTS)
        try:
            record = PolicyRecord.model_validate_json(_read(directory / RECORD))
        except ValidationError as error:
            reason = first_mistake(error)
            raise InputError(f"{directory / RECORD}: not the record of a policy ({reason}): train it anew") from None
        if hashlib.sha256(content).hexdigest() != record.sha256:
            raise InputError(f"{directory / WEIGHTS}: not the weights that {RECORD} was written for: train it anew")
        try:
            return cls(directory, record, load(content))
        except (SafetensorError, ValueError, KeyError) as error:
            raise InputError(f"{directory / WEIGHTS}: not readable ({error}): train it anew") from None


def save_policy(directory: Path, weights: dict[str, torch.Tensor], **described: Any) -> PolicyRecord:
    """Write a policy: the weights first, so that a record never stands without them.

    Parameters
    ----------
    directory : Path
        Made if it does not exist.
    weights : dict of str to Tensor
        The state of the algorithm's ``policy`` module.
    **described
        The fields of :class:`PolicyRecord` that follow from neither the weights nor the installation.

    Raises
    ------
    InputError
        If the folder cannot be written.
    """
    content = save({name: value.detach().cpu().contiguous() for name, value in weights.items()})
    versions = {package: metadata.version(package) for package in PACKAGES}
    record = PolicyRecord(**described, versions=versions, sha256=hashlib.sha256(content).hexdigest())
    with atomic(folder(directory) / WEIGHTS) as temporary:
        temporary.write_bytes(content)
    write_text(directory / RECORD, record.model_dump_json(indent=1) + "\n")
    return record


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"{path}: no such file: give the folder of a policy, as `skyedge train` writes it") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}): check the path") from None
