"""The catalogue's entries: models and the computers that run them, from TOML files here or of one's own."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field, model_validator

from skyedge import paths
from skyedge.problem.common import (
    Count,
    NonNegative,
    Positive,
    Share,
    Strict,
    documents,
    read_toml,
    refuse_any,
)

Precision = Literal["fp32", "bf16", "fp16", "int4"]

BYTES_PER_WEIGHT = {"fp32": 4.0, "bf16": 2.0, "fp16": 2.0, "int4": 0.5}


class Quartiles(Strict):
    """The middle half of some values."""

    lower: NonNegative
    median: NonNegative
    upper: NonNegative

    @classmethod
    def of(cls, values: ArrayLike) -> Self:
        """Return the quartiles of values, interpolated where they fall between two."""
        lower, median, upper = np.quantile(np.asarray(values, float), (0.25, 0.5, 0.75))
        return cls(lower=float(lower), median=float(median), upper=float(upper))


class Measurement(Strict):
    """One run of ``skyedge profile-model``. Quartiles are over prompts, of the median of each prompt's repeats."""

    model: str
    precision: Precision
    hardware: str
    date: date
    source: str  # folder or hub name
    device: Literal["cpu", "cuda"]
    threads: Annotated[int, Field(ge=1)] | None = None  # on a CPU
    versions: dict[str, str]  # of the libraries
    prompts: str  # where they are from
    prompt_count: Annotated[int, Field(ge=1)]
    repeats: Annotated[int, Field(ge=1)]  # of each prompt
    max_new_tokens: Annotated[int, Field(ge=2)]
    cut_off: Count  # replies that ended there
    tokens_per_word: Positive | None = None  # of all replies together
    weights_gb: Positive
    peak_gb: Positive | None = None  # CUDA: what was allocated; CPU: the process, libraries included
    answered: Count = 0  # questions whose answers are known
    right: Count = 0  # and that were answered so
    tokens_per_s: Quartiles  # after the first token
    prefill_s: Quartiles  # to the first token
    input_tokens: Quartiles
    output_tokens: Quartiles
    output_words: Quartiles


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
        sourced, rated = self.accuracy_source is not None, self.rate_source is not None
        refuse_any(
            ((self.accuracy is not None) != sourced, "accuracy and accuracy_source belong together"),
            (bool(self.tokens_per_s) != rated, "tokens_per_s and rate_source belong together"),
        )
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
        with documents.document(path) as values:
            return cls.model_validate(values)

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
        bandwidth = {hardware: entry.bandwidth_gb_per_s for hardware, entry in self.hardware.items()}
        for measured, tokens_per_s in version.tokens_per_s.items():
            if (wanted := bandwidth[name]) and (given := bandwidth.get(measured)):
                return tokens_per_s * wanted / given
        return None


@cache
def shipped() -> Entries:
    """Return the entries that come with the suite."""
    return Entries.model_validate(
        {name: read_toml(paths.CATALOGUE / f"{name}.toml") for name in ("models", "hardware")}
    )


def known(path: Path | None) -> Entries:
    """Return the shipped entries and those of a file, which come first where names are the same.

    Raises
    ------
    InputError
        If the file cannot be read, or naming the entry that is wrong.
    """
    return shipped() if path is None else Entries.read(path).over(shipped())
