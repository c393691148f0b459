"""Hyper-parameters: an algorithm's defaults, its file's values for the track, and what the user says."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from skyedge.paths import HYPERPARAMETERS
from skyedge.problem import InputError
from skyedge.problem.common import nearest, read_toml
from skyedge.rl.algorithms.common.base import AlgorithmConfig
from skyedge.rl.algorithms.common.registry import get


def hyperparameters(name: str, track: str, options: Mapping[str, Any] | None = None) -> AlgorithmConfig:
    """Return an algorithm's configuration in a track.

    Parameters
    ----------
    name : str
        Of a registered algorithm. Its file is ``rl/algorithms/shipped/<name>.toml``, a table per track.
    track : str
        ``plain`` or ``structured``.
    options : mapping, optional
        Values that go before those of the file.

    Raises
    ------
    InputError
        If the algorithm or an option is unknown, or a value is not valid.
    """
    config, file = get(name).Config, HYPERPARAMETERS / f"{name}.toml"
    tables = read_toml(file) if file.exists() else {}
    try:
        return config.model_validate(tables.get(track, {}) | dict(options or {}))
    except ValidationError as error:
        first = error.errors()[0]
        option = ".".join(map(str, first["loc"]))
        if first["type"] == "extra_forbidden":
            hint = nearest(option, config.model_fields)
            raise InputError(f"{name} has no hyper-parameter {option!r}: {hint}") from None
        raise InputError(f"hyper-parameter {option!r} of {name} is {first['input']!r}: {first['msg']}") from None
