"""The one error for everything a user can get wrong."""

import contextlib
import difflib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from importlib.util import find_spec
from typing import Any, TypeVar

from pydantic import ValidationError

LONGEST_LINE = 2000
Value = TypeVar("Value")


class InputError(ValueError):
    """Bad input. Its text is one line: what is wrong, where, and what to do."""

    def __init__(self, text: str) -> None:
        super().__init__(one_line(text))


def one_line(text: str, longest: int = LONGEST_LINE) -> str:
    """Return a text, which may quote a hostile file, as one line that any terminal can show, cut where it is long."""
    line = " ".join(text[: 10 * longest].split())
    line = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in line)
    return line if len(line) <= longest else line[: longest - 1] + "…"


def shown(value: object, longest: int = 60) -> str:
    """Return a value as Python writes it, cut where it is long."""
    try:
        text = repr(value)
    except (RecursionError, ValueError):  # nested too deeply, or a whole number of thousands of digits
        text = f"a {type(value).__name__} that is too large to show"
    return text if len(text) <= longest else text[: longest - 3] + "..."


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a hint that names the nearest known word, or lists all of them.

    Parameters
    ----------
    name : str
        What the user wrote.
    known : iterable of str
        What would have been understood.
    """
    words = sorted(known)
    close = difflib.get_close_matches(name, words, n=1, cutoff=0.5)
    return f"did you mean {close[0]!r}?" if close else f"known are: {', '.join(words)}"


def refuse_unknown(what: str, given: Iterable[str], known: Iterable[str]) -> None:
    """Refuse the first name that is not among the known ones.

    Raises
    ------
    InputError
        Naming the nearest that is known.
    """
    words = set(known)
    for name in given:
        if name not in words:
            raise InputError(f"unknown {what} {name!r}: {nearest(name, words)}")


def refuse_if(broken: object, text: str) -> None:
    """Raise an :class:`InputError` with that text if a rule is broken."""
    if broken:
        raise InputError(text)


def required(value: Value | None, text: str) -> Value:
    """Return a value, or raise an :class:`InputError` with that text if there is none."""
    if value is None:
        raise InputError(text)
    return value


def refuse_any(*rules: tuple[object, str]) -> None:
    """Raise an :class:`InputError` with the text of the first rule that is broken: see :func:`refuse_if`."""
    for broken, text in rules:
        refuse_if(broken, text)


@contextlib.contextmanager
def refused(what: str, cure: str, *errors: type[Exception]) -> Iterator[None]:
    """Turn such errors of the block into one that says what failed, why, and what to do.

    Raises
    ------
    InputError
        As ``what (reason): cure``.
    """
    try:
        yield
    except InputError:
        raise
    except errors as error:
        reason = getattr(error, "strerror", None) or getattr(error, "reason", None) or str(error).split("\n")[0]
        raise InputError(f"{what} ({reason or type(error).__name__}): {cure}") from None


def first_mistake(error: ValidationError) -> str:
    """Say on one line the first thing that is wrong with data: where, and the rule."""
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"{place}: {_rule(first)}" if place else _rule(first)


def field_mistake(error: ValidationError) -> str:
    """Say on one line the first thing that is wrong with a row or a table: field, value and rule."""
    first = error.errors()[0]
    rule = _rule(first)
    value = "" if first["type"] == "missing" else first["input"]
    return f"{first['loc'][0]} is {shown(value)}: {rule[0].lower()}{rule[1:]}" if first["loc"] else rule


def _rule(mistake: Any) -> str:
    return str(mistake["msg"]).removeprefix("Value error, ")


@contextlib.contextmanager
def located(place: object, mistake: Callable[[ValidationError], str] = first_mistake) -> Iterator[None]:
    """Say in the text of the block's error where it is; data that are not valid are described by ``mistake``.

    Raises
    ------
    InputError
        As ``place: text``, or without a place as ``text``.
    """
    try:
        yield
    except (ValidationError, InputError) as error:
        text = mistake(error) if isinstance(error, ValidationError) else error
        raise InputError(f"{place}: {text}" if place else str(text)) from None


def require_extra(extra: str, what: str, *packages: str) -> None:
    """Refuse what needs packages that only an extra of skyedge installs, where they are not.

    Raises
    ------
    InputError
        If one of them is missing.
    """
    if not all(map(find_spec, packages)):
        raise InputError(f"{what} needs the extra {extra!r}: pip install 'skyedge[{extra}]'")


def scenario_mistake(error: ValidationError, known: Collection[str], parts: Mapping[str, Collection[str]]) -> str:
    """Say on one line the first thing that is wrong with a scenario: field, value and rule.

    Parameters
    ----------
    error : ValidationError
    known : collection of str
        The scenario's fields.
    parts : mapping
        Fields of those that have fields of their own.
    """
    first = error.errors()[0]
    location = first["loc"]
    if first["type"] == "extra_forbidden":
        fields = parts.get(str(location[0]), known) if len(location) > 1 else known
        field = ".".join(map(str, location))
        return f"unknown scenario field {field!r}: {nearest(str(location[-1]), fields)}"
    # a union adds its branch's name to the location, which is no field
    every = {*known, *(name for fields in parts.values() for name in fields)}
    place = ".".join(str(part) for part in location if isinstance(part, int) or part in every)
    if first["type"] == "missing":
        return f"scenario field {place!r} is missing: give it a value, or start from a preset with base = 'paper'"
    if not place:
        return _rule(first)
    rule = first["msg"][0].lower() + first["msg"][1:]
    return f"scenario field {place!r} is {shown(first['input'])}: {rule}"
