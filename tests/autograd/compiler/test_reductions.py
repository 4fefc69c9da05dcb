"""Rows over the last axis of an array, against the rows themselves."""

import itertools
import math
from typing import Any

import numpy as np
import pytest

from autograd.compiler.codegen.reductions import axis_lines, axis_vjp_lines
from autograd.core.operation import SHIFT, TABLE, Operation
from tests.autograd.compiler.expression_runs import INF, NAN, reference, times

# the derivatives of a sum are 1, and none is asked for
PULLED = [TABLE[name] for name in ("prod", "hypot", "logsumexp")]
ROWS = [TABLE["sum"], *PULLED]
VALUES = (0.0, -0.0, 1.0, -2.5, INF, -INF, NAN, 1e308, -1e308, 400.0, 5e-324)
LISTS = [list(itertools.product(VALUES, repeat=n)) for n in (1, 2)]
# three of the smallest floats: their length, and so their shares in it, has no digits
LISTS += [list(itertools.product(VALUES[:-1], repeat=3))]
LISTS += [[(0.0, -700.0), (1e8, 1e8), (-700.0, 0.0)], [(0.5, -1.5, 2.0, 0.1, 0.9, -0.3)]]
TINY = 1e-322


def run(row: Operation, x: np.ndarray[Any, Any], g: float, buffers: bool) -> dict[str, Any]:
    """Both passes: y, and d for what comes from above, where lines are asked for it."""
    counter = itertools.count(1)

    def fresh() -> str:
        return f"t{next(counter)}"

    scope: dict[str, Any] = {"np": np, "x": x, "g": np.full(x.shape[:-1], g, x.dtype)}
    scope |= {"b": np.empty(x.shape[:-1], x.dtype), "c": np.empty_like(x), "e": np.empty_like(x)}
    out, wide = ("b", "c") if buffers else ("", "")
    lines = axis_lines(row, "y", "x", out, "e", fresh)
    if row in PULLED:
        lines += axis_vjp_lines(row, "d", "g", "y", "x", wide, "e", fresh)
    with np.errstate(all="ignore"):
        exec("\n".join(lines), scope)
    for result, buffer, shape in [("y", "b", x.shape[:-1]), ("d", "c", x.shape)]:
        if result == "d" and row not in PULLED:
            continue
        assert scope[result] is scope[buffer] or not buffers
        assert (scope[result].dtype, scope[result].shape) == (x.dtype, shape)
    return scope


@pytest.mark.parametrize("buffers", [True, False])
@pytest.mark.parametrize("points", LISTS, ids=lambda points: f"{len(points)}x{len(points[0])}")
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_reduction_gives_its_rows_value_and_derivatives(
    row: Operation, points: list[tuple[float, ...]], buffers: bool
) -> None:
    values, slopes = reference(row, points)
    for g in (1.0, -0.7, INF, NAN):
        found = run(row, np.array(points), g, buffers)
        np.testing.assert_allclose(found["y"], values, rtol=1e-14, atol=TINY)
        for i, slope in enumerate(slopes if row in PULLED else []):
            np.testing.assert_allclose(found["d"][..., i], times(g, slope), rtol=1e-13, atol=TINY)


@pytest.mark.parametrize("row", [*ROWS, SHIFT], ids=str)
def test_a_reduction_keeps_float32_and_further_axes(row: Operation) -> None:
    x = np.random.default_rng(0).normal(size=(4, 3, 5)).astype("float32")
    found = run(row, x, 0.5, True)
    assert found["y"].shape == (4, 3)
    flat = run(row, x.reshape(12, 5).astype("float64"), 0.5, False)
    np.testing.assert_allclose(found["y"].ravel(), flat["y"], rtol=1e-5, atol=1e-6)
    if row in PULLED:
        np.testing.assert_allclose(found["d"].reshape(12, 5), flat["d"], rtol=1e-5, atol=1e-6)


def test_the_logarithm_keeps_the_digits_of_what_one_term_dominates() -> None:
    found = run(TABLE["logsumexp"], np.array([[0.0, -700.0], [-50.0, 0.0]]), 1.0, True)
    assert found["y"].tolist() == pytest.approx([math.exp(-700.0), math.exp(-50.0)], rel=1e-14)


def test_the_shift_is_the_largest_if_it_is_finite() -> None:
    x = np.array([[1.0, 3.0], [INF, 0.0], [-INF, -INF], [NAN, 1.0]])
    assert run(SHIFT, x, 1.0, True)["y"].tolist() == [3.0, 0.0, 0.0, 0.0]
