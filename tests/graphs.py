"""Random graphs for the tests: every row of the table, shared nodes, n-ary nodes, constants."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from autograd import Value
from autograd.functions import FUNCTIONS
from autograd.operation import TABLE
from autograd.value import apply

# Rows that come with the package: other tests may have added primitives by now.
ROWS = [TABLE[name] for name in sorted(TABLE) if name in FUNCTIONS or not TABLE[name].is_function]


@st.composite
def graphs(draw: Any, max_nodes: int = 12) -> Value:
    """An output that depends on some of one to three leaves, each operand any node so far."""
    numbers = st.floats(-3.0, 3.0, allow_nan=False)
    nodes = [Value(draw(numbers), name=name) for name in "abc"[: draw(st.integers(1, 3))]]
    for _ in range(draw(st.integers(1, max_nodes))):
        row = draw(st.sampled_from(ROWS))
        arity = row.arity if row.arity is not None else draw(st.integers(1, 4))
        operands: list[Any] = [draw(st.sampled_from(nodes)) for _ in range(arity)]
        if arity > 1 and draw(st.booleans()):
            operands[draw(st.integers(0, arity - 1))] = draw(numbers)
        if not any(isinstance(x, Value) for x in operands):
            continue
        nodes.append(apply(row, *operands))
    return nodes[-1]
