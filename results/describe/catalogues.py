"""The solvers at hand: what they see, which options of the model they take into account, and their own options."""

from rich.table import Table

from skyedge.results import console
from skyedge.solvers import available, get


def catalogue() -> Table:
    """Return the table that ``skyedge solvers`` prints."""
    return console.table(
        "Solvers", ("name", "information", "what it does", "takes", "options"), map(_line, available()), words=5
    )


def _line(name: str) -> tuple[str, ...]:
    solver = get(name)
    summary = (solver.__doc__ or "").strip().split("\n")[0]
    options = ", ".join(f"{option}={field.default}" for option, field in solver.Config.model_fields.items())
    return name, solver.information, summary, ", ".join(sorted(solver.takes_options())), options or "–"
