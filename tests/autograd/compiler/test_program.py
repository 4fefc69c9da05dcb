"""A program on arrays as text, and what its verifier says."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from autograd import GraphError
from autograd.compiler.codegen.emitter import Emitter
from autograd.compiler.ir.program import KINDS, Program, verify
from autograd.core.operation import TABLE
from tests.autograd.messages import raises


def layer() -> Program:
    """A layer of two neurons, and the sum of what comes out."""
    program = Program()
    theta = program.add("theta", shape=(8,), name="theta")
    x = program.add("argument", shape=(3,), batched=True, name="x")
    positions = np.arange(6).reshape(2, 3)
    w = program.add("gather", theta, shape=(2, 3), positions=positions)
    z = program.add("einsum", w, x, labels=("rk", "nk", "nr"), shape=(2,), batched=True)
    b = program.add("gather", theta, shape=(2,), positions=np.array([6, 7]))
    added = program.add("map", z, b, row=TABLE["+"], shape=(2,), batched=True)
    loss = program.add("reduce", added, row=TABLE["sum"], shape=(), batched=True)
    program.outputs = (loss,)
    return program


def test_a_program_reads_as_assignments_with_shapes() -> None:
    assert str(layer()).split("\n") == [
        "a2 (2, 3) = theta[0 1 2 3 4 5]",
        "a3 (n, 2) = einsum(rk,nk->nr: a2, x)",
        "a4 (2) = theta[6 7]",
        "a5 (n, 2) = a3 + a4",
        "a6 (n) = reduce(a5, sum)",
        "return a6",
    ]
    verify(layer())


def test_long_lists_of_positions_are_cut_and_names_and_constants_are_used() -> None:
    program = Program()
    theta = program.add("theta", shape=(9,), name="theta")
    some = program.add("gather", theta, shape=(8,), positions=np.arange(8), name="W")
    one = program.add("constant", shape=(), data=0.5)
    scaled = program.add("map", some, one, row=TABLE["*"], shape=(8,))
    total = program.add("reduce_sum", scaled, axes=(0,), over_examples=True)
    program.outputs, program.gradient = (total,), theta
    assert str(program).split("\n") == [
        "W (8) = theta[0 1 2 3 ... 7]",
        "a3 (8) = W * 0.5",
        "a4 () = reduce_sum(a3, n, 0)",
        "return a4, theta",
    ]


def test_what_is_collected_is_written_with_its_places() -> None:
    program = Program()
    x = program.add("argument", shape=(2,), batched=True, name="x")
    places = (None, np.array([1, 0]))
    both = program.add("scatter_add", x, x, shape=(2,), batched=True, places=places)
    program.outputs = (both,)
    assert str(program) == "a1 (n, 2) = scatter_add(x, x at 1 0)\nreturn a1"


def test_every_kind_has_a_way_to_be_written() -> None:
    leaves = {"theta", "argument", "constant", "seed", "reduce_extra"}
    assert [kind for kind in KINDS if kind not in leaves and not hasattr(Emitter, f"_{kind}")] == []


# --- the verifier ---------------------------------------------------------------------------------


def unknown_kind(program: Program) -> None:
    program[5].kind = "mop"


def too_few_read(program: Program) -> None:
    program[3].inputs = (2,)


def reads_itself(program: Program) -> None:
    program[5].inputs = (3, 5)


def reads_before_the_first(program: Program) -> None:
    program[5].inputs = (-1, 3)


def drops_the_examples(program: Program) -> None:
    program[5].batched = False


def too_few_axes_for_examples(program: Program) -> None:
    program[5].shape = (4, 2)


def does_not_broadcast(program: Program) -> None:
    program[4].shape = (2,)
    program[5].shape = (3,)


def result_is_too_small(program: Program) -> None:
    program[5].shape = (1,)


def reshape_of_another_size(program: Program) -> None:
    program[4].kind, program[4].shape, program[4].positions = "reshape", (3, 3), None


def joined_of_another_size(program: Program) -> None:
    program[5].kind, program[5].shape, program[5].row = "concat", (5,), None


def positions_of_another_shape(program: Program) -> None:
    program[4].positions = np.array([[6], [7]])


def no_positions(program: Program) -> None:
    program[4].positions = None


def positions_outside(program: Program) -> None:
    program[4].positions = np.array([6, 8])


def positions_below_zero(program: Program) -> None:
    program[4].positions = np.array([-1, 0])


def too_few_labels(program: Program) -> None:
    program[3].labels = ("k", "nk", "nr")


def label_of_examples_missing(program: Program) -> None:
    program[3].labels = ("rk", "k", "nr")


def two_lengths(program: Program) -> None:
    program[3].labels = ("kr", "nk", "nr")


def no_places(program: Program) -> None:
    program[5].kind, program[5].row = "scatter_add", None


def no_outputs(program: Program) -> None:
    program.outputs = ()


def output_outside(program: Program) -> None:
    program.outputs = (7,)


def gradient_outside(program: Program) -> None:
    program.gradient = -2


FAULTS: list[tuple[Callable[[Program], None], tuple[object, ...]]] = [
    (unknown_kind, ("instruction 5", "mop", "kind")),
    (too_few_read, ("instruction 3", "einsum", 1, 2)),
    (reads_itself, ("instruction 5", "map", "reads", "(3, 5)")),
    (reads_before_the_first, ("instruction 5", "map", "reads", "(-1, 3)")),
    (drops_the_examples, ("instruction 5", "map", "axis of examples")),
    (too_few_axes_for_examples, ("instruction 5", "map", "axes")),
    (does_not_broadcast, ("instruction 5", "map", "[(2,), (2,)]", "(3,)")),
    (result_is_too_small, ("instruction 5", "map", "[(2,), (2,)]", "(1,)")),
    (reshape_of_another_size, ("instruction 4", "reshape", "(8,)", "elements", "(3, 3)")),
    (joined_of_another_size, ("instruction 5", "concat", "[(2,), (2,)]", "(5,)")),
    (positions_of_another_shape, ("instruction 4", "gather", "positions", "(2,)")),
    (no_positions, ("instruction 4", "gather", "positions", "(2,)")),
    (positions_outside, ("instruction 4", "gather", "positions outside", "(8,)")),
    (positions_below_zero, ("instruction 4", "gather", "positions outside", "(8,)")),
    (too_few_labels, ("instruction 3", "einsum", "labels k", "(2, 3)")),
    (label_of_examples_missing, ("instruction 3", "einsum", "labels k", "(3,)")),
    (two_lengths, ("instruction 3", "einsum", "label k", 2, 3)),
    (no_places, ("instruction 5", "scatter_add", "places")),
    (no_outputs, ("a program", "[]")),
    (output_outside, ("a program", "[7]")),
    (gradient_outside, ("a program", "[6, -2]")),
]


@pytest.mark.parametrize(("spoil", "named"), FAULTS, ids=[f.__name__ for f, _ in FAULTS])
def test_the_verifier_names_every_fault(
    spoil: Callable[[Program], None], named: tuple[object, ...]
) -> None:
    program = layer()
    spoil(program)
    with raises(GraphError, *named):
        verify(program)


def test_an_array_may_be_thin_where_it_is_repeated() -> None:
    program = layer()
    program[4].shape, program[4].positions = (1,), np.array([6])
    verify(program)
    program[4].shape, program[4].positions = (), np.array(6)
    verify(program)
