"""Passes over programs on arrays, as text before and after."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Value
from autograd.compiler.ir import instructions as ir
from autograd.compiler.ir.fused import RSQRT, sum_of_products
from autograd.compiler.ir.program import Program, ProgramBuilder, verify
from autograd.compiler.lowering.lower import lower
from autograd.compiler.passes.array_passes import dead_code, forward_only, square_roots
from autograd.compiler.pipeline import program_of, simplified
from autograd.core.arithmetic import FLOATS
from autograd.core.evaluate import evaluate
from autograd.core.operation import TABLE
from tests.autograd.compiler.texts import grouped, matrix, tape_of

W = Value(2.0, name="w")


def lowered(fn: Callable[..., Any], n: int) -> Program:
    return lower(grouped(tape_of(fn, x=(n,))))


# --- square roots ---------------------------------------------------------------------------------

NEVER_BELOW_ZERO: dict[str, Callable[[Any], Any]] = {
    "a sum of squares": lambda x: x[0] ** 2 + x[1] ** 2,
    "a sum of squares and a number": lambda x: x[0] ** 2 + x[1] * x[1] + 1e-5,
    "a mean of squares": lambda x: autograd.mean([xi * xi for xi in x]),
    "an even power": lambda x: x[0] ** 4,
    "a negative even power": lambda x: x[0] ** -2,
    "an infinite power": lambda x: x[0] ** math.inf,
    "exp": lambda x: x[0].exp(),
    "abs": lambda x: abs(x[0]),
    "a product of such": lambda x: x[0].exp() * abs(x[1]),
    "the larger of such": lambda x: autograd.maximum(x[0].exp(), 1.0),
    "a power of such": lambda x: x[0].exp() ** 1.5,
    "products of such": lambda x: x[0].exp() * abs(x[1]) + abs(x[1]) * 2.0 + x[0].exp(),
    "relu": lambda x: x[0].relu(),
    "exp2": lambda x: x[0].exp2(),
    "sigmoid": lambda x: x[0].sigmoid(),
    "softplus": lambda x: x[0].softplus(),
    "erfc": lambda x: x[0].erfc(),
    "hypot": lambda x: autograd.hypot(x[0], x[1]),
    "a root of such": lambda x: abs(x[0]).sqrt(),
    "a quotient of such": lambda x: x[0].exp() / abs(x[1]),
    "the smaller of such": lambda x: autograd.minimum(x[0].exp(), abs(x[1])),
    "factors of such": lambda x: autograd.prod([x[0].exp(), abs(x[1]), x[0].sigmoid()]),
    "a squared length": lambda x: autograd.dot(x, x),
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
    "sqrt, which keeps -0.0": lambda x: x[0].sqrt(),
    "a quotient": lambda x: x[0].exp() / x[1],
    "the smaller of two": lambda x: autograd.minimum(x[0].exp(), x[1]),
    "factors": lambda x: autograd.prod([x[0].exp(), abs(x[1]), x[0]]),
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


def root_of(kind: type[ir.Instruction], inputs: str, *facts: Any) -> str:
    """How x**0.5 of one instruction is done, which reads x, y or z, or e, which is exp(x)."""
    b = ProgramBuilder()
    places = {name: b.add(ir.Argument((), (2,), False), name) for name in "xyz"}
    places["e"] = b.map(TABLE["exp"], places["x"])
    made = b.add(kind(tuple(places[name] for name in inputs), (), False, *facts))
    root = b.map(TABLE["**n"].bind(exponent=0.5), made)
    instr = square_roots(Program(tuple(b.instructions), (root,)))[root]
    assert isinstance(instr, ir.Map)
    return instr.row.name


@pytest.mark.parametrize(
    ("inputs", "labels", "root"),
    [
        ("xx", ("i", "i", ""), "sqrt"),
        ("xx", ("ij", "ij", "i"), "sqrt"),
        ("ee", ("i", "j", "ij"), "sqrt"),
        ("xx", ("i", "j", "ij"), "**n"),
        ("xx", ("ij", "jk", "ik"), "**n"),
        ("xx", ("ij", "ji", "ij"), "**n"),
        ("xy", ("i", "i", ""), "**n"),
        ("ex", ("i", "i", ""), "**n"),
    ],
)
def test_a_product_of_arrays_is_never_below_zero_if_it_sums_squares(
    inputs: str, labels: tuple[str, str, str], root: str
) -> None:
    assert root_of(ir.Einsum, inputs, labels) == root


@pytest.mark.parametrize(
    ("inputs", "products", "root"),
    [
        ("xx", 1, "sqrt"),
        ("xxyy", 2, "sqrt"),
        ("xxe", 1, "sqrt"),
        ("eee", 1, "sqrt"),
        ("ex", 1, "**n"),
        ("xxyz", 2, "**n"),
        ("xyzz", 2, "**n"),
        ("xxyyz", 2, "**n"),
        ("exe", 1, "**n"),
    ],
)
def test_a_sum_of_products_is_never_below_zero_if_its_products_are_squares_and_its_terms_are_not(
    inputs: str, products: int, root: str
) -> None:
    assert root_of(ir.Map, inputs, sum_of_products(products)) == root


@pytest.mark.parametrize(
    ("kind", "inputs", "facts", "root"),
    [
        (ir.Gather, "e", [np.array(0)], "sqrt"),
        (ir.Gather, "x", [np.array(0)], "**n"),
        (ir.Concat, "ee", [], "sqrt"),
        (ir.Concat, "ex", [], "**n"),
        (ir.Reshape, "e", [], "sqrt"),
        (ir.Broadcast, "e", [], "sqrt"),
        (ir.Reduce, "e", [TABLE["sum"]], "sqrt"),
        (ir.Reduce, "e", [TABLE["logsumexp"]], "**n"),
        (ir.SegmentReduce, "e", [TABLE["sum"], np.array([0])], "sqrt"),
        (ir.SegmentReduce, "x", [TABLE["sum"], np.array([0])], "**n"),
        # the exponential's derivative times what comes from above, which may have either sign
        (ir.Vjp, "x", [TABLE["exp"], 0, ("x0",), 1], "**n"),
    ],
)
def test_what_moves_or_sums_numbers_is_never_below_zero_if_they_are_not(
    kind: type[ir.Instruction], inputs: str, facts: list[Any], root: str
) -> None:
    assert root_of(kind, inputs, *facts) == root


@pytest.mark.parametrize("x", [0.25, 4.0, 1e-300, 1e300])
def test_the_row_of_the_inverse_root_is_that_of_the_power(x: float) -> None:
    power = TABLE["**n"].bind(exponent=-0.5)
    wanted, slopes = evaluate(power, [x])
    found, own = evaluate(RSQRT, [x])
    assert (found, *own) == pytest.approx((wanted, *slopes), rel=1e-14)
    assert RSQRT.forward(FLOATS, x) == found


# --- dead code ------------------------------------------------------------------------------------


def test_what_no_result_depends_on_is_left_out_and_theta_and_arguments_stay() -> None:
    b = ProgramBuilder()
    b.add(ir.Theta((), (2,), False), "theta")
    x = b.add(ir.Argument((), (), True), "x")
    b.add(ir.Argument((), (), True), "unused")
    b.map(TABLE["exp"], x)
    sine = b.map(TABLE["sin"], x)
    b.map(TABLE["cos"], x)
    program = Program(tuple(b.instructions), (sine,), n_forward=5, names=b.names)
    kept = dead_code(program)
    verify(kept)
    assert str(kept) == "a3 (n) = sin(x)\nreturn a3"
    leaves = [type(instr) for instr in kept.instructions[:3]]
    assert leaves == [ir.Theta, ir.Argument, ir.Argument]
    assert kept.names == {0: "theta", 1: "x", 2: "unused"}
    assert (kept.n_forward, kept.outputs, kept.gradient) == (4, (3,), None)
    assert len(program.instructions) == 6


def test_what_is_a_part_of_a_gradient_is_so_after_others_are_left_out() -> None:
    b = ProgramBuilder()
    theta = b.add(ir.Theta((), (2,), False), "theta")
    unused = b.map(TABLE["exp"], theta)
    sine = b.map(TABLE["sin"], theta)
    part = b.map(TABLE["cos"], theta)
    other = b.map(TABLE["neg"], part)
    program = Program(
        tuple(b.instructions), (sine,), gradient=other, n_forward=3, names=b.names,
        part_of={part: sine, other: unused},
    )  # fmt: skip
    kept = dead_code(program)
    assert str(kept) == "a1 (2) = sin(theta)\na2 (2) = cos(theta)\na3 (2) = -a2\nreturn a1, a3"
    assert kept.part_of == {2: 1}
    assert kept.n_forward == 2


def test_the_forward_pass_alone_has_no_gradient() -> None:
    weights = matrix("W", 3, 2)
    program = program_of(
        simplified(tape_of(
            lambda x: autograd.sum([autograd.dot(w, x).tanh() for w in weights]), x=(2,)
        ))
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
