"""The graph through Graphviz: ``draw``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autograd._util.files import write_bytes, write_text
from autograd._util.format import count
from autograd._util.module_paths import Model, numbered_paths
from autograd._util.names import Names, models_for, names_for
from autograd.core.value import Value
from autograd.errors import ArgumentError, GraphError, InputError, MissingExtraError
from autograd.show.dot_source import dot_source, folded_source
from autograd.show.graphviz import fitted, render
from autograd.show.layout.folding import fits, fold
from autograd.show.picture import check_limit, order_of, picture_of

_FORMATS = ("svg", "png", "pdf")
_TIMEOUT = 30.0  # seconds
MAX_NODES = 200  # of a picture that is still read, and drawn at once; more are folded


class Drawing:
    """A picture of a graph: shows itself in a notebook, and saves itself to a file.

    ``source`` is the DOT text. It is fixed when drawn: later sweeps do not change it.
    """

    def __init__(self, source: str, text: str) -> None:
        self.source = source
        self._text = text

    def save(self, path: str | Path, *, timeout: float | None = _TIMEOUT) -> Path:
        """Write the picture to ``path``; the ending says how: .svg, .png, .pdf, or .dot (text).

        Graphviz is given up after ``timeout`` seconds; None waits for it.
        """
        if not isinstance(path, (str, os.PathLike)):
            raise InputError(f"Drawing.save expects a path, got {path!r}; write .save('graph.svg')")
        target = Path(path).expanduser()
        kind = target.suffix.lstrip(".").lower()
        if kind in ("dot", "gv"):
            write_text(target, self.source)
        elif kind in _FORMATS:
            write_bytes(target, render(self.source, kind, timeout))
        else:
            raise ArgumentError(
                "Drawing.save expects a path that ends in .svg, .png, .pdf or .dot, got "
                f"{str(path)!r}; write .save('graph.svg')"
            )
        return target

    def svg(self, *, timeout: float | None = _TIMEOUT) -> str:
        """The picture as SVG text, to put into a page."""
        return render(self.source, "svg", timeout).decode("utf-8")

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        bundle = {"text/plain": self._text}
        try:
            bundle["image/svg+xml"] = fitted(self.svg())
        except (MissingExtraError, GraphError) as error:
            bundle["text/plain"] += f"\n({error})"
        return bundle

    def __repr__(self) -> str:
        return f"<Drawing of {self._text}; .save('graph.svg') writes it to a file>"


def draw(
    output: Value, *, names: Mapping[str, Any] | None = None, model: Any = None,
    max_nodes: int = MAX_NODES,
) -> Drawing:  # fmt: skip
    r"""Draw the graph below ``output``: each node with its operation, data and gradient.

    An edge is labelled with the local derivative of the node it points to and, once
    ``backward()`` has run, with the gradient that flows back along it, which is also its width
    and, by its sign, its colour. Names are those given to the Values, else ``names``, else your
    variables.

    A graph of more than ``max_nodes`` nodes is folded into the neurons or layers of ``model``,
    or of the models in your variables; without a model it is folded by depth.

    >>> from autograd import Value, draw
    >>> a = Value(3.0)
    >>> y = a * a
    >>> y.backward()
    >>> draw(y).source.count("local 3\\nflow 3")
    2
    """
    check_limit(max_nodes, "draw", "max_nodes")
    known, models = names_for(names, depth=1), models_for(model, depth=1)
    return drawing(output, known, models, max_nodes)


def drawing(output: Value, names: Names, models: Mapping[str, Model], max_nodes: int) -> Drawing:
    """The same with names and models that were looked up before."""
    order = order_of(output, "draw")
    shown = picture_of(order, names)
    text = f"{shown.output.title}, a graph of {count(len(order), 'node')}"
    if fits(shown, max_nodes):
        return Drawing(dot_source(shown), text)
    folded = fold(shown, numbered_paths(order, models), max_nodes)
    return Drawing(folded_source(shown, folded), f"{text}\n{folded.note}")
