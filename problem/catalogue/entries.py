"""The catalogue's entries: models and the computers that run them, from the TOML files beside this one."""

from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from problem.fields import Positive, Share, Strict
from problem.files import read_toml

FOLDER = Path(__file__).parent
BYTES_PER_WEIGHT = {"fp16": 2.0, "int4": 0.5}

Precision = Literal["fp16", "int4"]


class Hardware(Strict):
    """A computer."""

    title: str
    flops: Positive  # FP32 peak, FLOP/s
    memory_gb: Positive
    bandwidth_gb_per_s: Positive
    power_w: tuple[Positive, Positive]  # its lowest and its highest power mode
    source: str


class Version(Strict):
    """A model at one precision, as far as it was measured."""

    precision: Precision
    accuracy: Share | None = None  # MMMU (val)
    accuracy_source: str | None = None
    tokens_per_s: dict[str, Positive] = Field(default_factory=dict)  # by hardware
    rate_source: str | None = None

    @model_validator(mode="after")
    def _with_sources(self) -> Self:
        if (self.accuracy is None) != (self.accuracy_source is None):
            raise ValueError("accuracy and accuracy_source belong together")
        if bool(self.tokens_per_s) != (self.rate_source is not None):
            raise ValueError("tokens_per_s and rate_source belong together")
        return self


class Model(Strict):
    """A multimodal model."""

    title: str
    parameters: Positive
    versions: Annotated[tuple[Version, ...], Field(min_length=1)]

    def weights_gb(self, precision: Precision) -> float:
        """Memory of the weights alone [GB]."""
        return self.parameters * BYTES_PER_WEIGHT[precision] / 1e9


@cache
def hardware() -> dict[str, Hardware]:
    """Return the known computers by name."""
    return {name: Hardware(**values) for name, values in _read("hardware").items()}


@cache
def models() -> dict[str, Model]:
    """Return the known models by name."""
    return {name: Model(**values) for name, values in _read("models").items()}


def scaled_rate(version: Version, name: str) -> float | None:
    """Scale a measured rate to other hardware by memory bandwidth, which limits decoding [tokens/s].

    An estimate, for orientation: scenarios never take it by themselves. None if nothing was measured.
    """
    for measured, tokens_per_s in version.tokens_per_s.items():
        return tokens_per_s * hardware()[name].bandwidth_gb_per_s / hardware()[measured].bandwidth_gb_per_s
    return None


def _read(name: str) -> dict[str, dict]:
    return read_toml(FOLDER / f"{name}.toml")
