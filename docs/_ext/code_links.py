"""Pages that name code lead to it: `physics.rate` to its documentation, a folder of the repository to nothing."""

from collections.abc import Iterable, Iterator
from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.util.nodes import make_refnode

PUBLIC = "skyedge.problem."


def full_names(name: str, known: Iterable[str]) -> Iterator[str]:
    """Yield what a name in a page may stand for: ``best_costs.best_cost`` is documented as a public name."""
    yield from (full for full in known if full == name or full.endswith(f".{name}"))
    yield PUBLIC + name.partition(".")[2]


def link_names(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Turn names of documented functions and classes into links."""
    known = app.env.domains.python_domain.objects
    for literal in list(doctree.findall(nodes.literal)):
        text = literal.astext()
        if "." in text and not isinstance(literal.parent, nodes.reference):
            for found in [known[name] for name in full_names(text, known) if name in known][:1]:
                link = make_refnode(app.builder, docname, found.docname, found.node_id, literal.deepcopy())
                literal.replace_self(link)


def unlink_folders(app: Sphinx, doctree: nodes.document) -> None:
    """Take links to folders away: they are for readers of the repository, and the site holds none."""
    for link in list(doctree.findall(pending_xref)):
        if link["reftype"] == "myst" and (target := link["reftarget"]) and not target.startswith("#"):
            _, path = app.env.relfn2path(target, app.env.docname)
            if app.srcdir.joinpath(path).is_dir():
                link.replace_self(nodes.inline("", "", *link.children))


def setup(app: Sphinx) -> dict[str, Any]:
    """Follow the reading and the writing of pages."""
    app.connect("doctree-read", unlink_folders)
    app.connect("doctree-resolved", link_names)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
