"""Types of fields that scenarios and what they hold are validated with."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

# Products and powers of a few such numbers stay far from the largest and the smallest that a float can be.
LEAST, MOST = 1e-30, 1e30
UNSIGNED = AfterValidator(lambda value: value + 0.0)  # makes -0.0, below which no random draw can end, 0.0
LONGEST_S = 1e7  # four months; later, floats do not tell nanoseconds apart

Positive = Annotated[float, Field(ge=LEAST, le=MOST, allow_inf_nan=False)]
NonNegative = Annotated[float, Field(ge=0, le=MOST, allow_inf_nan=False), UNSIGNED]
Finite = Annotated[float, Field(ge=-MOST, le=MOST, allow_inf_nan=False)]
Decibel = Annotated[float, Field(ge=-1000, le=1000, allow_inf_nan=False)]
Seconds = Annotated[float, Field(ge=0, le=LONGEST_S), UNSIGNED]
Share = Annotated[float, Field(ge=0, le=1), UNSIGNED]
Count = Annotated[int, Field(ge=0, le=10**9)]
Size = Annotated[int, Field(ge=1, le=4096)]  # of what takes memory at once
Name = Annotated[str, Field(min_length=1, pattern=r"^[a-z0-9][a-z0-9_-]*$")]
PerServer = Positive | Annotated[tuple[Positive, ...], Field(min_length=1)]
PerServerOrZero = NonNegative | Annotated[tuple[NonNegative, ...], Field(min_length=1)]
PerServerShare = Share | Annotated[tuple[Share, ...], Field(min_length=1)]
Levels = Annotated[tuple[Positive, ...], Field(min_length=1)]


class Strict(BaseModel):
    """Data that cannot change and knows all of its fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def where_used() -> Any:
    """Return the default of a field that is left out of the JSON where it is not used."""
    return Field(None, exclude_if=lambda value: value is None)
