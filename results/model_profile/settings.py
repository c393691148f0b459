"""How a model is run."""

import re
from pathlib import Path
from typing import Literal, NamedTuple, Self

import torch

from skyedge.problem import InputError
from skyedge.problem.catalogue import Precision
from skyedge.results.storage import machine

Device = Literal["cpu", "cuda"]


class Settings(NamedTuple):
    """What is run, where, how often, and the names that its entry gets."""

    source: str  # folder or hub name
    precision: Precision
    device: Device
    max_new_tokens: int
    repeats: int  # of each prompt
    model: str
    hardware: str

    @classmethod
    def chosen(
        cls,
        source: str,
        precision: Precision | None = None,
        device: Device | None = None,
        max_new_tokens: int = 240,
        repeats: int = 1,
        name: str | None = None,
        hardware: str | None = None,
    ) -> Self:
        """Return settings, chosen by what there is where they are not given.

        Raises
        ------
        InputError
            If CUDA is asked for and torch sees none.
        """
        if device == "cuda" and not torch.cuda.is_available():
            raise InputError("--device cuda: torch sees no CUDA device: use --device cpu, or install torch for CUDA")
        device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        precision = precision or ("fp16" if device == "cuda" else "fp32")
        names = (name or _slug(basename(source)), hardware or _slug(device_title(device)))
        return cls(source, precision, device, max_new_tokens, repeats, *names)


def basename(source: str) -> str:
    """Return the last part of a folder or of a hub name."""
    return Path(source).absolute().name


def device_title(device: Device) -> str:
    """Return the name of the processor or of the GPU."""
    return torch.cuda.get_device_name() if device == "cuda" else str(machine()["cpu"])


def _slug(text: str) -> str:
    """Return a text as a name: lower case, without blanks."""
    return re.sub(r"[^a-z0-9.]+", "-", text.lower()).strip("-.") or "unnamed"
