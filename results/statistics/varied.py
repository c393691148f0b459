"""Sweeps: scenarios that differ in one thing, found among a campaign's."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
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
    def values(self) -> dict[str, Value]:
        """The scenarios' labels and their values."""
        return {label: value for value, label in self.labels.items()}

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
    return [Sweep(field, labels, title) for (field, labels), title in zip(found, _titles(found, worlds), strict=True)]


def _titles(found: Sequence[tuple[str, dict[Value, str]]], worlds: Worlds) -> list[str]:
    """Name sweeps by their fields and, where several are of one field, by what tells their worlds apart."""
    firsts = [worlds[next(iter(labels.values()))] for _, labels in found]
    fields = [field for field, _ in found]
    rivals = [[one for one, other in zip(firsts, fields, strict=True) if other == field] for field in fields]
    return [
        field if len(some) == 1 else f"{field}, {_told_apart(first, field, some)}"
        for field, first, some in zip(fields, firsts, rivals, strict=True)
    ]


def _told_apart(world: Mapping[str, Any], swept: str, rivals: Sequence[Mapping[str, Any]]) -> str:
    """Return a world's name if no other has it, else the fields in which worlds differ."""
    if len({one["name"] for one in rivals}) == len(rivals):
        return str(world["name"])
    return in_words(world, differing(rivals, {swept}))


def differing(worlds: Iterable[Mapping[str, Any]], aside: Collection[str]) -> list[str]:
    """Return the fields in which some worlds differ, but those set aside; a world may lack what it does not use."""
    several = list(worlds)
    every = dict.fromkeys(field for one in several for field in one if field not in aside)
    return [field for field in every if len({str(one.get(field)) for one in several}) > 1]


def in_words(world: Mapping[str, Any], fields: Sequence[str]) -> str:
    """Return what a world has in some fields."""
    return ", ".join(f"{field} = {_word(world[field])}" if field in world else f"no {field}" for field in fields)


def _word(value: Any) -> str:
    single = _value(value)
    return f"{single:g}" if isinstance(single, float) else str(value)


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
