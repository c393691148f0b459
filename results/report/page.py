"""The page: what goes into the template, and the one file that comes out."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from skyedge.problem.common import write_text
from skyedge.results.report.certainty import certainty, rank_figure
from skyedge.results.report.charts import cost_figure, gap_figure, time_figure
from skyedge.results.report.headline import headline
from skyedge.results.report.learning import learning_figure
from skyedge.results.report.origin import origin
from skyedge.results.report.replay import replays
from skyedge.results.report.series import looks
from skyedge.results.report.settings import as_toml, parameters
from skyedge.results.report.sweeps import sweep_figure
from skyedge.results.report.tables import sections
from skyedge.results.statistics import Compared, described
from skyedge.results.tables.columns import LEARNED_LEGEND, LEGEND
from skyedge.results.tables.comparison import compare
from skyedge.results.tables.significance_text import LEGEND as CERTAINTY

HERE = Path(__file__).parent
SCRIPTS = ("theme", "tables", "figures", "scene", "player")
BESIDE = ("table.csv",)  # files whose hashes the report names


def write_report(
    directory: Path, resolved: Mapping[str, Any], rows: pd.DataFrame, compared: Sequence[Compared]
) -> Path:
    """Write ``report.html``, one file that needs nothing else, into a campaign's folder.

    Parameters
    ----------
    directory : Path
        Holds the tables already.
    resolved : mapping
        The campaign's record: ``campaign``, ``scenarios``, ``run``.
    rows : DataFrame
        One row per cell.
    compared : sequence of Compared
        How sure the comparison of the rows is.

    Returns
    -------
    Path
        Of the report.
    """
    path = directory / "report.html"
    files = {name: (directory / name).read_bytes() for name in BESIDE}
    write_text(path, render(content(resolved, rows, compared, files)))
    return path


def content(
    resolved: Mapping[str, Any], rows: pd.DataFrame, compared: Sequence[Compared], files: Mapping[str, bytes]
) -> dict[str, Any]:
    """Return everything that the template shows, as plain data."""
    campaign, worlds, told = resolved["campaign"], resolved["scenarios"], described(resolved)
    comparison = compare(rows)
    styles = looks(comparison)
    figures = [
        cost_figure(rows, comparison, styles),
        gap_figure(rows, styles),
        time_figure(comparison, styles),
        sweep_figure(comparison, told, styles),
        learning_figure(rows, worlds),
    ]
    return {
        "name": campaign["name"],
        "headline": headline(comparison),
        "facts": _facts(campaign, rows),
        "sections": sections(rows, comparison),
        "certainty": certainty(compared),
        "ranks": rank_figure(compared, styles),
        "tracks": [track for track in comparison["track"].unique() if track],
        "certainty_legends": CERTAINTY,
        "legends": [LEGEND, *([LEARNED_LEGEND] if (comparison["track"] != "").any() else [])],
        "figures": [figure for figure in figures if figure and figure["variants"]],
        "replays": replays(rows, worlds, styles),
        "toml": as_toml(campaign),
        "parameters": parameters(told),
        "origin": origin(rows, resolved.get("run", {}), files),
    }


def _facts(campaign: Mapping[str, Any], rows: pd.DataFrame) -> dict[str, str]:
    """Return the size of what was run."""
    missing = (rows["status"] == "missing").sum()
    failed = (rows["cost"].isna() & ~rows["status"].isin(["bound-only", "missing"])).sum()
    lacking = [f"{count} {what}" for count, what in ((failed, "failed"), (missing, "not computed yet")) if count]
    return {
        "scenarios": str(rows["scenario"].nunique()),
        "methods": str(rows["solver"].nunique()),
        "instances": str(len(rows[["scenario", "instance_seed"]].drop_duplicates())),
        "runs": ", ".join([str(len(rows)), *lacking]),
        "budget": f"{campaign['seconds']:g} s per run",
    }


def render(shown: Mapping[str, Any]) -> str:
    """Return the page of some content; styles, scripts and libraries are part of it."""
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"embedded": embedded, "emphasised": emphasised}
    scripts = {name: Markup((HERE / "scripts" / f"{name}.js").read_text(encoding="utf-8")) for name in SCRIPTS}
    plotly = Markup((HERE / "vendor" / "plotly-basic.min.js").read_text(encoding="utf-8"))
    style = Markup((HERE / "report.css").read_text(encoding="utf-8"))
    page = environment.get_template("template.html.jinja")
    return page.render(**shown, style=style, scripts=scripts, plotly=plotly)


def embedded(data: Any) -> Markup:
    """Return data as JSON that is safe inside a ``<script>``: no ``<`` in it can end the element."""
    return Markup(json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c"))


def emphasised(text: str) -> Markup:
    """Return a legend, which marks words ``*like this*``, as HTML."""
    return Markup(re.sub(r"\*([^*]+)\*", r"<em>\1</em>", str(escape(text))))
