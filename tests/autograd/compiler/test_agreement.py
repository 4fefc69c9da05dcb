"""Every row of the table, compiled, against itself run eagerly.

Alone, in groups that are small enough for plain numbers and in groups that become arrays; with
parameters, arguments and constants in every slot; at ordinary points, kinks, ties and edges.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

import autograd
from autograd import Value
from autograd.core.operation import Operation
from autograd.core.value import apply
from tests.autograd.compiler.agreement import check_all, check_map
from tests.autograd.compiler.expression_runs import ROWS, label

Point = tuple[float, ...]
GROUPS = (1, 3, 9, 40)
EDGES = (0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, math.nan, 5e-324, 1e308, -1e308)
EDGES += (40.0, -40.0, 400.0, -400.0)
# 0 * (1/b) is nan where 1/b overflows, and the program's 0/b is the 0 that it should be; and a
# length of some 5e-324 has no digits: it is another one if it is taken two coordinates at a time.
NOT_SO_SMALL = ("/", "log", "hypot")
EVERY_ROW = pytest.mark.parametrize("row", ROWS, ids=label)


def arities(row: Operation) -> tuple[int, ...]:
    if row.name == "choose":
        return (2, 3, 4, 7)  # an index, and what to choose from
    return (row.arity,) if row.arity else (1, 2, 3, 6)


def points_of(row: Operation, arity: int) -> list[Point]:
    """The row's own points, drawn out or cut to so many operands."""
    listed = [(*p, *itertools.islice(itertools.cycle(p), arity))[:arity] for p in row.points]
    if row.name == "choose":
        listed = [(float(k % (arity - 1)), *p[1:]) for k, p in enumerate(listed)]
    return listed


def edges_of(row: Operation, arity: int) -> list[Point]:
    """All edges of one operand, all pairs, and a choice of longer lists; ties among them."""
    edges = [x for x in EDGES if x != 5e-324 or row.name not in NOT_SO_SMALL]
    if arity <= 2:
        return list(itertools.product(edges, repeat=arity))
    generator = random.Random(row.name)
    drawn = [tuple(generator.choices(edges, k=arity)) for _ in range(80)]
    return [*drawn, *[(x,) * arity for x in edges], *points_of(row, arity)]


class Copies:
    """``count`` copies of a row, each operand a parameter, an argument or a number of its own.

    The result is a sum of them all, each times a number, so that every copy has a gradient of its
    own, or the list of them. ``kinds`` has a letter for each slot: p, a, c.
    """

    def __init__(self, row: Operation, kinds: str, count: int) -> None:
        self.row, self.kinds, self.count = row, kinds, count
        self.parameters = [
            [Value(0.0, name=f"p{slot}[{i}]") for i in range(count)] for slot in range(len(kinds))
        ]
        self.numbers = [[0.0] * count for _ in kinds]
        self.weights = [1.0 - 0.25 * (i % 7) for i in range(count)]

    def copies(self, x: Any) -> list[Value]:
        """The row at each of its points; ``x`` has a list for each slot that is an argument."""
        waiting = iter(x)
        columns = [
            next(waiting) if kind == "a" else values if kind == "p" else numbers
            for kind, values, numbers in zip(self.kinds, self.parameters, self.numbers, strict=True)
        ]
        return [apply(self.row, *point) for point in zip(*columns, strict=True)]

    def total(self, x: Any) -> Value:
        """One result, of the copies that are not weighted with 0 too."""
        result: Value = autograd.dot(self.weights, self.copies(x))
        return result

    def set(self, points: Sequence[Point]) -> list[list[float]]:
        """Put points into the parameters and numbers, and return the arguments of an example."""
        columns = [list(column) for column in zip(*points, strict=True)]
        for values, column in zip(self.parameters, columns, strict=True):
            for value, x in zip(values, column, strict=True):
                value.data = x
        self.numbers = columns
        return [c for c, kind in zip(columns, self.kinds, strict=True) if kind == "a"]


def function_of(run: Callable[[Any], Any], has_arguments: bool) -> Callable[..., Any]:
    return run if has_arguments else lambda: run([])


def chunks(points: Sequence[Point], count: int, most: int) -> Iterator[list[Point]]:
    """Groups of ``count`` points, at most so many; a group that is not full starts anew."""
    cycle = itertools.cycle(points)
    for _ in range(min(most, -(-len(points) // count))):
        yield list(itertools.islice(cycle, count))


def hold(row: Operation, kinds: str, count: int, points: list[Point], most: int) -> None:
    """Check copies of a row at points, without and with examples."""
    over = "a" in kinds
    made = Copies(row, kinds, count)
    total, listed = (autograd.compile(function_of(run, over)) for run in (made.total, made.copies))
    for k, group in enumerate(chunks(points, count, most)):
        if "c" in kinds:  # a constant is part of the program
            total, listed = (
                autograd.compile(function_of(run, over)) for run in (made.total, made.copies)
            )
        first = made.set(group)
        n = (1, 5)[k % 2]
        turned = [[[*c[i:], *c[:i]] for c in first] for i in range(n)]
        examples = [(turn,) for turn in turned] if over else []
        check_map(listed, examples)
        check_all(total, examples)


@pytest.mark.parametrize("count", GROUPS)
@EVERY_ROW
def test_a_row_agrees_at_its_points_with_every_kind_of_operand(row: Operation, count: int) -> None:
    for arity in arities(row):
        for kinds in slots(arity):
            hold(row, kinds, count, points_of(row, arity), 2)


@pytest.mark.parametrize("count", GROUPS)
@EVERY_ROW
def test_a_row_agrees_at_kinks_ties_and_edges(row: Operation, count: int) -> None:
    for arity in arities(row):
        for kinds in slots(arity)[:2]:
            hold(row, kinds, count, edges_of(row, arity), {1: 40, 3: 30}.get(count, 10))


def slots(arity: int) -> list[str]:
    """Which slot holds what: all parameters, all arguments, and then a mixture of all three."""
    if arity <= 3:
        mixed = map("".join, itertools.product("pac", repeat=arity))
    else:
        mixed = map("".join, ["pacpacp"[:arity], "aappcca"[:arity], "ccppaac"[:arity]])
    same = ["p" * arity, "a" * arity]
    return same + [kinds for kinds in mixed if kinds not in same and set(kinds) != {"c"}]


# --- softmax, and what is made of it --------------------------------------------------------------


def softmax_parts(z: list[Any], target: Any) -> dict[str, Any]:
    """One number of each way to use softmax."""
    right = autograd.choose(target, z)
    return {
        "softmax": autograd.dot(autograd.softmax(z), [0.5 * k - 0.7 for k in range(len(z))]),
        "log_softmax": autograd.choose(target, autograd.log_softmax(z)),
        "cross-entropy": autograd.logsumexp([v - right for v in z]),
        "cross-entropy of a fixed class": autograd.logsumexp([v - z[-1] for v in z]),
    }


@pytest.mark.parametrize("kinds", ["pa", "aa", "pc"])
@pytest.mark.parametrize("name", list(softmax_parts([Value(0.0)], 0.0)))
def test_softmax_agrees_at_ties_edges_and_indices_that_are_none(name: str, kinds: str) -> None:
    generator = random.Random(name)
    indices = (0.0, 1.0, 2.004, 2.5, -1.0, 7.0, math.nan)
    ordinary = (1.0, 1.0, -2.0, 0.5, 40.0, 400.0)
    for length, count, k in itertools.product((1, 2, 3, 5), (1, 6), range(12)):
        pool = EDGES if k % 3 else ordinary
        z = [generator.choices(pool, k=length) for _ in range(count)]
        target = generator.choices(indices[: 3 if k % 2 else None], k=count)
        if name.startswith("cross"):
            # eager takes -inf from -inf, which is nan; the loss is inf, as the program has it
            z = [[-300.0 if x == -math.inf else x for x in row] for row in z]
        p = [[Value(x) for x in row] for row in z]

        def total(x: Any, given: Any, p: Any = p, fixed: Any = tuple(target)) -> Any:
            rows = x if kinds[0] == "a" else p
            chosen = given if kinds[1] == "a" else fixed
            parts = [softmax_parts(*pair)[name] for pair in zip(rows, chosen, strict=True)]
            return autograd.dot([1.0 + 0.5 * k for k in range(len(parts))], parts)

        check_all(autograd.compile(total), [(z, target), (z[::-1], target[::-1])][: 1 + k % 2])
