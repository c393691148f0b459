"""What a campaign was told: itself as TOML, and the parameters of its scenarios."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from skyedge.results.statistics import Worlds

LONG = 12  # lists longer than this, such as the satellites of a catalogue, are counted


def as_toml(campaign: Mapping[str, Any]) -> str:
    """Return a campaign as the TOML file that asks for it.

    Parameters
    ----------
    campaign : mapping
        From ``Campaign.model_dump``.
    """
    fields = {name: value for name, value in campaign.items() if name != "scenarios"}
    tables = [f"\n[[scenarios]]\n{_lines(one)}" for one in campaign["scenarios"]]
    return "\n".join([_lines(fields), *tables]) + "\n"


def _lines(fields: Mapping[str, Any]) -> str:
    said = {name: value for name, value in fields.items() if value not in (None, "", [], ())}
    return "\n".join(f"{name} = {_value(value)}" for name, value in said.items())


def _value(value: Any) -> str:
    """Return a value as TOML: as in JSON, but for tables."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{name} = {_value(one)}" for name, one in value.items() if one is not None) + " }"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    return json.dumps(value, ensure_ascii=False)


class Parameters(NamedTuple):
    """The fields of all scenarios: what they share, and what differs, a list of values per scenario."""

    shared: dict[str, str]
    differing: Sequence[str]
    of: dict[str, list[str]]


def parameters(worlds: Worlds) -> Parameters:
    """Return the scenarios' parameters.

    Parameters
    ----------
    worlds : mapping
        The fields of each scenario and what online solvers are told of it, by label.
    """
    words = {label: {name: _words(value) for name, value in fields.items()} for label, fields in worlds.items()}
    every = {name: value for fields in reversed(words.values()) for name, value in fields.items()}
    differing = [name for name in every if len({fields.get(name, "") for fields in words.values()}) > 1]
    shared = {name: value for name, value in every.items() if name not in differing}
    return Parameters(
        shared, differing, {label: [fields.get(name, "") for name in differing] for label, fields in words.items()}
    )


def _words(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}" if abs(value) < 1e6 else f"{value:.6g}"
    if isinstance(value, list) and len(value) > LONG:
        return f"{len(value)} entries"
    if isinstance(value, list):
        return ", ".join(map(_words, value))
    if isinstance(value, dict):
        return ", ".join(f"{name} {_words(one)}" for name, one in value.items())
    return "–" if value is None else str(value)
