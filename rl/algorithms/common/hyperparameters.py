"""Hyper-parameters: an algorithm's defaults, its file's values for the track, and what the user says."""

import tomllib
from collections.abc import Mapping
from typing import Any

from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt, ValidationError

from skyedge.problem import InputError
from skyedge.problem.common import Size, nearest
from skyedge.problem.common.paths import HYPERPARAMETERS
from skyedge.rl.algorithms.common.registry import AlgorithmConfig, get


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
    tables = tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    try:
        return config.model_validate(tables.get(track, {}) | dict(options or {}))
    except ValidationError as error:
        first = error.errors()[0]
        option = ".".join(map(str, first["loc"]))
        if first["type"] == "extra_forbidden":
            hint = nearest(option, config.model_fields)
            raise InputError(f"{name} has no hyper-parameter {option!r}: {hint}") from None
        raise InputError(f"hyper-parameter {option!r} of {name} is {first['input']!r}: {first['msg']}") from None


class OnPolicyConfig(AlgorithmConfig):
    """Of PPO and its kind; ``width`` is that of hidden layers.

    ``log_std`` is ln of the standard deviations of real numbers, at first.
    """

    width: Size = 64
    log_std: float = -0.5
    n_steps: PositiveInt = 50
    batch_size: PositiveInt = 200
    n_epochs: PositiveInt = 6
    learning_rate: PositiveFloat = 1e-3
    gamma: NonNegativeFloat = 0.8
    gae_lambda: NonNegativeFloat = 0.8
    clip_range: PositiveFloat = 0.2
    ent_coef: NonNegativeFloat = 0.0
    max_grad_norm: PositiveFloat = 0.5
    vf_coef: NonNegativeFloat = 0.5


class OffPolicyConfig(AlgorithmConfig):
    """Of algorithms with a replay buffer; ``width`` is that of hidden layers.

    One step of all environments comes before ``gradient_steps`` updates.
    """

    width: Size = 64
    learning_rate: PositiveFloat = 1e-3
    buffer_size: PositiveInt = 10_000
    batch_size: PositiveInt = 128
    learning_starts: PositiveInt = 800
    gradient_steps: PositiveInt = 1
    gamma: NonNegativeFloat = 0.8
    tau: PositiveFloat = 0.01
