"""Passes over programs on arrays, as text before and after."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Value
from autograd.arithmetic import FLOATS, evaluate
from autograd.compiler.array_passes import _RSQRT, dead_code, forward_only, square_roots
from autograd.compiler.lowering import lower
from autograd.compiler.pipeline import grouped, program_of, simplified
from autograd.compiler.program import Program, verify
from autograd.operation import TABLE
from tests.autograd.compiler.texts import matrix, tape_of

W = Value(2.0, name="w")


def lowered(fn: Callable[..., Any], n: int) -> Program:
    return lower(grouped(simplified(tape_of(fn, x=(n,)))), [("x", (n,))])


# --- square roots ---------------------------------------------------------------------------------

NEVER_BELOW_ZERO: dict[str, Callable[[Any], Any]] = {
    "a sum of squares": lambda x: x[0] ** 2 + x[1] ** 2,
    "a sum of squares and a number": lambda x: x[0] ** 2 + x[1] * x[1] + 1e-5,
    "a mean of squares": lambda x: autograd.mean([xi * xi for xi in x]),
    "an even power": lambda x: x[0] ** 4,
    "exp": lambda x: x[0].exp(),
    "abs": lambda x: abs(x[0]),
    "a product of such": lambda x: x[0].exp() * abs(x[1]),
    "the larger of such": lambda x: autograd.maximum(x[0].exp(), 1.0),
    "a power of such": lambda x: x[0].exp() ** 1.5,
    "products of such": lambda x: x[0].exp() * abs(x[1]) + abs(x[1]) * 2.0 + x[0].exp(),
    "relu": lambda x: x[0].relu(),
}
MAYBE_BELOW_ZERO: dict[str, Callable[[Any], Any]] = {
    "an argument": lambda x: x[0],
    "a parameter": lambda x: W * 1.0 + x[0].exp() * 0.0,
    "an odd power": lambda x: x[0] ** 3,
    "x*y": lambda x: x[0] * x[1],
    "a negative number added": lambda x: x[0] ** 2 + -1.0,
    "-0.0 added": lambda x: x[0] ** 2 * -0.0,
    "a difference": lambda x: x[0] ** 2 - x[1] ** 2,
    "its negative": lambda x: -(x[0] ** 2),
    "a sum of products": lambda x: x[0] * x[1] + x[1] * x[1],
    "squares and a number below zero": lambda x: x[0] * x[0] + x[1] * x[1] + -1e-3,
    "two that differ": lambda x: autograd.dot([x[0], x[1], x[0]], [x[1], x[0], x[0]]),
    "tanh": lambda x: x[0].tanh(),
    "leaky_relu": lambda x: x[0].leaky_relu(),
    "a negative even power": lambda x: x[0] ** -2,
}


@pytest.mark.parametrize("exponent", [0.5, -0.5])
@pytest.mark.parametrize("name", NEVER_BELOW_ZERO)
def test_a_power_of_one_half_is_a_root_where_nothing_is_below_zero(
    name: str, exponent: float
) -> None:
    before = lowered(lambda x: NEVER_BELOW_ZERO[name](x) ** exponent, 2)
    text = str(before)
    after = square_roots(before)
    verify(after)
    assert str(before) == text
    assert f"**{exponent:g}" in text
    assert f"**{exponent:g}" not in str(after)
    assert ("rsqrt(" if exponent < 0.0 else "sqrt(") in str(after)


@pytest.mark.parametrize("exponent", [0.5, -0.5])
@pytest.mark.parametrize("name", MAYBE_BELOW_ZERO)
def test_a_power_of_what_may_be_below_zero_stays_a_power(name: str, exponent: float) -> None:
    before = lowered(lambda x: MAYBE_BELOW_ZERO[name](x) ** exponent, 2)
    assert str(square_roots(before)) == str(before)


@pytest.mark.parametrize("name", [*NEVER_BELOW_ZERO, *MAYBE_BELOW_ZERO])
@pytest.mark.parametrize("exponent", [0.5, -0.5])
def test_a_root_has_the_numbers_of_the_power_at_edges(name: str, exponent: float) -> None:
    base = {**NEVER_BELOW_ZERO, **MAYBE_BELOW_ZERO}[name]
    f = autograd.compile(lambda x: base(x) ** exponent)
    edges = [0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, math.nan, 1e-200, 1e200]
    points = [[a, b] for a in edges for b in edges]
    found = f.map(points)
    for point, y in zip(points, found, strict=True):
        eager = f(point).data
        if math.isnan(eager):
            assert math.isnan(y), point
        else:
            assert y == pytest.approx(eager, rel=1e-14), point
            assert math.copysign(1.0, y) == math.copysign(1.0, eager), point


@pytest.mark.parametrize("x", [0.25, 4.0, 1e-300, 1e300])
def test_the_row_of_the_inverse_root_is_that_of_the_power(x: float) -> None:
    power = TABLE["**n"].bind(exponent=-0.5)
    wanted, slopes = evaluate(power, [x])
    found, own = evaluate(_RSQRT, [x])
    assert (found, *own) == pytest.approx((wanted, *slopes), rel=1e-14)
    assert _RSQRT.forward(FLOATS, x) == found


# --- dead code ------------------------------------------------------------------------------------


def test_what_no_result_depends_on_is_left_out_and_theta_and_arguments_stay() -> None:
    program = Program()
    program.add("theta", shape=(2,), name="theta")
    x = program.add("argument", shape=(), batched=True, name="x")
    program.add("argument", shape=(), batched=True, name="unused")
    program.add("map", x, row=TABLE["exp"], batched=True)
    sine = program.add("map", x, row=TABLE["sin"], batched=True)
    program.n_forward = 5
    program.add("map", x, row=TABLE["cos"], batched=True)
    program.outputs = (sine,)
    kept = dead_code(program)
    verify(kept)
    assert str(kept) == "a3 (n) = sin(x)\nreturn a3"
    assert [made.kind for made in kept.instructions[:3]] == ["theta", "argument", "argument"]
    assert (kept.n_forward, kept.outputs, kept.gradient) == (4, (3,), None)
    assert len(program.instructions) == 6


def test_the_forward_pass_alone_has_no_gradient() -> None:
    weights = matrix("W", 3, 2)
    program = program_of(
        simplified(tape_of(
            lambda x: autograd.sum([autograd.dot(w, x).tanh() for w in weights]), x=(2,)
        )),
        [("x", (2,))],
    )  # fmt: skip
    assert program.gradient is not None
    forward = forward_only(program)
    verify(forward)
    assert forward.gradient is None
    assert forward.n_forward == len(forward.instructions) == program.n_forward
    lines = str(program).split("\n")
    assert str(forward).split("\n")[:-1] == lines[: len(str(forward).split("\n")) - 1]


def test_dead_code_keeps_the_border_between_the_passes_where_it_was() -> None:
    f = autograd.compile(lambda x: autograd.maximum(W * x, 0.0) + x.sin())
    assert f.value_and_grad(f.theta, np.array([1.0, -2.0]))[1].tolist() == [0.5]
    body = f._current().source.body
    forward, backward = body.split("# backward")
    assert "np.maximum(" in forward
    for line in ("def memory_of_", "def value_and_grad", '"""The mean', " = memory or "):
        assert forward.count(line) == 1
        forward = "\n".join(text for text in forward.split("\n") if line not in text)
    assert "grad" not in forward
    assert "gradient = " in backward
