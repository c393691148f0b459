"""Sweeps: scenarios that differ in one thing, found among a campaign's."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

Value = float | str
Worlds = Mapping[str, Mapping[str, Any]]  # the fields of each scenario, by label
LEAST = 3  # values make a sweep


class Sweep(NamedTuple):
    """A field and the scenario that has each of its values: numbers in growing order, words as they come."""

    field: str
    labels: dict[Value, str]
    title: str  # the field, and the world where several of a campaign's sweeps are of the same field

    @property
    def places(self) -> dict[str, int]:
        """The scenarios' labels and their order."""
        return {label: place for place, label in enumerate(self.labels.values())}


def described(record: Mapping[str, Any]) -> Worlds:
    """Return the fields of each scenario of a campaign's record, with what online solvers are told of it."""
    told = record.get("knowledge", {})
    return {label: {**fields, **told.get(label, {})} for label, fields in record["scenarios"].items()}


def find_sweeps(worlds: Worlds) -> list[Sweep]:
    """Return the sweeps among scenarios: alike but for one number or word, which takes three values or more.

    Parameters
    ----------
    worlds : mapping
        From :func:`described`.
    """
    found: list[tuple[str, dict[Value, str]]] = []
    for field in next(iter(worlds.values())):
        alike: dict[str, dict[Value, str]] = {}
        for label, fields in worlds.items():
            value = _value(fields.get(field))
            if value is not None and field != "name":
                rest = json.dumps({name: other for name, other in fields.items() if name not in (field, "name")})
                alike.setdefault(rest, {}).setdefault(value, label)
        found += [(field, _ordered(labels)) for labels in alike.values() if len(labels) >= LEAST]
    swept = [field for field, _ in found]
    return [Sweep(field, labels, _title(field, labels, worlds, swept.count(field))) for field, labels in found]


def _title(field: str, labels: dict[Value, str], worlds: Worlds, of_field: int) -> str:
    """Name a sweep by its field, and by its world where there are several sweeps of the field."""
    return field if of_field == 1 else f"{field}, {worlds[next(iter(labels.values()))]['name']}"


def _value(value: Any) -> Value | None:
    """Return a number, the only number of a list, or a word."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, str):
        return value
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _ordered(labels: dict[Value, str]) -> dict[Value, str]:
    numeric = all(isinstance(value, float) for value in labels)
    return dict(sorted(labels.items())) if numeric else labels
