"""What a scenario's ``uav_model`` or ``sat_model`` may be, and the fields that it stands for."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import ValidationError

from problem.catalogue.entries import Hardware, Precision, hardware, models, scaled_rate
from problem.errors import InputError, first_mistake, nearest, refuse_unknown
from problem.fields import Positive, Share, Strict, where_used

TOKENS_PER_WORD = 4 / 3  # English text: 100 tokens are about 75 words
SET_FIELDS = ("flops", "flop_per_word", "compute_w", "accuracy")


class Deployment(Strict):
    """A model at some precision on a computer. Figures given here count in place of the catalogue's."""

    model: str
    precision: Precision
    hardware: str
    tokens_per_s: Positive | None = where_used()
    accuracy: Share | None = where_used()


class Figures(NamedTuple):
    """What a server is, having a model on board."""

    flops: float  # F
    flop_per_word: float  # C, such that F / C are the words per second that were measured
    compute_w: float
    accuracy: float


def fields_of(kind: str, changes: Mapping[str, Any], inherited: bool) -> dict[str, Any]:
    """Return a scenario's changes with what a model named among them stands for.

    Parameters
    ----------
    kind : str
        ``"uav"`` or ``"sat"``.
    changes : mapping
    inherited : bool
        Whether the scenario that is changed names a model already.

    Raises
    ------
    InputError
        If a field that the model sets is given as well, a name is unknown, the weights do not fit into the memory, or
        a figure is neither known nor given.
    """
    field = f"{kind}_model"
    given = changes.get(field)
    if given is None and (field in changes or not inherited):
        return dict(changes)
    twice = next((name for part in SET_FIELDS if (name := f"{kind}_{part}") in changes), None)
    if twice:
        raise InputError(f"{field} sets {twice}: leave one of them out")
    if given is None:
        return dict(changes)
    several = given if isinstance(given, Sequence) and not isinstance(given, str) else (given,)
    if not several:
        raise InputError(f"{field} is an empty list: name a model")
    try:
        deployments, rows = zip(*map(deployed, several), strict=True)
    except InputError as error:
        raise InputError(f"{field}: {error}") from None
    figures = {f"{kind}_{name}": column for name, column in zip(SET_FIELDS, zip(*rows, strict=True), strict=True)}
    return dict(changes) | {field: deployments} | figures


def deployed(given: Any) -> tuple[Deployment, Figures]:
    """Return what is given as a deployment, and what a server is with it.

    Raises
    ------
    InputError
        As :func:`fields_of`.
    """
    one = _validated(given)
    return one, _figures(one)


def _validated(given: Any) -> Deployment:
    if isinstance(given, Deployment):
        return given
    if not isinstance(given, Mapping):
        raise InputError(f"is {given!r}: write {{model = ..., precision = ..., hardware = ...}}")
    refuse_unknown("field", given, Deployment.model_fields)
    try:
        return Deployment.model_validate(dict(given))
    except ValidationError as error:
        raise InputError(first_mistake(error)) from None


def _figures(one: Deployment) -> Figures:
    """Look a deployment up."""
    for name, known, what in ((one.model, models(), "model"), (one.hardware, hardware(), "hardware")):
        if name not in known:
            raise InputError(f"no {what} is called {name!r}: {nearest(name, known)}")
    model, computer = models()[one.model], hardware()[one.hardware]
    version = next((version for version in model.versions if version.precision == one.precision), None)
    if version is None:
        raise InputError(f"{one.model} is not in the catalogue in {one.precision}: choose another precision")
    weights_gb = model.weights_gb(one.precision)
    if weights_gb >= computer.memory_gb:
        raise InputError(
            f"{one.model} in {one.precision} needs {weights_gb:g} GB for its weights alone, "
            f"and {one.hardware} has {computer.memory_gb:g} GB: choose another"
        )
    rate, accuracy = one.tokens_per_s or version.tokens_per_s.get(one.hardware), one.accuracy
    if rate is None:
        guess = scaled_rate(version, one.hardware)
        hint = "" if guess is None else f" (memory bandwidth suggests {guess:.3g})"
        raise InputError(f"nobody has measured {_words(one)}: give its tokens_per_s{hint}")
    accuracy = version.accuracy if accuracy is None else accuracy
    if accuracy is None:
        raise InputError(f"no accuracy of {one.model} in {one.precision} is published: give its accuracy")
    return _mapped(computer, rate, accuracy)


def _mapped(computer: Hardware, tokens_per_s: float, accuracy: float) -> Figures:
    flop_per_word = computer.flops * TOKENS_PER_WORD / tokens_per_s
    return Figures(computer.flops, flop_per_word, computer.power_w[1], accuracy)


def _words(one: Deployment) -> str:
    return f"{one.model} in {one.precision} on {one.hardware}"
