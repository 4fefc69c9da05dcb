"""Every row as text gives what the row gives: as NumPy, and as Python for one number."""

import ast
import itertools
import math
import re
from typing import Any

import numpy as np
import pytest

from autograd.compiler.codegen.prelude import RESERVED, namespace, prelude
from autograd.compiler.expressions.expression import Expression, Infix, infix, leaf, lift, where
from autograd.compiler.expressions.numpy_language import NUMPY
from autograd.compiler.expressions.python_language import PYTHON
from autograd.compiler.expressions.row_expression import RowExpression, forward, vjp
from autograd.core.evaluate import evaluate
from autograd.core.operation import TABLE, Operation
from tests.autograd.compiler.expression_runs import (
    ROWS,
    UPSTREAM,
    Names,
    columns,
    divides_by_tiny,
    label,
    operands,
    reference,
    run_arrays,
    run_scalar,
    text,
    times,
)

EVERY_ROW = pytest.mark.parametrize("row", ROWS, ids=label)
TINY = 1e-322  # the last digits below the smallest normal float are not to be had


@EVERY_ROW
def test_numpy_text_gives_the_rows_value_and_vjp(row: Operation) -> None:
    for points in columns(row):
        given = operands(points)
        values, slopes = reference(row, points)
        for out in (True, False):
            y = run_arrays(forward(row, len(given)), given, out)
            y = np.broadcast_to(y, values.shape)
            np.testing.assert_allclose(y, values, rtol=1e-14, atol=TINY)
        skipped = divides_by_tiny(row, points)
        for slot, g in itertools.product(range(len(given)), UPSTREAM):
            everything = {"g": np.full_like(y, g), "y": y, **given}
            d = run_arrays(vjp(row, len(given), slot), everything)
            wanted = times(g, slopes[slot])
            np.testing.assert_allclose(d[~skipped], wanted[~skipped], rtol=1e-13, atol=TINY)


@EVERY_ROW
def test_numpy_text_keeps_float32(row: Operation) -> None:
    for points in columns(row):
        given = operands(points, "float32")
        n = len(given)
        rounded = [tuple(map(float, p)) for p in zip(*given.values(), strict=True)]
        values, slopes = reference(row, rounded)
        y = np.broadcast_to(run_arrays(forward(row, n), given, out=False), values.shape)
        y = y.astype("float32")
        with np.errstate(over="ignore"):
            close = {"rtol": 1e-6, "atol": 1e-37}
            np.testing.assert_allclose(y, values.astype("float32"), **close)
        for slot, out in itertools.product(range(n), (True, False)):
            everything = {"g": np.full_like(y, -0.75), "y": y, **given}
            d = run_arrays(vjp(row, n, slot), everything, out)
            with np.errstate(over="ignore"):
                wanted = times(-0.75, slopes[slot]).astype("float32")
            np.testing.assert_allclose(np.broadcast_to(d, y.shape), wanted, **close)


@EVERY_ROW
def test_python_text_gives_the_rows_value_and_vjp(row: Operation) -> None:
    """Quick text may raise at an edge, and then the other one has IEEE's answer."""
    for points in columns(row):
        n = len(points[0])
        expressions = [forward(row, n), *(vjp(row, n, slot) for slot in range(n))]
        for point in points[:: 1 if n < 3 else 7]:
            value, slopes = evaluate(row, point)
            given = {f"x{i}": x for i, x in enumerate(point)}
            wanted = [value, *(float(times(-0.7, np.array(s))) for s in slopes)]
            given |= {"g": -0.7, "y": value}
            for expression, expected in zip(expressions, wanted, strict=True):
                check_scalar(
                    expression,
                    given,
                    expected,
                    at_a_point=point in row.points and not math.isnan(value),
                )


def check_scalar(
    expression: RowExpression | None, given: dict[str, float], expected: float, at_a_point: bool
) -> None:
    slow = run_scalar(expression, given, quick=False)
    assert type(slow) is np.float64, text(expression, PYTHON)
    np.testing.assert_allclose(slow, expected, rtol=1e-13, atol=TINY)
    try:
        fast = run_scalar(expression, given, quick=True)
    except (ArithmeticError, ValueError):
        assert not at_a_point, "at the row's own points nothing raises"
        return
    assert type(fast) is float, text(expression, PYTHON)
    np.testing.assert_allclose(fast, expected, rtol=1e-13, atol=TINY)


@EVERY_ROW
def test_both_languages_read_the_same_leaves(row: Operation) -> None:
    for n in {len(point) for point in row.points}:
        for expression in (forward(row, n), *(vjp(row, n, slot) for slot in range(n))):
            if expression is None:
                continue
            for language in (NUMPY, PYTHON):
                asked: set[str] = set()

                class Watched(Names):
                    def __missing__(self, key: str, asked: set[str] = asked) -> str:
                        asked.add(key)
                        return key

                expression.lines("r", Watched(), language, iter("abcdefghijklmnopqrs").__next__)
                assert asked == expression.leaves


@EVERY_ROW
def test_the_prelude_lets_the_text_run_alone(row: Operation) -> None:
    point = row.points[-1]
    n = len(point)
    for language in (NUMPY, PYTHON):
        lines = [*text(forward(row, n), language), "first = r"]
        y, slopes = evaluate(row, point)
        lines += text(vjp(row, n, 0), language)
        given = {f"x{i}": np.array([x]) if language is NUMPY else x for i, x in enumerate(point)}
        given |= {"g": np.array([1.0]) if language is NUMPY else 1.0}
        given["y"] = np.array([y]) if language is NUMPY else y
        scope: dict[str, Any] = dict(given)
        exec("\n".join([prelude("\n".join(lines)), *lines]), scope)
        np.testing.assert_allclose(np.ravel(scope["first"]), [y], rtol=1e-14)
        np.testing.assert_allclose(np.ravel(scope["r"]), [slopes[0]], rtol=1e-13)


def test_a_vjp_by_one_is_what_comes_from_above() -> None:
    assert vjp(TABLE["+"], 2, 1) is None
    assert vjp(TABLE["sum"], 5, 3) is None
    assert vjp(TABLE["**n"].bind(exponent=1.0), 1, 0) is None


@pytest.mark.parametrize(
    ("name", "slot", "lines"),
    [
        ("tanh", None, ["r = np.tanh(x0, out=b3)"]),
        ("*", None, ["r = np.multiply(x0, x1, out=b3)"]),
        ("*", 0, ["r = np.multiply(g, x1, out=b3)"]),
        ("-", 1, ["r = np.negative(g, out=b3)"]),
        ("/", 1, ["r = np.multiply(g, -y / x1, out=b3)"]),
        ("**n", None, ["r = np.square(x0, out=b3)"]),
        ("relu", None, ["r = np.maximum(x0, 0.0, out=b3)"]),
        ("relu", 0, ["r = np.multiply(g, y != 0.0, out=b3)"]),
        ("asin", 0, ["r = np.divide(g, np.sqrt((1.0 - x0) * (1.0 + x0)), out=b3)"]),
        ("tan", 0, ["t1 = np.cos(x0)", "r = np.divide(g, t1 * t1, out=b3)"]),
        ("erf", None, ["np.copyto(b3, each(erf, x0))", "r = b3"]),
    ],
)
def test_text_for_arrays(name: str, slot: int | None, lines: list[str]) -> None:
    row = TABLE[name]
    n = row.arity or 2
    expression = forward(row, n) if slot is None else vjp(row, n, slot)
    assert text(expression, NUMPY, "b3") == lines


def test_text_for_one_number() -> None:
    assert text(forward(TABLE["relu"], 1), PYTHON) == ["r = zero if x0 <= 0.0 else x0"]
    assert text(vjp(TABLE["cos"], 1, 0), PYTHON) == ["r = g * -sin(x0)"]


def test_a_sum_of_a_thousand_operands_is_printed_without_recursion() -> None:
    lines = text(forward(TABLE["sum"], 1000), PYTHON)
    scope = {f"x{i}": float(i) for i in range(1000)}
    exec("\n".join(lines), {}, scope)
    assert scope["r"] == 499500.0
    assert max(map(len, lines)) <= 100


def test_brackets_stand_only_where_they_are_needed() -> None:
    a, b, c = leaf("a"), leaf("b"), leaf("c")

    def printed(root: Expression) -> str:
        return text(RowExpression(root), PYTHON)[0].removeprefix("r = ")

    assert printed(a - b - c) == "a - b - c"
    assert printed(a - (b - c)) == "a - (b - c)"
    assert printed(-(a * b) / c) == "-(a * b) / c"
    assert printed(a * -b) == "a * -b"
    assert printed((a > b) & (c < a)) == "number((a > b) & (c < a))"
    assert printed(infix("==", a > b, c > b)) == "number((a > b) == (c > b))"
    assert printed(where(a > b, a + b, c) * c) == "(a + b if a > b else c) * c"


def test_conversions_stand_only_where_they_are_needed() -> None:
    a, b = leaf("a"), leaf("b")
    sides = where(a > b, 0.0, -0.0)
    zeros = "zero if a > b else number(-0.0)"
    assert text(RowExpression(1.0 / sides * a), PYTHON) == [f"r = 1.0 / ({zeros}) * a"]
    assert text(RowExpression(a / sides), PYTHON) == ["r = a / (0.0 if a > b else -0.0)"]
    assert text(RowExpression(-(a > b)), NUMPY) == ["r = -(a > b).astype(a.dtype)"]
    assert text(RowExpression(a * (a > b)), NUMPY) == ["r = a * (a > b)"]


def test_a_long_root_is_assigned_in_one_line() -> None:
    long = leaf("x" * 80)
    assert text(RowExpression(long + 1.0), PYTHON) == [f"r = {'x' * 80} + 1.0"]


def test_numbers_are_folded_and_zeros_are_left() -> None:
    a = leaf("a")
    assert (1.0 * a) is a
    assert (a / 1.0) is a
    assert (a - 0.0) is a
    assert (-1.0 * a) is -a
    opposite = -a
    assert -opposite is a
    for kept in (0.0 * a, a + 0.0, a - -0.0):
        assert isinstance(kept, Infix)


def test_equal_expressions_are_one_object() -> None:
    a, b = leaf("a"), leaf("b")
    assert (a + b) * b is (a + b) * b
    assert lift(0.0) is not lift(-0.0)


def test_the_namespace_holds_every_reserved_name_that_is_used() -> None:
    for row in ROWS:
        for language in (NUMPY, PYTHON):
            lines = text(forward(row, len(row.points[0])), language)
            names = {x.id for x in ast.walk(ast.parse("\n".join(lines))) if isinstance(x, ast.Name)}
            ours = {x for x in names if not re.fullmatch(r"r|[xt]\d+", x)}
            assert ours <= RESERVED
            assert ours <= set(namespace(quick=True))


def test_a_choice_of_a_thousand_is_printed_without_recursion() -> None:
    expression = forward(TABLE["choose"], 1001)
    given = {f"x{i}": float(i) for i in range(1001)} | {"x0": 700.0}
    assert run_scalar(expression, given, quick=True) == 701.0


def test_a_scalar_constant_does_not_make_a_later_division_raise() -> None:
    zero = run_scalar(forward(TABLE["relu"], 1), {"x0": -2.0}, quick=False)
    with np.errstate(all="ignore"):
        assert 1.0 / zero == math.inf
