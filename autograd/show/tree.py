"""The graph as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from autograd._util.format import Text, number
from autograd._util.names import names_for
from autograd.analysis.steps import changed_note
from autograd.core.value import Value
from autograd.show.picture import Picture, check_limit, picture
from autograd.show.tree_lines import tree_lines


def tree(
    output: Value, *, names: Mapping[str, Any] | None = None, max_lines: int | None = 200
) -> Text:
    """The graph below ``output`` as an indented text, one line a use of a node.

    The columns are the node's data, its gradient (a plain number has none), and the local
    derivative of the line's parent in the drawing with respect to it. A node that was shown
    before is marked "(above)" and not unfolded again. Names are those given to the Values, else
    ``names``, else your variables.

    >>> from autograd import Value, tree
    >>> a, b = Value(2.0), Value(-3.0)
    >>> L = a * b + a
    >>> L.backward()
    >>> print(tree(L))
    node           data  grad  local
    L = +            -4     1
    ├─ *             -6     1      1
    │  ├─ a           2    -2     -3
    │  └─ b          -3     2      2
    └─ a (above)      2    -2      1
    """
    if max_lines is not None:
        check_limit(max_lines, "tree", "max_lines")
    shown = picture(output, names_for(names, depth=1), "tree")
    found = _rows(shown)
    rows = [("node", "data", "grad", "local"), *islice(found, max_lines)]
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    lines = [
        "  ".join([row[0].ljust(widths[0]), *(row[i].rjust(widths[i]) for i in (1, 2, 3))]).rstrip()
        for row in rows
    ]
    if not shown.has_gradients:
        lines.append("no gradients yet: call .backward() on the output")
    if shown.changed is not None:
        lines.append(changed_note(shown.nodes[shown.changed].title))
    if next(found, None) is not None:
        lines.append(
            f"... cut at {max_lines} lines of a graph of {len(shown.nodes):,} nodes; "
            "max_lines=None shows all"
        )
    return Text("\n".join(lines))


def _rows(shown: Picture) -> Iterator[tuple[str, str, str, str]]:
    nodes = shown.nodes
    for line in tree_lines(
        [node.parents for node in nodes], [not node.is_constant for node in nodes]
    ):
        node = nodes[line.node]
        local = number(nodes[line.child].locals_[line.slot]) if line.child >= 0 else ""
        grad = number(node.grad) if node.grad is not None else ""
        title = node.title + (" (above)" if line.again else "")
        yield line.branch() + title, number(node.data), grad, local
