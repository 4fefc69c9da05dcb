"""From groups to arrays, as text: what is a view, what is picked, what is joined, what is alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

import autograd
from autograd import Value
from autograd.compiler.ir.program import verify
from autograd.compiler.lowering.lower import lower
from tests.autograd.compiler.texts import batch, compiled, grouped, matrix, tape_of, vector

W, B = vector("w", 12), vector("b", 3)


def arrays(fn: Callable[..., Any], **shapes: Any) -> list[str]:
    """The lines of the program; the function is also run and held to itself."""
    traced = tape_of(fn, **shapes)
    program = lower(grouped(replace(traced, single=len(traced.outputs) == 1)))
    verify(program)
    compiled(fn, *batch(3, *shapes.values()))
    return str(program).split("\n")


def test_arguments_in_order_are_read_as_they_are() -> None:
    assert arrays(lambda x: [xi.tanh() for xi in x], x=(4,)) == ["a2 (n, 4) = tanh(x)", "return a2"]


def test_some_of_an_argument_are_a_view_and_any_order_is_picked() -> None:
    assert arrays(lambda x: [xi.tanh() for xi in x[1:4]], x=(6,))[0] == "a2 (n, 3) = x[1 2 3]"
    source = compiled(lambda x: [xi.tanh() for xi in x[1:4]], *batch(2, (6,))).source
    assert "np.tanh(x[:, 1:4], out=" in source
    source = compiled(lambda x: [x[k].tanh() for k in (3, 0, 4, 1)], *batch(2, (6,))).source
    assert "np.take(x, at, axis=1" in source


def test_parameters_in_order_are_a_view_of_theta() -> None:
    source = compiled(lambda x: [(w * x).tanh() for w in W], *batch(2, ())).source
    assert "np.multiply(theta, " in source
    assert "np.take(" not in source


def test_what_comes_from_several_arrays_is_joined() -> None:
    def fn(x: list[Value], y: list[Value]) -> list[Value]:
        return [v.tanh() for v in [*x, *y]]

    assert arrays(fn, x=(3,), y=(4,)) == [
        "a3 (n, 7) = concat(x, y)", "a4 (n, 7) = tanh(a3)", "return a4",
    ]  # fmt: skip


def test_constants_are_an_array_and_equal_ones_a_number() -> None:
    assert arrays(lambda x: [xi * 2.0 for xi in x], x=(3,))[0] == "a3 (n, 3) = x * 2.0"
    assert arrays(lambda x: [xi * k for k, xi in enumerate(x)], x=(3,))[0] == "a3 (n, 3) = x * a2"
    # equal numbers with unequal bits are an array
    signs = arrays(lambda x: [x[0] * 0.0, x[1] * -0.0, x[2] * 0.0], x=(3,))
    assert signs[0] == "a3 (n, 3) = x * a2"


def test_what_is_repeated_along_an_axis_is_broadcast() -> None:
    def fn(x: list[Value], y: list[Value]) -> list[Value]:
        return [(a - b).exp() for a in x for b in y]

    assert arrays(fn, x=(3,), y=(4,))[:3] == [
        "a3 (n, 3, 1) = reshape(x)", "a4 (n, 1, 4) = reshape(y)", "a5 (n, 3, 4) = a3 - a4",
    ]  # fmt: skip


def test_a_square_is_a_square_however_it_is_written() -> None:
    assert arrays(lambda x: [xi * xi for xi in x], x=(3,))[0] == "a2 (n, 3) = x**2"


def test_a_bias_is_added_to_its_product() -> None:
    rows = matrix("W", 3, 4)

    def fn(x: list[Value]) -> list[Value]:
        return [autograd.dot(w, x) + b for w, b in zip(rows, B, strict=True)]

    assert arrays(fn, x=(4,)) == [
        "a2 (3, 4) = theta[0 1 2 3 ... 13]",
        "a3 (n, 3) = einsum(rk,nk->nr: a2, x)",
        "a4 (3) = theta[4 9 14]",
        "a5 (n, 3) = a3 + a4",
        "return a5",
    ]  # fmt: skip


def test_a_few_numbers_are_computed_one_by_one() -> None:
    lines = arrays(lambda: [W[0] * W[3], W[5] * W[1]])
    assert lines[-2].startswith("a")
    assert " = concat(" in lines[-2]
    assert "() = " in lines[0]


@pytest.mark.parametrize("count", [1, 2, 7, 8, 9, 30])
def test_few_or_many_the_numbers_are_the_same(count: int) -> None:
    def fn(x: list[Value]) -> list[Value]:
        own = [W[k % 12] * W[(5 * k + 1) % 12] for k in range(count)]
        return [(v + x[k % 3]).tanh() * W[0] for k, v in enumerate(own)]

    compiled(fn, *batch(3, (3,)))


@pytest.mark.parametrize(
    "result",
    [
        lambda x: [x[0], x[0], x[0]],
        lambda x: [x[2], x[1]],
        lambda x: [W[0], x[1], 3.0],
        lambda x: [W[1], W[1]],
        lambda x: [2.0, 2.0],
        lambda x: [2.0],
        lambda x: [x[1]],
        lambda x: [W[2]],
        lambda x: x[1],
        lambda x: W[2],
        lambda x: 2.0,
        lambda x: [x[0].exp(), 1.0, x[1].exp(), W[0].exp()],
    ],
    ids=range(12),
)
def test_results_of_any_kind_are_put_together(result: Callable[..., Any]) -> None:
    f = compiled(result, *batch(3, (3,)))
    assert f.map(*batch(1, (3,))).shape[0] == 1
