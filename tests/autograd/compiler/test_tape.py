"""A tape as text, and what its verifier says."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import autograd
from autograd import GraphError, Value
from autograd.compiler.ir.tape import ARGUMENT, PARAMETER, Tape, verify
from autograd.compiler.passes.scalar_passes import sum_of_products
from autograd.core.operation import CONSTANT
from autograd.core.table import TABLE
from tests.autograd.compiler.texts import tape_of


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
    ("spoil", "message"),
    [
        (without_operands, r"^a tape has 5 rows and 4 lists of operands$"),
        (reads_itself, r"^line 4 of a tape, \+, reads \(2, 4\): not before it$"),
        (reads_what_comes_later, r"^line 2 of a tape, \*, reads \(0, 3\): not before it$"),
        (reads_what_is_before_the_first, r"^line 2 of a tape, \*, reads \(-1, 1\): not before it$"),
        (
            leaf_without_number,
            r"^line 1 of a tape, argument, has operands, or is without its number$",
        ),
        (
            leaf_with_operands,
            r"^line 3 of a tape, constant, has operands, or is without its number$",
        ),
        (too_many_operands, r"^line 4 of a tape gives \+ 3 operands, which takes 2$"),
        (no_operands, r"^line 4 of a tape gives sum 0 operands, which takes at least one$"),
        (no_outputs, r"^a tape of 5 lines returns \(\)$"),
        (output_outside, r"^a tape of 5 lines returns \(4, 5\)$"),
    ],
    ids=lambda x: getattr(x, "__name__", ""),
)
def test_the_verifier_names_every_fault(spoil: Callable[[Tape], None], message: str) -> None:
    tape = small()
    # line 3 is the constant, line 4 the sum
    assert [row.name for row in tape.rows][3:] == ["constant", "+"]
    spoil(tape)
    with pytest.raises(GraphError, match=message):
        verify(tape)
