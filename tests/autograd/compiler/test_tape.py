"""A tape as text, and what its verifier says."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import autograd
from autograd import GraphError, Value
from autograd.compiler.ir.fused import sum_of_products
from autograd.compiler.ir.tape import ARGUMENT, PARAMETER, Tape, verify
from autograd.core.operation import CONSTANT
from autograd.core.table import TABLE
from tests.autograd.compiler.texts import tape_of
from tests.autograd.messages import raises


def small() -> Tape:
    """w * x + 2"""
    tape = Tape(parameter_names=["w"], argument_names=["x"])
    w, x = tape.leaf(PARAMETER, 0), tape.leaf(ARGUMENT, 0)
    product = tape.append(TABLE["*"], (w, x))
    total = tape.append(TABLE["+"], (product, tape.leaf(CONSTANT, 2.0)))
    tape.outputs = (total,)
    return tape


@pytest.mark.parametrize("end", range(6))
def test_the_beginning_of_a_tape_has_its_lines_and_their_numbers_alone(end: int) -> None:
    whole = small()
    beginning = whole.beginning(end)
    assert (beginning.rows, beginning.operands) == (whole.rows[:end], whole.operands[:end])
    leaves = {0: 0, 1: 0, 3: 2.0}
    assert beginning.numbers == {place: x for place, x in leaves.items() if place < end}
    assert whole.numbers == leaves


def test_a_tape_reads_as_assignments_of_what_has_names() -> None:
    assert str(small()) == "v2 = w * x\nv4 = v2 + 2\nreturn v4"
    verify(small())


def test_leaves_without_a_name_are_called_by_their_places() -> None:
    parameter = Value(2.0)
    tape = tape_of(lambda x: x * 1.5 + parameter, x=())
    tape.argument_names[0] = ""
    assert str(tape) == ("v2 = argument[0] * 1.5\nv4 = v2 + theta[0]\nreturn v4")


def test_operations_are_written_as_everywhere_and_lists_as_calls() -> None:
    text = str(tape_of(
        lambda x: [
            -x[0], x[0] ** 2, x[0] ** x[1], autograd.maximum(x[0], x[1]),
            autograd.sum([x[0], x[1], x[1]]), x[0],
        ],
        x=(2,),
    ))  # fmt: skip
    assert text.split("\n") == [
        "v2 = -x[0]",
        "v3 = x[0]**2",
        "v4 = x[0]**x[1]",
        "v5 = maximum(x[0], x[1])",
        "v6 = sum(x[0], x[1], x[1])",
        "return v2, v3, v4, v5, v6, x[0]",
    ]


def test_a_sum_of_products_is_written_with_its_products_first() -> None:
    tape = small()
    tape.outputs = (tape.append(sum_of_products(2), (0, 1, 1, 1, 2, 0)),)
    assert str(tape).split("\n")[-2:] == ["v5 = w*x + x*x + v2 + w", "return v5"]
    verify(tape)


def without_operands(tape: Tape) -> None:
    tape.operands.pop()


def reads_itself(tape: Tape) -> None:
    tape.operands[4] = (2, 4)


def reads_what_comes_later(tape: Tape) -> None:
    tape.operands[2] = (0, 3)


def reads_what_is_before_the_first(tape: Tape) -> None:
    tape.operands[2] = (-1, 1)


def leaf_without_number(tape: Tape) -> None:
    del tape.numbers[1]


def leaf_with_operands(tape: Tape) -> None:
    tape.operands[3] = (0,)


def too_many_operands(tape: Tape) -> None:
    tape.operands[4] = (0, 1, 2)


def no_operands(tape: Tape) -> None:
    tape.rows[4], tape.operands[4] = TABLE["sum"], ()


def no_outputs(tape: Tape) -> None:
    tape.outputs = ()


def output_outside(tape: Tape) -> None:
    tape.outputs = (4, 5)


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (without_operands, ("a tape", 5, "rows", 4, "operands")),
        (reads_itself, ("line 4", "+", "(2, 4)")),
        (reads_what_comes_later, ("line 2", "*", "(0, 3)")),
        (reads_what_is_before_the_first, ("line 2", "*", "(-1, 1)")),
        (leaf_without_number, ("line 1", "argument", "number")),
        (leaf_with_operands, ("line 3", "constant", "operands")),
        (too_many_operands, ("line 4", "+", 3, 2)),
        (no_operands, ("line 4", "sum", 0, "at least one")),
        (no_outputs, ("a tape", 5, "returns", "()")),
        (output_outside, ("a tape", 5, "returns", "(4, 5)")),
    ],
    ids=lambda x: getattr(x, "__name__", ""),
)
def test_the_verifier_names_every_fault(
    spoil: Callable[[Tape], None], named: tuple[object, ...]
) -> None:
    tape = small()
    # line 3 is the constant, line 4 the sum
    assert [row.name for row in tape.rows][3:] == ["constant", "+"]
    spoil(tape)
    with raises(GraphError, *named):
        verify(tape)
