"""Types of fields that scenarios and what they hold are validated with."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]
Name = Annotated[str, Field(min_length=1, pattern=r"^[a-z0-9][a-z0-9_-]*$")]
Range = tuple[NonNegative, NonNegative]
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
