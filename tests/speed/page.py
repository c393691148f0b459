"""The page of what `make speed` has measured: `performance.md.jinja` holds its words, here are its tables."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tests.speed.growth import Growth

TEMPLATE = "performance.md.jinja"
Row = tuple[str, ...]


@dataclass
class Record:
    """What was measured, by the page's sections: rows of text, and growths, whose rows follow from them."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    growths: dict[str, list[Growth]] = field(default_factory=dict)

    def row(self, section: str, *cells: str) -> None:
        """Note a row."""
        self.rows.setdefault(section, []).append(cells)

    def growth(self, section: str, growth: Growth) -> None:
        """Note how a time grows."""
        self.growths.setdefault(section, []).append(growth)

    def tables(self) -> dict[str, list[Row]]:
        """Return all rows."""
        return self.rows | {section: [one.row() for one in some] for section, some in self.growths.items()}


def markdown(header: Sequence[str], rows: Sequence[Row]) -> str:
    """Return a table; columns but the first are numbers."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def render(record: Record, **facts: Any) -> str:
    """Return the page.

    Raises
    ------
    jinja2.UndefinedError
        If a section that the page has was not measured.
    """
    loader = FileSystemLoader(Path(__file__).parent)
    environment = Environment(loader=loader, undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)
    return environment.get_template(TEMPLATE).render(**record.tables(), **facts, table=markdown)
