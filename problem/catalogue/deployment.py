"""What a scenario's ``uav_model`` or ``sat_model`` may be, and the fields that it stands for."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from skyedge.problem.catalogue.entries import Entries, Precision, known, shipped
from skyedge.problem.common import (
    InputError,
    Positive,
    Share,
    Strict,
    located,
    nearest,
    refuse_if,
    refuse_unknown,
    required,
    shown,
    where_used,
)

TOKENS_PER_WORD = 4 / 3  # English text: 100 tokens are about 75 words


class Deployment(Strict):
    """A model at some precision on a computer. Figures given here count in place of the catalogue's."""

    model: str
    precision: Precision
    hardware: str
    tokens_per_s: Positive | None = where_used()
    accuracy: Share | None = where_used()
    compute_w: Positive | None = where_used()


class Figures(NamedTuple):
    """What a server is, having a model on board."""

    flops: float  # F
    flop_per_word: float  # C, such that F / C are the words per second that were measured
    compute_w: float
    accuracy: float


SET_FIELDS = Figures._fields  # of servers, with a prefix, that a model sets


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
    twice = next((name for part in SET_FIELDS if (name := f"{kind}_{part}") in changes), None)
    carried = given is not None or (inherited and field not in changes)
    refuse_if(carried and twice, f"{field} sets {twice}: leave one of them out")
    if given is None:
        return dict(changes)
    several = given if isinstance(given, Sequence) and not isinstance(given, str) else (given,)
    refuse_if(not several, f"{field} is an empty list: name a model")
    with located(field):
        deployments, figures = zip(*map(deployed, several), strict=True)
    columns = {f"{kind}_{name}": tuple(getattr(server, name) for server in figures) for name in SET_FIELDS}
    return dict(changes) | {field: deployments} | columns


def deployed(given: Any) -> tuple[Deployment, Figures]:
    """Return what is given as a deployment, and what a server is with it.

    It is looked up among the shipped entries and those of the file that it names.

    Raises
    ------
    InputError
        As :func:`fields_of`.
    """
    if isinstance(given, Deployment):
        return given, _figures(given, shipped())
    refuse_if(
        not isinstance(given, Mapping), f"is {shown(given)}: write {{model = ..., precision = ..., hardware = ...}}"
    )
    values = dict(given)
    file = values.pop("catalogue", None)  # a scenario keeps what is in the file, not where it was
    refuse_unknown("field", values, [*Deployment.model_fields, "catalogue"])
    with located(""):
        deployment = Deployment.model_validate(values)
    return deployment, _figures(deployment, known(None if file is None else Path(str(file))))


def _figures(one: Deployment, entries: Entries) -> Figures:
    for name, names, what in ((one.model, entries.models, "model"), (one.hardware, entries.hardware, "hardware")):
        if name not in names:
            raise InputError(f"no {what} is called {shown(name)}: {nearest(name, names)}")
    model, computer = entries.models[one.model], entries.hardware[one.hardware]
    chosen = f"{one.model} in {one.precision}"
    version = required(
        next((version for version in model.versions if version.precision == one.precision), None),
        f"{one.model} is not in the catalogue in {one.precision}: choose another precision",
    )
    weights_gb = model.weights_gb(one.precision)
    refuse_if(
        weights_gb >= computer.memory_gb,
        f"{chosen} needs {weights_gb:g} GB for its weights alone, "
        f"and {one.hardware} has {computer.memory_gb:g} GB: choose another",
    )
    guess = entries.scaled_rate(version, one.hardware)
    hint = "" if guess is None else f" (memory bandwidth suggests {guess:.3g})"
    rate = required(
        one.tokens_per_s or version.tokens_per_s.get(one.hardware),
        f"nobody has measured {chosen} on {one.hardware}: give its tokens_per_s{hint}",
    )
    accuracy = required(
        version.accuracy if one.accuracy is None else one.accuracy,
        f"no accuracy of {chosen} is known: give its accuracy",
    )
    compute_w = required(
        one.compute_w or (computer.power_w and computer.power_w[1]),
        f"the power that {one.hardware} draws is not known: give its compute_w",
    )
    return Figures(computer.flops, computer.flops * TOKENS_PER_WORD / rate, compute_w, accuracy)
