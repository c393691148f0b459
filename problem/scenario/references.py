"""What the fields of a scenario name: constellations, models, and files, which lie beside what names them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from skyedge.problem import catalogue, constellations
from skyedge.problem.common import InputError, models_in, shown, with_files_in
from skyedge.problem.recorded import TABLES, read_trace
from skyedge.problem.scenario.uav_fleet import UavFleet, read_fleet

FILES = {"constellation": ("file",), "trace": TABLES}  # of fields that are tables

# the window of satellites over the area, which a constellation replaces
WINDOW = (
    *("sat_altitude_m", "sat_spacing_deg", "sat_phase_deg", "sat_offset_deg", "sat_planes", "sat_plane_spacing_deg"),
    *("sat_phasing_deg", "sat_inclination_deg", "earth_rotates"),
)


def found_in(folder: Path, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields of a scenario with the files that they name looked for in ``folder``."""
    found = dict(fields)
    for model in {"uav_model", "sat_model"} & set(fields):
        found[model] = models_in(folder, fields[model])
    if isinstance(fields.get("uav_fleet"), str):
        found["uav_fleet"] = str(folder / fields["uav_fleet"])
    for field, names in FILES.items():
        table = fields.get(field)
        if isinstance(table, Mapping):
            found[field] = with_files_in(folder, table, names)
    return found


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
    if twice and fields.get("constellation") is not None:
        raise InputError(f"{twice} describes the window that a constellation replaces: leave one of them out")
    if not isinstance(changes.get("uav_fleet"), UavFleet | None):
        fields |= _fleet(changes, validated(fields | {"trace": None, "uav_fleet": None}))
    if isinstance(changes.get("trace"), Mapping):
        fields |= _trace(changes, validated(fields | {"trace": None}))
    return fields


def _fleet(changes: Mapping[str, Any], plain: Any) -> dict[str, Any]:
    file = changes["uav_fleet"]
    if not isinstance(file, str | Path):
        raise InputError(f"uav_fleet is {shown(file)}: name a TOML file of UAVs")
    fields = read_fleet(Path(file), plain, plain.site)
    return fields | {"uavs": changes.get("uavs", fields["uavs"])}


def _trace(changes: Mapping[str, Any], plain: Any) -> dict[str, Any]:
    trace = read_trace(changes["trace"], plain.site, plain.uav_names, plain.satellite_names)
    return {"trace": trace, "devices": changes.get("devices", len(trace.devices))}
