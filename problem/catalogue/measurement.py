"""How a model was measured on one's own computer, and what came out."""

from datetime import date
from typing import Annotated, Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field

from skyedge.problem.catalogue.precision import Precision
from skyedge.problem.common.field_types import Count, NonNegative, Positive, Strict


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
