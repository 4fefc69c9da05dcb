"""What is written shorter than the row says: pinned to the row where a rewrite could differ."""

import math

import numpy as np
import pytest

from autograd.compiler.codegen.prelude import namespace
from autograd.compiler.expressions.numpy_language import NUMPY
from autograd.compiler.expressions.rewrites import FORWARD, VJP
from autograd.compiler.expressions.row_expression import forward, vjp
from autograd.core.array_arithmetic import ARRAYS
from autograd.core.operation import TABLE
from tests.autograd.compiler.expression_runs import INF, ROWS, run_arrays, text

# beyond where exp overflows, and where the results are the smallest floats that there are
FAR = np.array([-800.0, -745.0, -744.4, -710.5, -709.0, -400.0, -372.0, -40.0, -1e-300, 0.0])
FAR = np.concatenate([FAR, -FAR[::-1], [-1420.0, 1420.0, INF, -INF, math.nan]])
SATURATING = ("tanh", "sigmoid", "softplus", "silu", "elu")


def test_every_rewrite_belongs_to_a_row_that_the_tests_run() -> None:
    assert {*FORWARD, *VJP} <= {row.name for row in ROWS}


@pytest.mark.parametrize("name", SATURATING)
def test_a_rewrite_keeps_its_digits_far_from_zero(name: str) -> None:
    row = TABLE[name]
    x = FAR if name != "silu" else FAR[FAR > -1e300]
    with np.errstate(all="ignore"):
        y = row.forward(ARRAYS, x)
        slopes = row.partials(ARRAYS, y, x)[0]
    # below 1e-308 floats have fewer digits, the fewer the smaller
    close = {"rtol": 1e-14, "atol": 4e-323}
    np.testing.assert_allclose(run_arrays(forward(row, 1), {"x0": x}), y, **close)
    given = {"g": np.ones_like(x), "y": y, "x0": x}
    np.testing.assert_allclose(run_arrays(vjp(row, 1, 0), given), slopes, **close)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("length", [0, 1, 2, 3, 5, 8, 13, 31, 64, 67])
def test_relu_of_minus_zero_is_zero_at_every_place(length: int, dtype: str) -> None:
    for stride in (1, 2):
        x = np.full(2 * length, -0.0, dtype)[: length * stride : stride]
        for out in (True, False):
            assert not np.signbit(run_arrays(forward(TABLE["relu"], 1), {"x0": x}, out)).any()
    assert not np.signbit(run_arrays(forward(TABLE["relu"], 1), {"x0": np.array(-0.0, dtype)}))


def test_a_square_root_as_a_power_is_that_of_the_row_at_minus_zero_and_minus_infinity() -> None:
    x = np.array([-0.0, 0.0, -INF, INF, 4.0, -4.0])
    y = run_arrays(forward(TABLE["**n"].bind(exponent=0.5), 1), {"x0": x})
    assert list(map(repr, y.tolist())) == ["0.0", "0.0", "inf", "inf", "2.0", "nan"]


def test_what_comes_from_above_is_divided_by_the_operand_in_one_pass() -> None:
    """Then 0/b is 0 for the smallest b, where the row's 0 * (1/b) is nan: 1/b overflows."""
    assert text(vjp(TABLE["/"], 2, 0), NUMPY, "b") == ["r = np.divide(g, x1, out=b)"]
    assert text(vjp(TABLE["log"], 1, 0), NUMPY, "b") == ["r = np.divide(g, x0, out=b)"]


def test_whole_powers_are_products() -> None:
    cube, far = TABLE["**n"].bind(exponent=3.0), TABLE["**n"].bind(exponent=9.0)
    assert text(forward(cube, 1), NUMPY) == ["r = x0 * x0 * x0"]
    assert text(forward(far, 1), NUMPY) == ["r = np.power(x0, 9.0)"]


@pytest.mark.parametrize("slope", [0.0, 1.5, -0.2])
def test_leaky_relu_is_a_maximum_only_where_that_is_the_same(slope: float) -> None:
    line = text(forward(TABLE["leaky_relu"].bind(slope=slope), 1), NUMPY)[0]
    assert "maximum" not in line
    assert "maximum" in text(forward(TABLE["leaky_relu"], 1), NUMPY)[0]


def test_the_result_may_be_written_over_an_operand() -> None:
    for row in ROWS:
        if row.arity not in (1, 2):
            continue
        points = [p for p in row.points if len(p) == row.arity]
        given = {f"x{i}": np.array(x) for i, x in enumerate(zip(*points, strict=True))}
        with np.errstate(all="ignore"):
            separate = run_arrays(forward(row, row.arity), given)
            over = {name: x.copy() for name, x in given.items()}
            lines = text(forward(row, row.arity), NUMPY, "x0")
            scope = namespace(quick=True) | over
            exec("\n".join(lines), scope)
        np.testing.assert_array_equal(scope["r"], separate)
