"""What the tables of a trace say together: tracks, requests of known devices, gains of known links."""

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from skyedge.problem.common import (
    InputError,
    Strict,
    nearest,
    refuse_if,
    refuse_unknown,
)
from skyedge.problem.constellations import Site
from skyedge.problem.recorded.gains import Gains, GainSample
from skyedge.problem.recorded.rows import DeviceRow, FadingRow, GainRow, RequestRow
from skyedge.problem.recorded.table_files import Row, read_rows
from skyedge.problem.recorded.trace import Fix, Trace, TracedRequest

TABLES = ("devices", "requests", "uav_fading", "sat_gain")


def read_trace(given: Mapping[str, Any], site: Site, uavs: Collection[str], satellites: Collection[str]) -> Trace:
    """Read the files that a scenario's ``trace`` names.

    Parameters
    ----------
    given : mapping
        The file of ``devices``, and those of ``requests``, ``uav_fading`` and ``sat_gain`` that are recorded.
    site : Site
    uavs, satellites : collection of str
        Names that gains may be of.

    Raises
    ------
    InputError
        If a file cannot be read, or naming the row and the column that is wrong.
    """
    refuse_unknown("table of trace", given, TABLES)
    refuse_if("devices" not in given, f"trace needs 'devices', and has {list(given)}: name the CSV or Parquet file")
    paths = {name: Path(str(file)) for name, file in given.items()}
    fixes, moving = _fixes(read_rows(paths["devices"], DeviceRow), site)
    trace: dict[str, Any] = {"devices": tuple(fixes), "fixes": tuple(map(tuple, fixes.values())), "moving": moving}
    places = {name: number for number, name in enumerate(fixes)}
    if "requests" in paths:
        names = TracedRequest._fields[1:]
        trace["requests"] = tuple(
            TracedRequest(_number(place, row.device, places), *(getattr(row, name) for name in names))
            for place, row in read_rows(paths["requests"], RequestRow)
        )
    links: tuple[tuple[str, type[Strict], tuple[str, str], Collection[str]], ...] = (
        ("uav_fading", FadingRow, ("uav", "fading_db"), uavs),
        ("sat_gain", GainRow, ("satellite", "gain_db"), satellites),
    )
    for name, kind, columns, known in links:
        if name in paths:
            servers, samples = _samples(read_rows(paths[name], kind), places, columns, known)
            trace[name] = Gains(name=name, servers=servers, samples=samples)
    return Trace(**trace)


def _fixes(rows: Iterable[Row], site: Site) -> tuple[dict[str, list[Fix]], bool]:
    """Return the fixes of each device, and whether they are tracks."""
    fixes: dict[str, list[Fix]] = {}
    moving = None
    for place, row in rows:
        before = fixes.setdefault(row.device, [])
        moving = row.time_s is not None if moving is None else moving
        refuse_if((row.time_s is not None) != moving, f"{place}: time_s must be given in every row or in none")
        twice = before and not moving
        refuse_if(twice, f"{place}: device {row.device!r} is there twice: keep one row, or give time_s")
        if before and row.time_s <= before[-1].time_s:
            raise InputError(f"{place}: time_s is {row.time_s:g}: it must be later than the device's row before")
        try:
            x_m, y_m = row.position(site)
        except InputError as error:
            raise InputError(f"{place}: device {row.device!r} {error}") from None
        before.append(Fix(row.time_s or 0.0, x_m, y_m))
    return fixes, bool(moving)


def _samples(
    rows: Iterable[Row], devices: Mapping[str, int], columns: tuple[str, str], known: Collection[str]
) -> tuple[tuple[str, ...], tuple[GainSample, ...]]:
    """Return the servers that stand in the first of ``columns``, each ``known``, and the gains in the second."""
    column, gain_column = columns
    servers: dict[str, int] = {}
    samples: dict[tuple[float, int, int], GainSample] = {}
    for place, row in rows:
        server = getattr(row, column)
        _refuse_unknown(place, column, server, known)
        device = _number(place, row.device, devices)
        link = row.time_s, device, servers.setdefault(server, len(servers))
        if link in samples:
            raise InputError(
                f"{place}: device {row.device!r} and {column} {server!r} are there twice at {row.time_s:g} s: "
                "keep one row"
            )
        samples[link] = GainSample(*link, getattr(row, gain_column))
    return tuple(servers), tuple(samples.values())


def _number(place: str, device: str, known: Mapping[str, int]) -> int:
    _refuse_unknown(place, "device", device, known)
    return known[device]


def _refuse_unknown(place: str, column: str, name: str, known: Collection[str]) -> None:
    if name not in known:
        raise InputError(f"{place}: no {column} is called {name!r}: {nearest(name, known)}")
