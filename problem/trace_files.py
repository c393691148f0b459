"""Traces from CSV files: devices and requests, checked row by row and column by column."""

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, Self

from pydantic import ValidationError, model_validator

from problem.constellations.frames import Site
from problem.errors import InputError, nearest
from problem.fields import Finite, NonNegative, Positive, Share, Strict
from problem.files import read_text
from problem.trace import Fix, Trace, TracedRequest


class DeviceRow(Strict):
    """A row of the devices' file: a position in metres from the south-west corner, or in degrees."""

    device: str
    time_s: NonNegative | None = None
    x_m: Finite | None = None
    y_m: Finite | None = None
    latitude_deg: Finite | None = None
    longitude_deg: Finite | None = None

    @model_validator(mode="after")
    def _placed(self) -> Self:
        metres, degrees = (self.x_m, self.y_m), (self.latitude_deg, self.longitude_deg)
        if (None in metres) == (None in degrees):
            raise ValueError("give either x_m and y_m or latitude_deg and longitude_deg")
        return self

    def position(self, site: Site) -> tuple[float, float]:
        """Return x and y in the area [m]."""
        if self.latitude_deg is not None and self.longitude_deg is not None:
            return site.to_area(self.latitude_deg, self.longitude_deg)
        assert self.x_m is not None
        assert self.y_m is not None
        return self.x_m, self.y_m


class RequestRow(Strict):
    """A row of the requests' file."""

    device: str
    time_s: NonNegative
    input_bits: Positive
    output_words: Positive
    max_latency_s: Positive
    min_accuracy: Share


class Row(NamedTuple):
    """A checked row, and where it stands."""

    place: str
    values: Any


def read_trace(given: Mapping[str, Any], folder: Path, site: Site) -> Trace:
    """Read the files that a scenario's ``trace`` names.

    Parameters
    ----------
    given : mapping
        ``devices`` and, if requests are recorded, ``requests``: names of CSV files.
    folder : Path
        Where they are looked for.
    site : Site

    Raises
    ------
    InputError
        If a file cannot be read, or naming the line and the column that is wrong.
    """
    unknown = next((name for name in given if name not in ("devices", "requests")), None)
    if unknown or "devices" not in given:
        raise InputError(f"trace needs 'devices', may have 'requests', and has {list(given)}: name the CSV files")
    fixes, moving = _fixes(_rows(folder / str(given["devices"]), DeviceRow), site)
    names = list(fixes)
    requests = None
    if "requests" in given:
        rows = _rows(folder / str(given["requests"]), RequestRow)
        requests = tuple(TracedRequest(_index(row, names), *list(vars(row.values).values())[1:]) for row in rows)
    return Trace(devices=tuple(names), fixes=tuple(map(tuple, fixes.values())), moving=moving, requests=requests)


def _rows(path: Path, kind: type[Strict]) -> list[Row]:
    try:
        reader = csv.DictReader(io.StringIO(read_text(path), newline=""))
        _refuse_columns(path, reader.fieldnames or (), kind)
        rows = [_row(f"{path}: line {reader.line_num}", values, kind) for values in reader]
    except csv.Error as error:
        raise InputError(f"{path}: not a CSV file ({error}): save it as one") from None
    if not rows:
        raise InputError(f"{path}: has no rows: give one below the header")
    return rows


def _refuse_columns(path: Path, columns: Any, kind: type[Strict]) -> None:
    known = kind.model_fields
    for column in columns:
        if column not in known:
            raise InputError(f"{path}: line 1: unknown column {column!r}: {nearest(str(column), known)}")
    for name, field in known.items():
        if field.is_required() and name not in columns:
            raise InputError(f"{path}: line 1: column {name} is missing: add it")


def _row(place: str, values: dict[Any, Any], kind: type[Strict]) -> Row:
    if None in values or None in values.values():
        raise InputError(f"{place}: has not the columns of the header: complete the row")
    try:
        given = {column: text.strip() for column, text in values.items() if text.strip()}
        return Row(place, kind.model_validate(given))
    except ValidationError as error:
        first = error.errors()[0]
        rule = first["msg"].removeprefix("Value error, ")
        if not first["loc"]:
            raise InputError(f"{place}: {rule}") from None
        column, shown = first["loc"][0], values.get(first["loc"][0], "")
        raise InputError(f"{place}: {column} is {shown[:60]!r}: {rule[0].lower()}{rule[1:]}") from None


def _fixes(rows: list[Row], site: Site) -> tuple[dict[str, list[Fix]], bool]:
    """Return the fixes of each device, and whether they are tracks."""
    fixes: dict[str, list[Fix]] = {}
    moving = rows[0].values.time_s is not None
    for place, row in rows:
        before = fixes.setdefault(row.device, [])
        if (row.time_s is not None) != moving:
            raise InputError(f"{place}: time_s must be given in every row or in none")
        if before and not moving:
            raise InputError(f"{place}: device {row.device!r} is there twice: keep one row, or give time_s")
        if before and row.time_s <= before[-1].time_s:
            raise InputError(f"{place}: time_s is {row.time_s:g}: it must be later than the device's row before")
        x_m, y_m = row.position(site)
        if not (0 <= x_m <= site.area_m[0] and 0 <= y_m <= site.area_m[1]):
            raise InputError(
                f"{place}: device {row.device!r} is at x = {x_m:.1f} m, y = {y_m:.1f} m, outside the area of "
                f"{site.area_m[0]:g} m x {site.area_m[1]:g} m: mend the row, or area_m and the site"
            )
        before.append(Fix(row.time_s or 0.0, x_m, y_m))
    return fixes, moving


def _index(row: Row, names: list[str]) -> int:
    if row.values.device not in names:
        raise InputError(f"{row.place}: no device is called {row.values.device!r}: {nearest(row.values.device, names)}")
    return names.index(row.values.device)
