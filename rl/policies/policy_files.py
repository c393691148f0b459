"""Trained policies on disk: ``policy.safetensors`` holds the weights, ``policy.json`` says what they are.

Both are data: reading them runs no code that they bring.
"""

import hashlib
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Self

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from stable_baselines3.common.policies import BasePolicy

from skyedge.problem import InputError
from skyedge.problem.common import atomic, folder, read_bytes, write_text
from skyedge.rl.policies.record import RECORD, WEIGHTS, WRITTEN, PolicyRecord

PACKAGES = ("skyedge", "numpy", "torch", "stable-baselines3")


@dataclass(frozen=True)
class Policy:
    """A trained policy.

    Attributes
    ----------
    directory : Path
        Where it was read.
    record : PolicyRecord
    weights : dict of str to Tensor
        That the algorithm's ``policy`` decides by, see :func:`acting_state`.
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
        content = read_bytes(directory / WEIGHTS, cure=WRITTEN)
        record = PolicyRecord.read(directory)
        if hashlib.sha256(content).hexdigest() != record.sha256:
            raise InputError(f"{directory / WEIGHTS}: not the weights that {RECORD} was written for: train it anew")
        try:
            weights = load(content)
        except (SafetensorError, ValueError, KeyError) as error:
            raise InputError(f"{directory / WEIGHTS}: not readable ({error}): train it anew") from None
        for name, values in weights.items():
            if not torch.isfinite(values).all():
                raise InputError(f"{directory / WEIGHTS}: {name} is not finite: train it anew")
        return cls(directory, record, weights)


def acting_state(policy: BasePolicy) -> dict[str, torch.Tensor]:
    """Return the weights that a policy decides by: all, or those that it names by a method ``acting_state``."""
    named: dict[str, torch.Tensor] = getattr(policy, "acting_state", policy.state_dict)()
    return named


def save_policy(directory: Path, weights: dict[str, torch.Tensor], **described: Any) -> PolicyRecord:
    """Write a policy: the weights first, so that a record never stands without them.

    Parameters
    ----------
    directory : Path
        Made if it does not exist.
    weights : dict of str to Tensor
        See :func:`acting_state`.
    **described
        The fields of :class:`~skyedge.rl.policies.record.PolicyRecord` that follow from neither the weights nor the
        installation.

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
