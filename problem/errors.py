"""The one error for everything a user can get wrong."""

import difflib
from collections.abc import Iterable

from pydantic import ValidationError


class InputError(ValueError):
    """Bad input. Its text is one line: what is wrong, where, and what to do."""


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


def first_mistake(error: ValidationError) -> str:
    """Say on one line the first thing that is wrong with data: where, and the rule."""
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    rule = first["msg"].removeprefix("Value error, ").replace("\n", " ")
    return f"{place}: {rule}" if place else rule
