"""A program on arrays as text, and what its verifier says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import FrozenInstanceError, replace
from typing import Any

import numpy as np
import pytest

from autograd import GraphError
from autograd.compiler.codegen.numpy_emitter import EMIT
from autograd.compiler.codegen.plain_emitter import PLAIN
from autograd.compiler.ir import instructions as ir
from autograd.compiler.ir.program import Program, ProgramBuilder, verify
from autograd.core.operation import TABLE
from tests.autograd.messages import raises


def layer() -> Program:
    """A layer of two neurons, and the sum of what comes out."""
    b = ProgramBuilder()
    theta = b.add(ir.Theta((), (8,), False), "theta")
    x = b.add(ir.Argument((), (3,), True), "x")
    w = b.gather(theta, np.arange(6).reshape(2, 3))
    z = b.add(ir.Einsum((w, x), (2,), True, ("rk", "nk", "nr")))
    bias = b.gather(theta, np.array([6, 7]))
    added = b.map(TABLE["+"], z, bias)
    loss = b.add(ir.Reduce((added,), (), True, TABLE["sum"]))
    return Program(tuple(b.instructions), (loss,), names=b.names)


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
    b = ProgramBuilder()
    theta = b.add(ir.Theta((), (9,), False), "theta")
    some = b.gather(theta, np.arange(8))
    scaled = b.map(TABLE["*"], some, b.constant(0.5))
    total = b.add(ir.ReduceSum((scaled,), (), False, (0,), True))
    names = b.names | {some: "W"}
    program = Program(tuple(b.instructions), (total,), gradient=theta, names=names)
    assert str(program).split("\n") == [
        "W (8) = theta[0 1 2 3 ... 7]",
        "a3 (8) = W * 0.5",
        "a4 () = reduce_sum(a3, n, 0)",
        "return a4, theta",
    ]


def test_what_is_collected_is_written_with_its_places() -> None:
    b = ProgramBuilder()
    x = b.add(ir.Argument((), (2,), True), "x")
    both = b.add(ir.ScatterAdd((x, x), (2,), True, (None, np.array([1, 0]))))
    program = Program(tuple(b.instructions), (both,), names=b.names)
    assert str(program) == "a1 (n, 2) = scatter_add(x, x at 1 0)\nreturn a1"


def kinds() -> list[type[ir.Instruction]]:
    """Every kind of instruction."""
    general = (ir.Instruction, ir.WithRow, ir.Leaf)
    classes = [thing for thing in vars(ir).values() if isinstance(thing, type)]
    return [c for c in classes if issubclass(c, ir.Instruction) and c not in general]


@pytest.mark.parametrize("emitter", [EMIT, PLAIN], ids=["numpy", "plain"])
def test_every_kind_has_a_way_to_be_written(emitter: dict[Any, Any]) -> None:
    assert len(kinds()) == 21
    assert set(emitter) == set(kinds())


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
def test_an_instruction_never_changes_and_has_its_own_fields_alone(
    kind: type[ir.Instruction],
) -> None:
    instr = object.__new__(kind)
    with pytest.raises(FrozenInstanceError):
        instr.inputs = (0,)  # type: ignore[misc]
    assert not hasattr(instr, "__dict__")


def test_a_program_never_changes() -> None:
    with pytest.raises(FrozenInstanceError):
        layer().outputs = ()  # type: ignore[misc]
    assert isinstance(layer().instructions, tuple)


# --- the verifier ---------------------------------------------------------------------------------


def changed(number: int, **facts: Any) -> Program:
    """The layer with other facts in one of its instructions."""
    program = layer()
    instructions = list(program.instructions)
    instructions[number] = replace(instructions[number], **facts)
    return replace(program, instructions=tuple(instructions))


def exchanged(number: int, instr: ir.Instruction) -> Program:
    """The layer with another instruction in the place of one of its own."""
    program = layer()
    instructions = list(program.instructions)
    instructions[number] = instr
    return replace(program, instructions=tuple(instructions))


FAULTS: dict[str, tuple[Callable[[], Program], tuple[object, ...]]] = {
    "too few read": (lambda: changed(3, inputs=(2,)), ("instruction 3", "einsum", 1, 2)),
    "a leaf that reads": (lambda: changed(1, inputs=(0,)), ("instruction 1", "argument", 1, 0)),
    "reads itself": (
        lambda: changed(5, inputs=(3, 5)), ("instruction 5", "map", "reads", "(3, 5)"),
    ),
    "reads before the first": (
        lambda: changed(5, inputs=(-1, 3)), ("instruction 5", "map", "reads", "(-1, 3)"),
    ),
    "drops the examples": (
        lambda: changed(5, batched=False), ("instruction 5", "map", "axis of examples"),
    ),
    "too few axes for examples": (
        lambda: changed(5, shape=(4, 2)), ("instruction 5", "map", "axes"),
    ),
    "does not broadcast": (
        lambda: changed(5, shape=(3,)), ("instruction 5", "map", "[(2,), (2,)]", "(3,)"),
    ),
    "result is too small": (
        lambda: changed(5, shape=(1,)), ("instruction 5", "map", "[(2,), (2,)]", "(1,)"),
    ),
    "broadcast to a smaller one": (
        lambda: exchanged(4, ir.Broadcast((0,), (2,), False)),
        ("instruction 4", "broadcast", "[(8,)]", "(2,)"),
    ),
    "reshape of another size": (
        lambda: exchanged(4, ir.Reshape((0,), (3, 3), False)),
        ("instruction 4", "reshape", "(8,)", "elements", "(3, 3)"),
    ),
    "joined of another size": (
        lambda: exchanged(5, ir.Concat((3, 4), (5,), True)),
        ("instruction 5", "concat", "[(2,), (2,)]", "(5,)"),
    ),
    "positions of another shape": (
        lambda: changed(4, positions=np.array([[6], [7]])),
        ("instruction 4", "gather", "positions", "(2,)"),
    ),
    "positions outside": (
        lambda: changed(4, positions=np.array([6, 8])),
        ("instruction 4", "gather", "positions outside", "(8,)"),
    ),
    "positions below zero": (
        lambda: changed(4, positions=np.array([-1, 0])),
        ("instruction 4", "gather", "positions outside", "(8,)"),
    ),
    "too few labels": (
        lambda: changed(3, labels=("k", "nk", "nr")),
        ("instruction 3", "einsum", "labels k", "(2, 3)"),
    ),
    "label of examples missing": (
        lambda: changed(3, labels=("rk", "k", "nr")),
        ("instruction 3", "einsum", "labels k", "(3,)"),
    ),
    "two lengths": (
        lambda: changed(3, labels=("kr", "nk", "nr")), ("instruction 3", "einsum", "label k", 2, 3),
    ),
    "no places": (
        lambda: exchanged(5, ir.ScatterAdd((3, 4), (2,), True, ())),
        ("instruction 5", "scatter_add", "places"),
    ),
    "no outputs": (lambda: replace(layer(), outputs=()), ("a program", "[]")),
    "output outside": (lambda: replace(layer(), outputs=(7,)), ("a program", "[7]")),
    "gradient outside": (lambda: replace(layer(), gradient=-2), ("a program", "[6, -2]")),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_the_verifier_names_every_fault(fault: str) -> None:
    make, named = FAULTS[fault]
    with raises(GraphError, *named):
        verify(make())


def test_an_array_may_be_thin_where_it_is_repeated() -> None:
    verify(changed(4, shape=(1,), positions=np.array([6])))
    verify(changed(4, shape=(), positions=np.array(6)))
