"""The catalogue's entries: models and the computers that run them, from TOML files here or of one's own."""

from functools import cache
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, ValidationError, model_validator

from skyedge.problem.catalogue.measurement import Measurement
from skyedge.problem.catalogue.precision import BYTES_PER_WEIGHT, Precision
from skyedge.problem.common.errors import InputError, first_mistake
from skyedge.problem.common.field_types import Positive, Share, Strict
from skyedge.problem.common.files import read_toml
from skyedge.problem.common.paths import CATALOGUE


class Hardware(Strict):
    """A computer."""

    title: str
    flops: Positive  # FP32 peak, FLOP/s
    memory_gb: Positive
    bandwidth_gb_per_s: Positive | None = None
    power_w: tuple[Positive, Positive] | None = None  # its lowest and its highest power mode
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


class Entries(Strict):
    """Models and computers by name, and how some of them were measured."""

    models: dict[str, Model] = Field(default_factory=dict)
    hardware: dict[str, Hardware] = Field(default_factory=dict)
    measurements: tuple[Measurement, ...] = ()

    @classmethod
    def read(cls, path: Path) -> Self:
        """Return what a TOML file holds.

        Raises
        ------
        InputError
            If it cannot be read, or naming the entry that is wrong.
        """
        try:
            return cls.model_validate(read_toml(path))
        except ValidationError as error:
            raise InputError(f"{path}: {first_mistake(error)}") from None

    def over(self, other: "Entries") -> "Entries":
        """Return these entries, and those of ``other`` that have other names."""
        return Entries(
            models={**other.models, **self.models},
            hardware={**other.hardware, **self.hardware},
            measurements=other.measurements + self.measurements,
        )

    def scaled_rate(self, version: Version, name: str) -> float | None:
        """Scale a measured rate to other hardware by memory bandwidth, which limits decoding [tokens/s].

        An estimate, for orientation: scenarios never take it by themselves. None if nothing was measured, or a
        bandwidth is not known.
        """
        there = self.hardware[name].bandwidth_gb_per_s
        for measured, tokens_per_s in version.tokens_per_s.items():
            here = self.hardware[measured].bandwidth_gb_per_s if measured in self.hardware else None
            if here and there:
                return tokens_per_s * there / here
        return None


@cache
def shipped() -> Entries:
    """Return the entries that come with the suite."""
    return Entries.model_validate({name: read_toml(CATALOGUE / f"{name}.toml") for name in ("models", "hardware")})


def known(path: Path | None) -> Entries:
    """Return the shipped entries and those of a file, which come first where names are the same.

    Raises
    ------
    InputError
        If the file cannot be read, or naming the entry that is wrong.
    """
    return shipped() if path is None else Entries.read(path).over(shipped())
