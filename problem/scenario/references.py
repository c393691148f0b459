"""What the fields of a scenario name: constellations, models, and files, which lie beside what names them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from skyedge.problem import catalogue, constellations
from skyedge.problem.common import (
    refuse_if,
    shown,
    with_files_in,
)
from skyedge.problem.recorded import TABLES, read_trace
from skyedge.problem.scenario.uav_fleet import UavFleet, read_fleet

# of fields that are tables, or lists of them
FILES = {"constellation": ("file",), "trace": TABLES, "uav_model": ("catalogue",), "sat_model": ("catalogue",)}

# the window of satellites over the area, which a constellation replaces
WINDOW = (
    *("sat_altitude_m", "sat_spacing_deg", "sat_phase_deg", "sat_offset_deg", "sat_planes", "sat_plane_spacing_deg"),
    *("sat_phasing_deg", "sat_inclination_deg", "earth_rotates"),
)


def found_in(folder: Path, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields of a scenario with the files that they name looked for in ``folder``."""
    tables = {field: with_files_in(folder, fields[field], FILES[field]) for field in FILES if field in fields}
    return with_files_in(folder, fields, ("uav_fleet",)) | tables


def resolved(
    values: Mapping[str, Any], changes: Mapping[str, Any], validated: Callable[[dict[str, Any]], Any]
) -> dict[str, Any]:
    """Return a scenario's fields with changes, and in the place of names what they stand for.

    Parameters
    ----------
    values, changes : mapping
    validated : callable
        Makes a scenario of fields.

    Raises
    ------
    InputError
        If a name is unknown, a file cannot be read, or something is said twice.
    """
    fields = dict(changes)
    if "constellation" in fields:
        fields = constellations.fields_of(fields.pop("constellation")) | fields
    for kind in ("uav", "sat"):
        inherited = values.get(f"{kind}_model") is not None
        if inherited or f"{kind}_model" in fields:
            fields = catalogue.fields_of(kind, fields, inherited)
    fields = dict(values) | fields
    twice = next((name for name in WINDOW if name in changes), None)
    refuse_if(
        twice and fields.get("constellation") is not None,
        f"{twice} describes the window that a constellation replaces: leave one of them out",
    )
    fleet, tables = changes.get("uav_fleet"), changes.get("trace")
    if not isinstance(fleet, UavFleet | None):
        refuse_if(not isinstance(fleet, str | Path), f"uav_fleet is {shown(fleet)}: name a TOML file of UAVs")
        plain = validated(fields | {"trace": None, "uav_fleet": None})
        described = read_fleet(Path(fleet), plain, plain.site)
        fields |= described | {"uavs": changes.get("uavs", described["uavs"])}
    if isinstance(tables, Mapping):
        plain = validated(fields | {"trace": None})
        trace = read_trace(tables, plain.site, plain.uav_names, plain.satellite_names)
        fields |= {"trace": trace, "devices": changes.get("devices", len(trace.devices))}
    return fields
