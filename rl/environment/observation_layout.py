"""Where everything is in a flat observation, so that networks can take it apart."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Group(NamedTuple):
    """Rows of equal meaning: where they start, how many they are, and how wide each is."""

    start: int
    rows: int
    width: int


class Layout:
    """A flat observation as three tables, one after the other: a row per device, a row per UAV, one for the slot.

    Parameters
    ----------
    rows : mapping of str to int
        How many rows each table has.
    columns : mapping of str to mapping of str to int
        The names of each table's columns, and how many columns share a name. Names are unique over all tables.

    Attributes
    ----------
    size : int
        Length of an observation.
    groups : dict of str to Group
    columns : dict of str to slice
        Where a name stands within a row of its table.
    """

    def __init__(self, rows: Mapping[str, int], columns: Mapping[str, Mapping[str, int]]) -> None:
        self.groups: dict[str, Group] = {}
        self.columns: dict[str, slice] = {}
        self._group_of: dict[str, str] = {}
        self.size = 0
        for group, widths in columns.items():
            width = 0
            for name, wide in widths.items():
                self.columns[name] = slice(width, width + wide)
                self._group_of[name] = group
                width += wide
            self.groups[group] = Group(self.size, rows[group], width)
            self.size += rows[group] * width

    def table(self, observation: Any, group: str) -> Any:
        """Return a table (…, rows, width) of observations (…, size); numpy arrays and torch tensors give views."""
        start, rows, width = self.groups[group]
        return observation[..., start : start + rows * width].reshape(*observation.shape[:-1], rows, width)

    def part(self, observation: Any, name: str) -> Any:
        """Return the columns of a name (…, rows, columns) of observations (…, size), as views."""
        return self.table(observation, self._group_of[name])[..., self.columns[name]]
