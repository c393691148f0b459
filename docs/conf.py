"""How Sphinx builds the documentation; its sources are the Markdown pages of the repository, as GitHub shows them."""

import os
import sys
from importlib import metadata
from pathlib import Path

from sphinx.application import Sphinx

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "_ext")]
os.environ["NUMBA_DISABLE_JIT"] = "1"  # compiled functions hide their docstrings from autodoc

project = "skyedge"
author = "The skyedge authors"
version = release = metadata.version("skyedge")

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.viewcode",
    "code_links",
    "mathml",
]
root_doc = "docs/index"
include_patterns = ["*.md", "docs/**.md", "results/published/reproduction.md"]
exclude_patterns = [
    ".*",
    "build",
    "docs/_build",
    "docs/examples",
    "problem",
    "solvers",
    "rl",
    "results/runs",
    "src",
    "tests",
]

myst_enable_extensions = ["dollarmath"]
myst_fence_as_directive = ["math"]
myst_heading_anchors = 4

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
numpydoc_show_class_members = False
nitpicky = True
INTERNAL = (
    "skyedge.problem.physics.shared_air.Air",
    "skyedge.problem.constellations.frames.Site",
    "skyedge.results.statistics.comparisons.Compared",
    "skyedge.solvers.common.plans.Plan",
    "skyedge.rl.networks.set_encoder.SetEncoder",
)
nitpick_ignore = [("py:class", name) for name in INTERNAL]  # signatures name them
nitpick_ignore_regex = [("py:.*", r"(?!skyedge\.).*")]  # others' documentation is not at hand

html_theme = "furo"
html_title = f"skyedge {version}"
html_math_renderer = "mathml"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_copyright = html_copy_source = html_show_sourcelink = False


def setup(app: Sphinx) -> None:
    """Tell autodoc what docstrings and signatures of this project are like."""
    app.connect("autodoc-process-docstring", lambda *args: keep_bars(args[-1]))
    app.connect("autodoc-process-signature", hide_fields)
    app.connect("autodoc-skip-member", lambda app, what, name, obj, *_: is_place_in_tuple(obj) or None)


def keep_bars(lines: list[str]) -> None:
    """Keep the bars of absolute values, which would name substitutions."""
    lines[:] = [line if "``" in line else line.replace("|", r"\|") for line in lines]


def hide_fields(app: Sphinx, what: str, name: str, obj: object, *_: object) -> tuple[str, str] | None:
    """Leave the fields of configurations and worlds out of signatures: they are many, and the source says more."""
    from pydantic import BaseModel

    from skyedge.problem import World

    return ("", "") if isinstance(obj, type) and issubclass(obj, BaseModel | World) else None


def is_place_in_tuple(obj: object) -> bool:
    """Whether something is the field of a named tuple, of which Python knows no more than its number."""
    return type(obj).__name__ == "_tuplegetter"
