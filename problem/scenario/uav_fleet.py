"""A fleet of UAVs from a TOML file: a table for each, of what sets it apart from the scenario's UAVs."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, NamedTuple, Self

import numpy as np
from pydantic import Field, model_validator

from skyedge.problem.catalogue import SET_FIELDS, Deployment, Figures, deployed
from skyedge.problem.common import (
    Count,
    NonNegative,
    Positive,
    Share,
    Strict,
    field_mistake,
    located,
    read_toml,
    refuse_any,
    refuse_if,
    refuse_unknown,
    shown,
    with_files_in,
)
from skyedge.problem.constellations import Site
from skyedge.problem.recorded import Placed, Word

RADIO_FIELDS = ("altitude_m", "radius_m", "speed_mps", "bandwidth_hz", "transmit_w", "capacity")


class UavFleet(Strict):
    """Who the UAVs are and where they start; all else is in the scenario's ``uav_*`` fields."""

    names: Annotated[tuple[Word, ...], Field(min_length=1)]
    starts: tuple[tuple[NonNegative, NonNegative] | None, ...]  # x and y [m]; None: drawn

    @model_validator(mode="after")
    def _complete(self) -> Self:
        uavs = len(self.names)
        refuse_if(len(self.starts) != uavs, f"starts are of {len(self.starts)} UAVs: there are {uavs}")
        return self

    def check_fits(self, uavs: int, area_m: tuple[float, float]) -> None:
        """Raise an :class:`InputError` if a scenario of that size cannot hold the fleet."""
        outside = any(start and (np.array(start) > area_m).any() for start in self.starts)
        refuse_any(
            (uavs != len(self.names), f"uavs is {uavs}: the fleet has {len(self.names)}"),
            (outside, "area_m leaves UAVs of the fleet outside: make it larger"),
        )

    def placed(self, drawn: np.ndarray) -> np.ndarray:
        """Return the starts, shape (…, M, 2) [m], of those ``drawn`` where none is given."""
        known = np.array([start or (np.nan, np.nan) for start in self.starts])
        return np.where(np.isnan(known), drawn, known)


class Uav(Placed):
    """A UAV of the file. What is left out is the scenario's; without a place its start is drawn."""

    name: Word
    altitude_m: Positive | None = None
    radius_m: NonNegative | None = None
    speed_mps: NonNegative | None = None
    bandwidth_hz: Positive | None = None
    transmit_w: Positive | None = None
    capacity: Count | None = None
    flops: Positive | None = None
    flop_per_word: NonNegative | None = None
    compute_w: NonNegative | None = None
    accuracy: Share | None = None
    model: Deployment | None = None  # in place of the four before

    @classmethod
    def places(cls) -> tuple[set[str], ...]:
        """Return which columns together say a place: none say that it is drawn."""
        return (*super().places(), set())

    def start(self, site: Site) -> tuple[float, float] | None:
        """Return where it starts [m], if that is given."""
        return None if self.x_m is None and self.latitude_deg is None else self.position(site)


class _Entry(NamedTuple):
    """A checked UAV, and where it stands."""

    place: str
    uav: Uav
    figures: Figures | None  # what its own model makes of it


def read_fleet(path: Path, inherited: Any, site: Site) -> dict[str, Any]:
    """Return the scenario fields that a fleet's file stands for.

    Parameters
    ----------
    path : Path
    inherited : Scenario
        What UAVs leave out is as there; of a list UAV m has entry m, in turn.
    site : Site

    Raises
    ------
    InputError
        If the file cannot be read, or naming the UAV and the field that is wrong.
    """
    entries = list(_entries(path))
    rows = [_fields(entry, m, inherited) for m, entry in enumerate(entries)]
    fields = {f"uav_{name}": tuple(row[name] for row in rows) for name in (*RADIO_FIELDS, *SET_FIELDS)}
    models, starts = tuple(row["model"] for row in rows), []
    for place, uav, _ in entries:
        with located(place):
            starts.append(uav.start(site))
    fleet = UavFleet(names=tuple(entry.uav.name for entry in entries), starts=tuple(starts))
    return fields | {"uav_model": models if any(models) else None, "uav_fleet": fleet, "uavs": len(entries)}


def _entries(path: Path) -> Iterator[_Entry]:
    content = read_toml(path)
    tables = content.get("uav")
    listed = tables if isinstance(tables, list) and all(isinstance(one, dict) for one in tables) else []
    refuse_if(
        set(content) != {"uav"} or not listed,
        f"{path}: holds {', '.join(content) or 'nothing'}: write a table [[uav]] for each UAV",
    )
    names: set[str] = set()
    for number, table in enumerate(listed, start=1):
        place = f"{path}: UAV {shown(table['name']) if 'name' in table else f'number {number}'}"
        with located(place, field_mistake):
            uav, figures = _validated(table, path.parent)
            refuse_if(uav.name in names, "name is there twice: choose another")
        names.add(uav.name)
        yield _Entry(place, uav, figures)


def _validated(table: dict[str, Any], folder: Path) -> tuple[Uav, Figures | None]:
    refuse_unknown("field", table, Uav.model_fields)
    given = table.get("model")
    with located("model"):
        model, figures = (None, None) if given is None else deployed(with_files_in(folder, given, ("catalogue",)))
    return Uav.model_validate(table | {"model": model}), figures


def _fields(entry: _Entry, m: int, inherited: Any) -> dict[str, Any]:
    """Return what UAV ``m`` is, by the names of its fields; what it leaves out is inherited."""
    scenario = {name: _of(getattr(inherited, f"uav_{name}"), m) for name in (*RADIO_FIELDS, *SET_FIELDS, "model")}
    own = {name: value for name, value in entry.uav if value is not None}
    fields = {name: own.get(name, value) for name, value in scenario.items()}
    if fields["model"] is not None:
        twice = next((name for name in SET_FIELDS if name in own), None)
        whose = "model" if "model" in own else "the scenario's uav_model"
        refuse_if(twice, f"{entry.place}: {whose} sets {twice}: leave one of them out")
    return fields | (entry.figures._asdict() if entry.figures else {})


def _of(value: Any, m: int) -> Any:
    """Return UAV ``m``'s entry of a list that repeats in turn, or the one value of all."""
    return value[m % len(value)] if isinstance(value, tuple) else value
