"""Random graphs of every row of the table: compiled, they agree with eager.

The profile ``long`` tries thirty times as many: see ``tests/conftest.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import Value
from autograd.compiler.api import Compiled
from autograd.core.value import apply
from tests.autograd.compiler.agreement import check_all, check_map
from tests.graphs import ROWS
from tests.properties.programs import TIMES

NUMBERS = st.floats(-3.0, 3.0, allow_nan=False).map(lambda x: round(x, 3))

# One step of a program: a row, and which of the nodes so far are its operands. A number is an
# operand as it is.
Step = tuple[Any, list[int | float]]


def operands(draw: Any, n: int, arity: int) -> list[int | float]:
    """Places among n nodes, one in five a number instead; at least one is no number."""
    listed: list[int | float] = [draw(st.integers(0, n - 1)) for _ in range(arity)]
    for k in range(1, arity):
        if draw(st.integers(0, 4)) == 0:
            listed[k] = draw(NUMBERS)
    return listed


@st.composite
def steps(draw: Any, n: int, most: int) -> list[Step]:
    """A program over n nodes that are there already: any rows, sums and sums of products."""
    listed: list[Step] = []
    for _ in range(draw(st.integers(1, most))):
        there = n + len(listed)
        kind = draw(st.sampled_from(["row", "row", "row", "row", "sum", "dot"]))
        if kind == "row":
            row = draw(st.sampled_from(ROWS))
            arity = row.arity or draw(st.integers(2 if row.name == "choose" else 1, 4))
            listed.append((row, operands(draw, there, arity)))
        else:
            length = draw(st.integers(1, 6)) * (2 if kind == "dot" else 1)
            listed.append((kind, operands(draw, there, length)))
    return listed


def run(program: list[Step], nodes: list[Any]) -> list[Any]:
    """All nodes of a program, those that were there first."""
    nodes = list(nodes)
    for row, places in program:
        xs = [nodes[p] if isinstance(p, int) else p for p in places]
        if row == "sum":
            result = sum(xs[1:], xs[0]) if len(xs) % 2 else autograd.sum(xs)
        elif row == "dot":
            result = autograd.dot(xs[::2], xs[1::2])
        else:
            result = apply(row, *xs)
        nodes.append(result)
    return nodes


@dataclass
class Drawn:
    """A function, and its examples: of arguments, parameters and Values made outside of it."""

    numbers: list[float]  # of its parameters
    before: list[Step]  # what is made of them outside of it
    program: list[Step]
    examples: list[tuple[list[float]]]

    def __post_init__(self) -> None:
        parameters = [Value(x, name=f"p{i}" if i % 2 else "") for i, x in enumerate(self.numbers)]
        self.outside = run(self.before, parameters)

    def compiled(self, pick: Callable[[list[Any]], Any]) -> Compiled:
        """The function that returns what is picked of all that it computes."""

        def fn(x: Any) -> Any:
            return pick(run(self.program, [*x, *self.outside]))

        return autograd.compile(fn if self.examples else lambda: fn([]))


@st.composite
def drawn(draw: Any) -> Drawn:
    """Any function of up to four parameters and three arguments."""
    numbers = [draw(NUMBERS) for _ in range(draw(st.integers(0, 4)))]
    before = draw(steps(len(numbers), 3)) if numbers and draw(st.booleans()) else []
    k = draw(st.integers(0 if numbers else 1, 3))
    n = draw(st.sampled_from([1, 2, 5])) if k else 0
    examples = [([draw(NUMBERS) for _ in range(k)],) for _ in range(n)]
    return Drawn(numbers, before, draw(steps(k + len(numbers) + len(before), 10)), examples)


@settings(max_examples=1500 * TIMES)
@given(drawn())
def test_one_result_and_its_gradient_agree(one: Drawn) -> None:
    check_all(one.compiled(lambda made: made[-1]), one.examples)


@settings(max_examples=500 * TIMES)
@given(drawn(), st.lists(st.integers(0, 20), min_size=1, max_size=6))
def test_several_results_agree(one: Drawn, picked: list[int]) -> None:
    f = one.compiled(lambda made: [made[i % len(made)] for i in picked])
    check_map(f, one.examples)
