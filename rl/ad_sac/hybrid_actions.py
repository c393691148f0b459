"""Hybrid actions of any environment: discrete branches and continuous coordinates, packed in rows and unpacked."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from gymnasium import spaces

from skyedge.problem import InputError


class HybridActions:
    """What an action space consists of.

    A packed row holds the option of each branch, counted from 0, and then each coordinate, scaled to [−1, 1].

    Parameters
    ----------
    space : gymnasium.Space
        ``Discrete``, ``MultiDiscrete``, ``MultiBinary`` or bounded ``Box``, or a ``Dict`` or ``Tuple`` of such, nested
        as deep as you like.

    Attributes
    ----------
    options : tuple of int
        How many options each branch has.
    coordinates : int

    Raises
    ------
    InputError
        If the space has a part of another kind, or a box without bounds.
    """

    def __init__(self, space: spaces.Space) -> None:
        self.space = space
        leaves = list(_leaves(space, "action"))
        self.options: tuple[int, ...] = tuple(option for leaf in leaves for option in _options(leaf))
        self.first = np.concatenate([np.zeros(0, np.int64), *(_first(leaf) for leaf in leaves)])
        boxes = [leaf for leaf in leaves if isinstance(leaf, spaces.Box)]
        self.low = np.concatenate([np.zeros(0), *(box.low.ravel() for box in boxes)])
        self.high = np.concatenate([np.zeros(0), *(box.high.ravel() for box in boxes)])
        self.coordinates = len(self.low)

    @property
    def width(self) -> int:
        """Length of a packed row."""
        return len(self.options) + self.coordinates

    @property
    def packed(self) -> spaces.Box:
        """The space of packed rows, for buffers."""
        return spaces.Box(-np.inf, np.inf, (self.width,), np.float32)

    def unpack(self, rows: np.ndarray) -> Any:
        """Return the actions of rows (B, width): an array (B, …) for a space without parts, else a list of B."""
        branches = len(self.options)
        choice = np.rint(rows[:, :branches]).astype(np.int64) + self.first
        level = self.low + (np.clip(rows[:, branches:], -1.0, 1.0) + 1) / 2 * (self.high - self.low)
        batched = _build(self.space, iter(choice.T), iter(level.T))
        if not isinstance(self.space, spaces.Dict | spaces.Tuple):
            return batched
        return [_pick(batched, number) for number in range(len(rows))]

    def sample(self, count: int, generator: np.random.Generator) -> np.ndarray:
        """Return packed rows drawn evenly, (count, width)."""
        choice = generator.integers(0, np.array(self.options, np.int64), (count, len(self.options)))
        return np.concatenate([choice, generator.uniform(-1, 1, (count, self.coordinates))], axis=1)


def _leaves(space: spaces.Space, name: str) -> Iterator[spaces.Space]:
    """Yield the parts of a space in order."""
    if isinstance(space, spaces.Dict):
        for key, part in space.spaces.items():
            yield from _leaves(part, f"{name}[{key!r}]")
    elif isinstance(space, spaces.Tuple):
        for number, part in enumerate(space.spaces):
            yield from _leaves(part, f"{name}[{number}]")
    elif isinstance(space, spaces.Box):
        if not space.is_bounded():
            raise InputError(f"{name} is a Box without bounds: give it a least and a greatest value")
        yield space
    elif isinstance(space, spaces.Discrete | spaces.MultiDiscrete | spaces.MultiBinary):
        yield space
    else:
        raise InputError(f"{name} is a {type(space).__name__}: use Discrete, MultiDiscrete, MultiBinary or Box parts")


def _options(leaf: spaces.Space) -> list[int]:
    if isinstance(leaf, spaces.Discrete):
        return [int(leaf.n)]
    if isinstance(leaf, spaces.MultiBinary):
        return [2] * int(np.prod(leaf.shape))
    return [int(n) for n in leaf.nvec.ravel()] if isinstance(leaf, spaces.MultiDiscrete) else []


def _first(leaf: spaces.Space) -> np.ndarray:
    """Return the number of each branch's first option."""
    if isinstance(leaf, spaces.Discrete | spaces.MultiDiscrete):
        return np.ravel(leaf.start).astype(np.int64)
    return np.zeros(len(_options(leaf)), np.int64)


def _build(space: spaces.Space, choice: Iterator[np.ndarray], level: Iterator[np.ndarray]) -> Any:
    """Return actions of a space, with a leading axis B, from columns (B,) of choices and of levels."""
    if isinstance(space, spaces.Dict):
        return {key: _build(part, choice, level) for key, part in space.spaces.items()}
    if isinstance(space, spaces.Tuple):
        return tuple(_build(part, choice, level) for part in space.spaces)
    source = level if isinstance(space, spaces.Box) else choice
    shape = space.shape or ()
    columns = [next(source) for _ in range(int(np.prod(shape)))]
    return np.stack(columns, axis=-1).reshape(-1, *shape).astype(space.dtype)


def _pick(batched: Any, number: int) -> Any:
    if isinstance(batched, dict):
        return {key: _pick(part, number) for key, part in batched.items()}
    if isinstance(batched, tuple):
        return tuple(_pick(part, number) for part in batched)
    return batched[number]
