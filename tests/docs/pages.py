"""The pages of the documentation, and what stands in their fenced blocks."""

import re
from pathlib import Path
from typing import NamedTuple

from markdown_it import MarkdownIt

from tests import ROOT, tracked

DOCS = ROOT / "docs"
EXAMPLES = DOCS / "examples"
README = ROOT / "README.md"
PAGES = [README, ROOT / "CONTRIBUTING.md", *(ROOT / name for name in tracked("docs") if name.endswith(".md"))]
COMMENT = re.compile(r"\s+#\s.*|^#.*")  # behind a command


class Fence(NamedTuple):
    """A fenced block."""

    page: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"


def fences(page: Path, *languages: str) -> list[Fence]:
    """Return the blocks of a page in some languages."""
    tokens = MarkdownIt().parse(page.read_text(encoding="utf-8"))
    found = [Fence(page, token.map[0] + 1, token.info, token.content) for token in tokens if token.type == "fence"]
    return [fence for fence in found if fence.language in languages]


def commands(page: Path) -> list[str]:
    """Return the lines of a page's shell blocks, without comments."""
    lines = [COMMENT.sub("", line) for fence in fences(page, "sh") for line in fence.text.splitlines()]
    return [line for line in lines if line]


def example(name: str) -> str:
    """Return the source of an example."""
    return (EXAMPLES / f"{name}.py").read_text(encoding="utf-8")
