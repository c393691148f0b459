"""The one error for everything a user can get wrong."""

import difflib
from collections.abc import Iterable


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
