"""How methods look in the figures: the same in all of them. Colours are names that the page's theme resolves."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from skyedge.results.report.headline import name

COLOURS = 8  # --series-0 to --series-7 in report.css
DASHES = ("solid", "dash", "dot", "dashdot")
SYMBOLS = {"online": "circle", "offline": "diamond"}
FILLS = ("", "-open", "-cross")  # of symbols, as the colours are used up
ROW_PX, LETTER_PX = 34, 7  # a method's line and a letter of its name
LOG_TICKS = [float(f"{lead}e{power}") for power in range(-3, 5) for lead in (1, 3)]

Figure = dict[str, Any]
Panel = dict[str, Any]


class Look(NamedTuple):
    """A method's name, colour and line, and its marker: a diamond for who sees the future."""

    name: str
    colour: str
    dash: str
    symbol: str

    def legend(self) -> dict[str, str]:
        """Return the legend's entry."""
        return {"name": self.name, "colour": self.colour, "dash": self.dash, "symbol": self.symbol}


Looks = Mapping[str, Look]


def looks(comparison: pd.DataFrame) -> dict[str, Look]:
    """Return the look of every solver, by its specification.

    Parameters
    ----------
    comparison : DataFrame
        From :func:`skyedge.results.tables.comparison.compare`.
    """
    found = {}
    for number, (_, one) in enumerate(comparison.drop_duplicates("solver").iterrows()):
        turn, colour = divmod(number, COLOURS)
        symbol = SYMBOLS[one["information"]] + FILLS[turn % len(FILLS)]
        found[one["solver"]] = Look(name(one), f"var(--series-{colour})", DASHES[turn % len(DASHES)], symbol)
    return found


def axis_name(look: Look, mark: str = "") -> str:
    """Return a method's name for an axis, the track below it, and a mark behind."""
    return look.name.replace(" (", "<br>(") + mark


def methods_axis(names: Sequence[str]) -> Panel:
    """Return the layout of a panel that has a line per method, the first on top."""
    longest = max(len(part) for name in names for part in name.split("<br>"))
    return {
        "yaxis": {"categoryorder": "array", "categoryarray": list(names)[::-1]},
        "height": ROW_PX * len(names) + 90,
        "margin": {"l": LETTER_PX * longest + 10},
    }


def log_axis(title: str, unit: str = "") -> Panel:
    """Return a logarithmic axis that is labelled at 1 and 3."""
    words = [f"{tick:g}{unit}" for tick in LOG_TICKS]
    return {"title": {"text": title}, "type": "log", "tickvals": LOG_TICKS, "ticktext": words, "tickangle": 0}


def interval(values: pd.DataFrame, colour: str) -> Panel:
    """Return the error bars of mean costs: their 95 % intervals, nothing where there is none."""
    return {
        "symmetric": False,
        "array": numbers((values["cost_high"] - values["cost"]).fillna(0)),
        "arrayminus": numbers((values["cost"] - values["cost_low"]).fillna(0)),
        "color": colour,
        "thickness": 1.5,
        "width": 3,
    }


def numbers(values: pd.Series) -> list[float | None]:
    """Return values for JSON, to 6 significant digits; NaN becomes None."""
    return [None if pd.isna(value) else float(f"{value:.6g}") for value in values]
