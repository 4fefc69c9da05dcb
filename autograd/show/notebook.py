"""What a notebook shows of a bare Value: its graph."""

from __future__ import annotations

import sys
from collections.abc import Container
from typing import Any

from autograd._util.names import models_in, names_in
from autograd.core.value import Value
from autograd.errors import GraphError, MissingExtraError
from autograd.show.drawing import MAX_NODES, drawing
from autograd.show.graphviz import fitted
from autograd.show.tree import tree

_SVG = "image/svg+xml"
_LINES = 30


def mimebundle(
    value: Value, include: Container[str] | None = None, exclude: Container[str] | None = None
) -> dict[str, str]:
    """The graph below a Value as IPython wants it: by its kind, as text and as SVG.

    Names and models are those of the notebook's variables. Without Graphviz the text is the tree.

    >>> from autograd import Value
    >>> a = Value(2.0)
    >>> sorted(mimebundle(a * a)), sorted(mimebundle(a))
    (['image/svg+xml', 'text/plain'], ['text/plain'])
    """
    bundle = {"text/plain": repr(value)}
    if not value.parents or not _wanted(include, exclude):
        return bundle
    variables = dict(vars(sys.modules["__main__"]))
    names = names_in(variables)
    try:
        bundle[_SVG] = drawing(value, names, models_in(variables), MAX_NODES).svg()
        bundle[_SVG] = fitted(bundle[_SVG])
    except (MissingExtraError, GraphError) as error:
        nodes = {name: node for node, name in names.items()}
        bundle["text/plain"] += f"\n{tree(value, names=nodes, max_lines=_LINES)}\n({error})"
    return bundle


def _wanted(include: Container[str] | None, exclude: Container[str] | None) -> bool:
    """Whether anybody would look at a picture: IPython in a terminal asks, and shows none."""
    if (include and _SVG not in include) or (exclude and _SVG in exclude):
        return False
    shell: Any = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return shell is None or _SVG in shell.display_formatter.active_types
