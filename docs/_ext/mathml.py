r"""Formulas as MathML: every browser draws it by itself, so pages open offline and run no script for it.

A formula that cannot be understood ends the build. A ``\tag{12}`` becomes the number beside the formula and the anchor
``#eq-12``.
"""

import re
from html import escape
from typing import Any

from docutils import nodes
from math_core import LatexToMathML
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

TAG = re.compile(r"\\tag\{(.+?)\}")
convert = LatexToMathML().convert_with_local_state


def inline(self: HTML5Translator, node: nodes.math) -> None:
    """Write a formula within a line."""
    self.body.append(convert(node.astext(), displaystyle=False))
    raise nodes.SkipNode


def block(self: HTML5Translator, node: nodes.math_block) -> None:
    """Write a formula that stands alone, with its number if it has one."""
    latex = node.astext()
    tag = TAG.search(latex)
    anchor = f' id="eq-{escape(tag[1])}"' if tag else ""
    number = f'<span class="eqno">({escape(tag[1])})</span>' if tag else ""
    formula = convert(TAG.sub("", latex), displaystyle=True)
    self.body.append(f'<div class="formula"{anchor}><div>{formula}</div>{number}</div>')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, Any]:
    """Make the renderer known to Sphinx."""
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
