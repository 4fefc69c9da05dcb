"""Graphviz: where its program is, and what it makes of a DOT text."""

from __future__ import annotations

import re
import shutil
import subprocess
import sysconfig
from pathlib import Path

from autograd.errors import GraphError, MissingExtraError

NO_DOT = (
    "drawing needs Graphviz, and neither its program 'dot' nor the wheel graphviz-pure was found; "
    'run: pip install "glassgrad[dot]", or install your system\'s package graphviz. Without '
    "either, .source is the DOT text and autograd.tree(output) the graph as text"
)


_COLUMN = 700.0  # points, about the width of a notebook's column
_SMALLEST = 0.55  # of the size; smaller type could not be read


def render(source: str, kind: str, timeout: float | None) -> bytes:
    """Graphviz's picture of a DOT text, by the system's ``dot`` or else by graphviz-pure.

    ``kind`` is svg, png or pdf. After ``timeout`` seconds it is given up.
    """
    program = find_dot()
    if program is None:
        raise MissingExtraError(NO_DOT)
    if kind == "pdf" and program.name.startswith("graphviz-pure"):
        raise MissingExtraError(
            "graphviz-pure writes svg and png, but no pdf; save as .svg, or install your "
            "system's package graphviz"
        )
    # not through the package graphviz, which cannot stop a program that takes too long
    try:
        done = subprocess.run(
            [program, f"-T{kind}"], input=source.encode(), capture_output=True, timeout=timeout,
            check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise GraphError(
            f"Graphviz ({program}) was stopped after {timeout:g} seconds; draw it with a smaller "
            "max_nodes, save it as .dot, or pass timeout=None to wait"
        ) from None
    except OSError as error:
        raise GraphError(f"Graphviz ({program}) could not be run: {error}") from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip()[-500:]
        raise GraphError(f"Graphviz ({program}) could not draw this graph: {said}")
    return done.stdout


def fitted(svg: str) -> str:
    """The SVG for a notebook's column: a wide one is shown smaller, down to about half its size.

    Notebooks show it as an image, which takes the size that it names, and scrolls beyond that.
    """
    size = re.search(r'<svg width="([\d.]+)pt" height="([\d.]+)pt"', svg)
    if size is None or float(size[1]) <= _COLUMN:
        return svg
    scale = max(_COLUMN / float(size[1]), _SMALLEST)
    width, height = (float(side) * scale for side in size.groups())
    return svg.replace(size[0], f'<svg width="{width:.0f}pt" height="{height:.0f}pt"', 1)


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
