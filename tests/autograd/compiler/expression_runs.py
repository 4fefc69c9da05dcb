"""Running expressions: the text that a row is printed as, against the row itself."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd.compiler.codegen.prelude import namespace
from autograd.compiler.expressions.language import Language
from autograd.compiler.expressions.numpy_language import NUMPY, assigned_into
from autograd.compiler.expressions.python_language import PYTHON
from autograd.compiler.expressions.row_expression import RowExpression
from autograd.core.evaluate import evaluate
from autograd.core.operation import TABLE, Operation
from autograd.functions.functions import FUNCTIONS

Point = tuple[float, ...]
Numbers = NDArray[Any]

EXPONENTS = (0.0, 0.5, -0.5, -1.0, 1.0, 3.0, 4.0, -2.0, -3.0, 8.0, 9.0, 1.5, -1.5, 2.5)

# Rows that come with the package, and those whose text depends on a setting.
ROWS: list[Operation] = [r for r in TABLE.values() if r.name in FUNCTIONS or not r.is_function]
ROWS += [TABLE["**n"].bind(exponent=n) for n in EXPONENTS]
ROWS += [TABLE["leaky_relu"].bind(slope=s) for s in (0.0, 0.3, 1.0, 1.5, -0.2)]
ROWS += [TABLE["elu"].bind(alpha=a) for a in (0.7, 2.0)]

INF, NAN = math.inf, math.nan
EDGES = (0.0, -0.0, 1.0, -1.0, INF, -INF, NAN, 5e-324, 1e308, -1e308)
EDGES += (40.0, -40.0, 400.0, -400.0, 710.0)
UPSTREAM = (1.0, -0.7, 0.0, INF, NAN)


def label(row: Operation) -> str:
    """A row's name and settings, for the name of a test."""
    return "-".join([row.name, *(f"{value:g}" for value in row.settings.values())])


def columns(row: Operation) -> Iterator[list[Point]]:
    """The row's points and all edges, in groups of the same number of operands."""
    numbers = [row.arity] if row.arity else [1, 2, 3]
    for n in numbers:
        few = EDGES if n < 3 else (0.0, -0.0, 1.0, -2.5, INF, -INF, NAN, 1e308, 400.0)
        yield [p for p in row.points if len(p) == n] + list(itertools.product(few, repeat=n))
    for point in row.points:
        if len(point) not in numbers:
            yield [point]


class Names(dict[str, str]):
    """Leaves that are called as they are."""

    def __missing__(self, key: str) -> str:
        return key


def text(expression: RowExpression | None, language: Language, out: str | None = None) -> list[str]:
    """The lines that assign "r"; of a vjp that is None, g itself."""
    if expression is None:
        return ["r = g"]
    counter = itertools.count(1)
    assign = None if out is None else assigned_into(out)
    return expression.lines("r", Names(), language, lambda: f"t{next(counter)}", assign)


def operands(points: Sequence[Point], dtype: str = "float64") -> dict[str, Numbers]:
    """x0, x1, ... as arrays, one element for each point."""
    with np.errstate(over="ignore"):
        return {f"x{i}": np.array(x, dtype) for i, x in enumerate(zip(*points, strict=True))}


def run_arrays(
    expression: RowExpression | None, given: dict[str, Numbers], out: bool = True
) -> Numbers:
    """The result of the NumPy text, checked to have gone into ``out`` and to keep the dtype."""
    first = next(iter(given.values()))
    buffer = np.full_like(first, 123.0)
    lines = text(expression, NUMPY, "out" if out else None)
    scope = namespace(quick=True) | given | {"out": buffer}
    with np.errstate(all="ignore"):
        exec("\n".join(lines), scope)
    result = np.asarray(scope["r"])
    if expression is not None and out:
        assert result is buffer, lines
    elif expression is not None and expression.leaves:
        assert result.dtype == first.dtype, lines
    return result


def run_scalar(expression: RowExpression | None, given: dict[str, float], quick: bool) -> Any:
    """The result of the Python text at one point; not quick, its numbers are NumPy's."""
    lines = text(expression, PYTHON)
    number = float if quick else np.float64
    scope = namespace(quick=quick) | {k: number(x) for k, x in given.items()}
    with np.errstate(all="ignore"):
        exec("\n".join(lines), scope)
    return scope["r"]


def reference(row: Operation, points: Sequence[Point]) -> tuple[Numbers, list[Numbers]]:
    """The row's values and derivatives, one by one."""
    found = [evaluate(row, point) for point in points]
    slopes = [np.array([partials[i] for _, partials in found]) for i in range(len(points[0]))]
    return np.array([y for y, _ in found]), slopes


def times(g: float, slope: Numbers) -> Numbers:
    """What is passed on: a sweep's product, nan for zero times infinity."""
    with np.errstate(all="ignore"):
        return np.asarray(g * slope)


def divides_by_tiny(row: Operation, points: Sequence[Point]) -> Numbers:
    """Where g/b is finite or 0 although 1/b overflows: see ``row_expression.vjp``."""
    tiny = [row.name in ("/", "log") and 0.0 < abs(point[-1]) < 5.6e-309 for point in points]
    return np.array(tiny)
