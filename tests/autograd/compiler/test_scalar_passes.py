"""The passes over a tape, each as text before and after, and what each must leave alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

import autograd
from autograd import Value
from autograd.compiler.ir.tape import Tape
from autograd.compiler.passes.scalar_passes import (
    CROSS_ENTROPY,
    SCALAR_PASSES,
    common_subexpressions,
    constant_folding,
    cross_entropies,
    dead_code,
    sum_of_products,
    sums_of_products,
)
from autograd.core.arithmetic import FLOATS
from autograd.core.evaluate import evaluate
from autograd.core.operation import CONSTANT
from autograd.core.table import TABLE
from tests.autograd.compiler.texts import after, tape_of, vector


def constants(*numbers: float) -> Tape:
    tape = Tape()
    for number in numbers:
        tape.leaf(CONSTANT, number)
    return tape


# --- all of them ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SCALAR_PASSES)
def test_a_tape_that_a_pass_has_nothing_to_do_for_is_as_it_was(name: str) -> None:
    w = Value(2.0, name="w")
    tape = tape_of(lambda x: (w * x).tanh(), x=())
    assert after(SCALAR_PASSES[name], tape) == str(tape).split("\n")


@pytest.mark.parametrize("name", SCALAR_PASSES)
def test_a_pass_run_twice_does_what_it_does_once(name: str) -> None:
    w = vector("w", 3)

    def fn(x: list[Value]) -> list[Value]:
        w[0].exp()
        scores = [w[0] * x[0] + w[1] * x[1], w[2] * x[0] + 2.0 * w[1], x[1] + w[0] * x[0]]
        return [-autograd.log_softmax(scores)[1], (x[0] * x[1]) + (x[1] * x[0])]

    once = SCALAR_PASSES[name](tape_of(fn, x=(2,)))
    assert str(SCALAR_PASSES[name](once)) == str(once)


@pytest.mark.parametrize("name", ["constant folding", "common subexpressions", "dead code"])
def test_a_pass_that_has_nothing_to_do_gives_the_tape_itself(name: str) -> None:
    w = Value(2.0, name="w")
    tape = tape_of(lambda x: (2.0 / (w * x) + 3.0).tanh(), x=())
    assert SCALAR_PASSES[name](tape) is tape


@pytest.mark.parametrize("name", SCALAR_PASSES)
def test_a_pass_leaves_the_tape_that_it_is_given_as_it_was(name: str) -> None:
    w = vector("w", 2)

    def fn(x: list[Value]) -> Value:
        (w[1] * x[1]).exp()
        total = w[0] * x[0] + w[1] * x[1] + (Value(2.0) + 3.0)
        return autograd.logsumexp([total - total, x[0] - total, (w[1] * x[1]) - total])

    tape = tape_of(fn, x=(2,))
    before = (str(tape), list(tape.operands), dict(tape.numbers), tape.outputs)
    SCALAR_PASSES[name](tape)
    assert (str(tape), tape.operands, tape.numbers, tape.outputs) == before


# --- constant folding -----------------------------------------------------------------------------


def test_what_depends_on_constants_alone_is_computed() -> None:
    tape = tape_of(lambda x: x * (Value(2.0) * 3).sqrt() + Value(1.0).exp(), x=())
    assert str(tape).split("\n") == [
        "v3 = 2 * 3", "v4 = sqrt(v3)", "v5 = x * v4", "v7 = exp(1)", "v8 = v5 + v7", "return v8",
    ]  # fmt: skip
    assert after(constant_folding, tape) == ["v5 = x * 2.449", "v8 = v5 + 2.718", "return v8"]
    assert constant_folding(tape).numbers[4] == math.sqrt(6.0)


def test_a_constant_beside_what_is_none_is_not_folded() -> None:
    w = Value(2.0, name="w")
    lines = after(
        constant_folding,
        tape_of(lambda x: [x * 0.0, 0.0 * w, x + 0.0, x * 1.0, x - x, w**0.0, 0.0 / x], x=()),
    )
    # each of them is another number somewhere: for nan, infinity or -0.0
    assert lines == [
        "v2 = x * 0", "v4 = 0 * w", "v5 = x + 0", "v7 = x * 1", "v8 = x - x", "v9 = w**0",
        "v10 = 0 / x", "return v2, v4, v5, v7, v8, v9, v10",
    ]  # fmt: skip


def test_folding_has_ieee_answers_at_edges() -> None:
    tape = constants(-1.0, 0.0, -0.0, 1000.0)
    tape.append(TABLE["log"], (0,))
    tape.append(TABLE["/"], (0, 1))
    tape.append(TABLE["*"], (0, 1))
    tape.append(TABLE["exp"], (3,))
    tape.append(TABLE["+"], (2, 2))
    tape.outputs = (4, 5, 6, 7, 8)
    numbers = constant_folding(tape).numbers
    assert math.isnan(numbers[4])
    assert [repr(numbers[i]) for i in (5, 6, 7, 8)] == ["-inf", "-0.0", "inf", "-0.0"]


def test_a_function_of_nothing_but_constants_is_one_constant() -> None:
    assert after(constant_folding, tape_of(lambda: Value(2.0) * 3)) == ["return 6"]


# --- common subexpressions ------------------------------------------------------------------------


def test_what_is_written_twice_is_computed_once() -> None:
    w = Value(2.0, name="w")
    tape = tape_of(lambda x: (w * x).tanh() + (w * x).tanh() * 3, x=())
    assert after(common_subexpressions, tape) == [
        "v2 = w * x", "v3 = tanh(v2)", "v5 = v3 * 3", "v6 = v3 + v5", "return v6",
    ]  # fmt: skip


def test_a_product_and_a_sum_are_the_same_in_either_order_and_nothing_else_is() -> None:
    tape = tape_of(
        lambda x: [
            x[0] * x[1], x[1] * x[0], x[0] + x[1], x[1] + x[0], x[0] - x[1], x[1] - x[0],
            x[0] / x[1], x[1] / x[0], autograd.sum([x[0], x[1]]), autograd.sum([x[1], x[0]]),
        ],
        x=(2,),
    )  # fmt: skip
    assert after(common_subexpressions, tape)[-1] == "return v2, v2, v3, v3, v4, v5, v6, v7, v8, v9"


def test_the_first_order_of_operands_is_kept() -> None:
    tape = tape_of(lambda x: [x[1] * x[0], x[0] * x[1]], x=(2,))
    assert after(common_subexpressions, tape) == ["v2 = x[1] * x[0]", "return v2, v2"]


def test_zeros_of_both_signs_stay_apart_and_nan_is_one() -> None:
    tape = constants(0.0, -0.0, 0.0, -0.0, math.nan, -math.nan, math.nan)
    tape.outputs = tuple(range(7))
    merged = common_subexpressions(tape)
    assert merged.outputs == (0, 1, 0, 1, 2, 2, 2)
    assert [math.copysign(1.0, merged.numbers[i]) for i in (0, 1)] == [1.0, -1.0]


def test_settings_tell_operations_apart() -> None:
    tape = tape_of(
        lambda x: [x**2, x**3, x**2, x.leaky_relu(0.1), x.leaky_relu(0.2), x.leaky_relu(0.1)], x=()
    )
    lines = after(common_subexpressions, tape)
    assert lines[-1] == "return v1, v2, v1, v3, v4, v3"


# --- dead code ------------------------------------------------------------------------------------


def test_what_no_result_depends_on_is_left_out() -> None:
    def fn(x: list[Value]) -> Value:
        (x[0].exp() * 3).tanh()
        return x[1].sin()

    assert after(dead_code, tape_of(fn, x=(2,))) == ["v1 = sin(x[1])", "return v1"]


# --- cross-entropy --------------------------------------------------------------------------------


def test_logsumexp_of_differences_to_one_of_its_own_becomes_a_cross_entropy() -> None:
    def fn(z: list[Value]) -> Value:
        return autograd.logsumexp([z[0] - z[1], Value(0.0), z[2] - z[1]])

    assert after(cross_entropies, tape_of(fn, z=(3,))) == [
        "v4 = cross_entropy(1, z[0], z[1], z[2])", "return v4",
    ]  # fmt: skip


def test_differences_to_a_chosen_one_become_a_cross_entropy_of_the_index() -> None:
    def fn(z: list[Value], t: Value) -> Value:
        right = autograd.choose(t, z)
        return autograd.logsumexp([x - right for x in z])

    assert after(cross_entropies, tape_of(fn, z=(3,), t=())) == [
        "v4 = cross_entropy(t, z[0], z[1], z[2])", "return v4",
    ]  # fmt: skip


NOT_CROSS_ENTROPIES = {
    "two references": lambda z: [z[0] - z[1], z[2] - z[0], Value(0.0)],
    "no zero": lambda z: [z[0] - z[1], z[2] - z[1]],
    "two zeros": lambda z: [z[0] - z[1], Value(0.0), Value(0.0)],
    "a number that is no zero": lambda z: [z[0] - z[1], Value(1.0), z[2] - z[1]],
    "a logit itself": lambda z: [z[0] - z[1], z[1], z[2] - z[1]],
    "a sum": lambda z: [z[0] + z[1], Value(0.0)],
    "choice from another list": lambda z: [x - autograd.choose(z[0], z[1:]) for x in z[:2]],
    "choice from one": lambda z: [z[0] - autograd.choose(z[1], [z[0]])],
    "choice in another order": lambda z: [x - autograd.choose(z[2], z[::-1]) for x in z],
}


@pytest.mark.parametrize("terms", NOT_CROSS_ENTROPIES.values(), ids=list(NOT_CROSS_ENTROPIES))
def test_other_logsumexps_are_left_alone(terms: object) -> None:
    tape = tape_of(lambda z: autograd.logsumexp(terms(z)), z=(3,))  # type: ignore[operator]
    tape = dead_code(common_subexpressions(tape))
    assert after(cross_entropies, tape) == str(tape).split("\n")


def test_differences_that_others_use_stay() -> None:
    def fn(z: list[Value]) -> list[Value]:
        d = z[0] - z[1]
        return [autograd.logsumexp([d, Value(0.0)]), d]

    assert after(cross_entropies, tape_of(fn, z=(2,))) == [
        "v2 = z[0] - z[1]", "v4 = cross_entropy(1, z[0], z[1])", "return v4, v2",
    ]  # fmt: skip


@pytest.mark.parametrize("index", [0, 1, 2])
def test_the_row_of_a_cross_entropy_is_that_of_its_definition(index: int) -> None:
    z = (0.5, -1.0, 2.0)
    value, partials = evaluate(CROSS_ENTROPY, [float(index), *z])
    assert value == pytest.approx(math.log(sum(map(math.exp, z))) - z[index], rel=1e-14)
    shares = [math.exp(x) / sum(map(math.exp, z)) for x in z]
    wanted = [share - (k == index) for k, share in enumerate(shares)]
    assert list(partials) == pytest.approx([0.0, *wanted], rel=1e-12)


# --- sums of products -----------------------------------------------------------------------------


def test_a_tree_of_additions_and_its_products_becomes_one_line() -> None:
    w, b = vector("w", 2), Value(1.0, name="b")
    for fn in (
        lambda x: b + w[0] * x[0] + w[1] * x[1],
        lambda x: w[0] * x[0] + w[1] * x[1] + b,
        lambda x: w[0] * x[0] + (w[1] * x[1] + b),
        lambda x: autograd.sum([w[0] * x[0], b, w[1] * x[1]]),
        lambda x: autograd.dot(w, x) + b,
        lambda x: w[0] * x[0] + autograd.sum([w[1] * x[1], b]),
    ):
        line, result = after(sums_of_products, tape_of(fn, x=(2,)))
        assert line == f"{result.removeprefix('return ')} = w[0]*x[0] + w[1]*x[1] + b"


def test_products_and_terms_keep_their_orders() -> None:
    tape = tape_of(lambda x: x[3] + x[2] * x[0] + x[1] + x[0] * x[3] + x[0], x=(4,))
    assert after(sums_of_products, tape) == [
        "v4 = x[2]*x[0] + x[0]*x[3] + x[3] + x[1] + x[0]", "return v4",
    ]  # fmt: skip


def test_terms_alone_become_one_sum_and_two_stay_an_addition() -> None:
    tape = tape_of(lambda x: [x[0] + x[1] + x[2] + x[0], x[0] + x[2]], x=(3,))
    assert after(sums_of_products, tape) == [
        "v3 = sum(x[0], x[1], x[2], x[0])", "v4 = x[0] + x[2]", "return v3, v4",
    ]  # fmt: skip


# The sum is the same, but for the sign of a zero: 0 + -0.0 is 0.0.
WITH_ZEROS: dict[str, tuple[Callable[..., Any], str]] = {
    "Python's sum of two": (lambda x: sum(x[:2]), "x[0] + x[1]"),
    "Python's sum of three": (lambda x: sum(x), "sum(x[0], x[1], x[2])"),
    "Python's sum of products": (
        lambda x: sum([x[0] * x[1], x[1] * x[2]]), "x[0]*x[1] + x[1]*x[2]",
    ),
    "products and a term": (lambda x: 0 + x[0] * x[1] + x[2], "x[0]*x[1] + x[2]"),
    "-0.0": (lambda x: x[0] + x[1] + -0.0, "x[0] + x[1]"),
    "several": (lambda x: autograd.sum([0.0, x[0], -0.0, x[1], 0]), "sum(x[0], x[1])"),
    "one other term": (lambda x: x[0] + 0.0, "sum(x[0])"),
    "another number": (lambda x: x[0] * x[1] + 0.0 + 1e-300, "x[0]*x[1] + 1e-300"),
}  # fmt: skip


@pytest.mark.parametrize("name", WITH_ZEROS)
def test_a_zero_that_is_added_is_left_out(name: str) -> None:
    fn, line = WITH_ZEROS[name]
    found = after(sums_of_products, tape_of(fn, x=(3,)))[0]
    assert found.split(" = ")[1] == line
    f, x = autograd.compile(fn), [0.5, -1.25, 3.0]
    assert f.map([x]).tolist() == [f(x).data]


def test_a_sum_of_nothing_but_zeros_is_zero() -> None:
    def fn() -> Value:
        return autograd.sum([Value(0.0), Value(-0.0)]) + 0.0

    assert after(sums_of_products, tape_of(fn))[0].endswith(" = sum(0, 0, 0)")
    assert autograd.compile(fn).map().tolist() == [0.0]


def test_a_zero_that_multiplies_stays() -> None:
    tape = tape_of(lambda x: x[0] * 0.0 + x[1], x=(2,))
    assert after(sums_of_products, tape)[0].endswith(" = x[0]*0 + x[1]")
    assert math.isnan(autograd.compile(lambda x: x[0] * 0.0 + x[1]).map([[math.inf, 1.0]])[0])


def test_a_product_that_is_used_twice_is_not_absorbed() -> None:
    def fn(x: list[Value]) -> Value:
        product = x[0] * x[1]
        return (product + x[2]) * (product + x[3])

    assert after(sums_of_products, tape_of(fn, x=(4,))) == [
        "v4 = x[0] * x[1]", "v5 = v4 + x[2]", "v6 = v4 + x[3]", "v7 = v5 * v6", "return v7",
    ]  # fmt: skip


def test_a_product_that_is_added_to_itself_is_not_absorbed() -> None:
    def fn(x: list[Value]) -> Value:
        product = x[0] * x[1]
        return product + product

    assert after(sums_of_products, tape_of(fn, x=(2,))) == [
        "v2 = x[0] * x[1]", "v3 = v2 + v2", "return v3",
    ]  # fmt: skip


def test_a_sum_that_is_used_twice_stays_a_line() -> None:
    def fn(x: list[Value]) -> Value:
        total = x[0] * x[1] + x[2]
        return (total + x[3]) * total

    assert after(sums_of_products, tape_of(fn, x=(4,))) == [
        "v4 = x[0]*x[1] + x[2]", "v5 = v4 + x[3]", "v6 = v5 * v4", "return v6",
    ]  # fmt: skip


def test_a_result_stays_a_line() -> None:
    def fn(x: list[Value]) -> list[Value]:
        product = x[0] * x[1]
        total = product + x[2]
        return [product, total, total + x[3]]

    assert after(sums_of_products, tape_of(fn, x=(4,))) == [
        "v4 = x[0] * x[1]", "v5 = v4 + x[2]", "v6 = v5 + x[3]", "return v4, v5, v6",
    ]  # fmt: skip


def test_differences_and_quotients_are_no_part_of_a_sum() -> None:
    tape = tape_of(lambda x: x[0] * x[1] - x[2] * x[0] + x[1] / x[2], x=(3,))
    assert after(sums_of_products, tape) == [
        "v3 = x[0] * x[1]", "v4 = x[2] * x[0]", "v5 = v3 - v4", "v6 = x[1] / x[2]",
        "v7 = v5 + v6", "return v7",
    ]  # fmt: skip


def test_a_product_of_products_keeps_the_inner_one() -> None:
    tape = tape_of(lambda x: x[0] * x[1] * x[2] + x[3], x=(4,))
    assert after(sums_of_products, tape) == [
        "v4 = x[0] * x[1]", "v5 = v4*x[2] + x[3]", "return v5",
    ]  # fmt: skip


def test_a_chain_of_a_hundred_thousand_additions_is_one_line() -> None:
    def fn(x: Value) -> Value:
        total = x
        for _ in range(100_000):
            total = total + x
        return total

    made = sums_of_products(tape_of(fn, x=()))
    assert (len(made), len(made.operands[-1])) == (2, 100_001)


@pytest.mark.parametrize("terms", [0, 1, 2])
@pytest.mark.parametrize("products", [1, 2, 3])
def test_the_row_of_a_sum_of_products_has_the_product_rule(products: int, terms: int) -> None:
    row = sum_of_products(products)
    xs = [0.5 + 0.7 * i for i in range(2 * products + terms)]
    value, partials = evaluate(row, xs)
    pairs = sum(xs[i] * xs[i + 1] for i in range(0, 2 * products, 2))
    assert value == pytest.approx(pairs + sum(xs[2 * products :]), rel=1e-14)
    assert list(partials) == [*[xs[i ^ 1] for i in range(2 * products)], *[1.0] * terms]
    assert row.forward(FLOATS, *xs) == value
    assert sum_of_products(products) is row
