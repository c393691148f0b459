"""What the rows of each table hold: columns, units and ranges."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from skyedge.problem.common import Finite, InputError, NonNegative, Positive, Share, Strict, refuse_if
from skyedge.problem.constellations import Site

Word = Annotated[str, Field(min_length=1, max_length=100)]
Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]
# so wide that a mistaken unit stands out and no link does
FadingDb = Annotated[float, Field(ge=-100, le=30)]
GainDb = Annotated[float, Field(ge=-300, le=-20)]


class Placed(Strict):
    """A position in metres from the area's south-west corner, or in degrees."""

    x_m: Finite | None = None
    y_m: Finite | None = None
    latitude_deg: Latitude | None = None
    longitude_deg: Longitude | None = None

    @model_validator(mode="after")
    def _placed_once(self) -> Self:
        given = {name for name in Placed.model_fields if getattr(self, name) is not None}
        refuse_if(given not in self.places(), "give either x_m and y_m or latitude_deg and longitude_deg")
        return self

    @classmethod
    def places(cls) -> tuple[set[str], ...]:
        """Return which columns together say a place."""
        return {"x_m", "y_m"}, {"latitude_deg", "longitude_deg"}

    def position(self, site: Site) -> tuple[float, float]:
        """Return x and y in the area [m].

        Raises
        ------
        InputError
            If it is outside.
        """
        if self.latitude_deg is not None and self.longitude_deg is not None:
            x_m, y_m = site.to_area(self.latitude_deg, self.longitude_deg)
        else:
            assert self.x_m is not None
            assert self.y_m is not None
            x_m, y_m = self.x_m, self.y_m
        across_m, up_m = site.area_m
        if not (0 <= x_m <= across_m and 0 <= y_m <= up_m):
            raise InputError(
                f"is at x = {x_m:.1f} m, y = {y_m:.1f} m, outside the area of {across_m:g} m x {up_m:g} m: "
                "mend it, or area_m and the site"
            )
        return x_m, y_m


class DeviceRow(Placed):
    """Where a device is, or was at a time."""

    device: Word
    time_s: NonNegative | None = None


class Timed(Strict):
    """A device, at a time."""

    device: Word
    time_s: NonNegative


class RequestRow(Timed):
    """What a device asked for."""

    input_bits: Positive
    output_words: Positive
    max_latency_s: Positive
    min_accuracy: Share


class FadingRow(Timed):
    """|g|² of a device's link to a UAV."""

    uav: Word
    fading_db: FadingDb


class GainRow(Timed):
    """G of a device's link to a satellite."""

    satellite: Word
    gain_db: GainDb
