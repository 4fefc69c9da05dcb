"""The array IR: a program in static single assignment form, its printer and its verifier.

Every instruction makes one array, and no array changes after that (static single assignment).
What is computed in which memory is decided at the very end, in ``codegen/memory.py``.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd._util.format import formula
from autograd.compiler.ir import instructions as ir
from autograd.compiler.ir.fused import SumOfProducts

from autograd.compiler.ir.instructions import (  # isort: skip
    Instruction, Leaf, Positions, Shape, WithRow, broadcast_shapes, lengths,
)  # fmt: skip
from autograd.core.operation import Operation
from autograd.errors import GraphError


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """Instructions in order, and the numbers of those that are results.

    outputs     the result, and auxiliary ones after it
    single      whether the result is one number, which has a gradient
    gradient    the number of the gradient by theta, once there is a backward pass
    n_forward   how many instructions belong to the forward pass; what follows is the backward pass
    names       what arrays are called, by their numbers; others are a and their number
    part_of     for an array of the backward pass: the array whose cotangent it is a part of
    """

    instructions: tuple[Instruction, ...]
    outputs: tuple[int, ...]
    single: bool = True
    gradient: int | None = None
    n_forward: int = 0
    names: Mapping[int, str] = field(default_factory=dict)
    part_of: Mapping[int, int] = field(default_factory=dict)

    def __getitem__(self, number: int) -> Instruction:
        return self.instructions[number]

    @property
    def results(self) -> tuple[int, ...]:
        """The numbers of all that it returns."""
        return self.outputs if self.gradient is None else (*self.outputs, self.gradient)

    def uses(self) -> list[int]:
        """How often each array is read."""
        uses = [0] * len(self.instructions)
        for instr in self.instructions:
            for i in instr.inputs:
                uses[i] += 1
        return uses

    def __str__(self) -> str:
        names = [
            self.names.get(number) or (f"a{number}" if scalar is None else repr(scalar))
            for number, scalar in enumerate(map(_scalar, self.instructions))
        ]
        lines = [
            f"{name} ({lengths(instr.shape, instr.batched)}) = "
            + _described(instr, [names[i] for i in instr.inputs])
            for name, instr in zip(names, self.instructions, strict=True)
            if not isinstance(instr, Leaf)
        ]
        return "\n".join([*lines, f"return {', '.join(names[i] for i in self.results)}"])


class ProgramBuilder:
    """A program as it is written: each method adds an instruction and returns its number."""

    def __init__(self, program: Program | None = None) -> None:
        self.instructions: list[Instruction] = list(program.instructions) if program else []
        self.names: dict[int, str] = dict(program.names) if program else {}

    def __getitem__(self, number: int) -> Instruction:
        return self.instructions[number]

    def add(self, instr: Instruction, name: str = "") -> int:
        """Add any instruction; its array may have a name already."""
        self.instructions.append(instr)
        if name:
            self.names[len(self.instructions) - 1] = name
        return len(self.instructions) - 1

    def map(self, row: Operation, *inputs: int, shape: Shape | None = None) -> int:
        """A row of the table on arrays, which are broadcast."""
        read = [self.instructions[i] for i in inputs]
        if shape is None:
            shape = broadcast_shapes([instr.shape for instr in read])
        return self.add(ir.Map(inputs, shape, any(instr.batched for instr in read), row))

    def gather(self, source: int, positions: Positions) -> int:
        """The elements of an array at these positions."""
        return self.add(ir.Gather((source,), positions.shape, self[source].batched, positions))

    def reshape(self, source: int, shape: Shape) -> int:
        """An array in another shape."""
        return self.add(ir.Reshape((source,), shape, self[source].batched))

    def concat(self, sources: Sequence[int]) -> int:
        """Arrays one after the other."""
        read = [self.instructions[i] for i in sources]
        size = sum(instr.size for instr in read)
        return self.add(ir.Concat(tuple(sources), (size,), any(instr.batched for instr in read)))

    def broadcast(self, source: int, shape: Shape, batched: bool) -> int:
        """An array repeated to a shape; itself, if it has that."""
        instr = self.instructions[source]
        if instr.shape == shape and instr.batched == batched:
            return source
        return self.add(ir.Broadcast((source,), shape, batched))

    def constant(self, data: float | NDArray[np.float64]) -> int:
        """Numbers of the program's own."""
        return self.add(ir.Constant((), np.shape(data), False, data))


def _scalar(instr: Instruction) -> float | None:
    return instr.data if isinstance(instr, ir.Constant) and instr.shape == () else None


# --- as text --------------------------------------------------------------------------------------


def _described(instr: Instruction, read: list[str]) -> str:
    """The right side of an instruction, in one line, as a function of ``_TEXT`` has it."""
    write = _TEXT.get(type(instr))
    if write is not None:
        return write(instr, read)
    row = [instr.row.name] if isinstance(instr, WithRow) else []
    return f"{kind(type(instr).__name__)}({', '.join([*read, *row])})"


@functools.cache
def kind(name: str) -> str:
    """A kind of instruction, by the name of its class, as the text has it: ``scatter_add``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def _map_text(instr: ir.Map, read: list[str]) -> str:
    row = instr.row
    return row.text(read) if isinstance(row, SumOfProducts) else formula(row, read)


def _einsum_text(instr: ir.Einsum, read: list[str]) -> str:
    left, right, out = instr.labels
    return f"einsum({left},{right}->{out}: {read[0]}, {read[1]})"


def _scatter_text(instr: ir.ScatterAdd, read: list[str]) -> str:
    parts = [
        name if positions is None else f"{name} at {_listed(positions)}"
        for name, positions in zip(read, instr.positions, strict=True)
    ]
    return f"scatter_add({', '.join(parts)})"


def _sum_text(instr: ir.ReduceSum, read: list[str]) -> str:
    facts = [*(["n"] if instr.over_examples else []), *map(str, instr.axes)]
    return f"reduce_sum({', '.join([*read, *facts])})"


_TEXT: dict[type[Instruction], Callable[[Any, list[str]], str]] = {
    ir.Map: _map_text,
    ir.Vjp: lambda instr, read: f"vjp {instr.row.name}[{instr.slot}]({', '.join(read)})",
    ir.Gather: lambda instr, read: f"{read[0]}[{_listed(instr.positions)}]",
    ir.Einsum: _einsum_text,
    ir.ScatterAdd: _scatter_text,
    ir.ReduceSum: _sum_text,
    ir.Choose: lambda instr, read: f"choose({', '.join(read)}, choose)",
    ir.CrossEntropy: lambda instr, read: f"cross_entropy({', '.join(read)}, cross_entropy)",
}


def _listed(positions: Positions) -> str:
    flat = positions.ravel().tolist()
    few = flat if len(flat) <= 6 else [*flat[:4], "...", flat[-1]]
    return " ".join(map(str, few))


# --- the verifier ---------------------------------------------------------------------------------


# how many arrays a kind reads, if not one; None: any number
_ARITY: dict[type[Instruction], int | None] = {
    ir.Concat: None, ir.ScatterAdd: None, ir.Map: None, ir.Vjp: None, ir.Einsum: 2,
    ir.ReduceVjp: 4, ir.CrossEntropy: 2, ir.CrossEntropyVjp: 3, ir.Choose: 2, ir.ChooseVjp: 2,
}  # fmt: skip
# the kinds that may sum over the examples; of others the result is batched if an input is
_MAY_SUM = (ir.ReduceSum, ir.Einsum, ir.ScatterAdd, ir.ChooseVjp)


def verify(program: Program) -> None:
    """Raise GraphError where a program is not one: an array read before it is made, a wrong shape.

    It runs after every pass, so that a fault shows where it was made.
    """
    for number, instr in enumerate(program.instructions):
        fault = _fault(program, number, instr)
        if fault:
            raise GraphError(
                f"instruction {number} of a program, {kind(type(instr).__name__)}: {fault}"
            )
    results = program.results
    if not program.outputs or not all(0 <= i < len(program.instructions) for i in results):
        raise GraphError(f"a program returns {list(results)}, which it does not have")


def _fault(program: Program, number: int, instr: Instruction) -> str:
    inputs = instr.inputs
    arity = 0 if isinstance(instr, Leaf) else _ARITY.get(type(instr), 1)
    if arity is not None and len(inputs) != arity:
        return f"it reads {len(inputs)} arrays and not {arity}"
    if inputs and not 0 <= min(inputs) <= max(inputs) < number:
        return f"it reads {inputs}, which are not before it"
    read = [program.instructions[i] for i in inputs]
    if not instr.batched and type(instr) not in _MAY_SUM and any(r.batched for r in read):
        return "it drops the axis of examples"
    check = _CHECKS.get(type(instr))
    return "" if check is None else check(instr, read)


def _elementwise_fault(instr: Instruction, read: list[Instruction]) -> str:
    if any(r.batched and len(r.shape) != len(instr.shape) for r in read):
        return "an array of examples needs as many axes as the result"
    return _broadcast_fault(instr, read)


def _broadcast_fault(instr: Instruction, read: list[Instruction]) -> str:
    shapes = [r.shape for r in read]
    try:
        fits = broadcast_shapes([*shapes, instr.shape]) == instr.shape
    except ValueError:
        fits = False
    return "" if fits else f"{shapes} do not become {instr.shape}"


def _gather_fault(instr: ir.Gather, read: list[Instruction]) -> str:
    positions = instr.positions
    if positions.shape != instr.shape:
        return f"its positions are not {instr.shape}"
    inside = not positions.size or 0 <= positions.min() <= positions.max() < read[0].size
    return "" if inside else f"it takes positions outside of {read[0].shape}"


def _size_fault(instr: ir.Reshape | ir.Concat, read: list[Instruction]) -> str:
    shapes, size = [r.shape for r in read], sum(r.size for r in read)
    if isinstance(instr, ir.Concat):
        return "" if instr.shape == (size,) else f"{shapes} joined are not {instr.shape}"
    return "" if instr.size == size else f"{shapes[0]} has not as many elements as {instr.shape}"


def _scatter_fault(instr: ir.ScatterAdd, read: list[Instruction]) -> str:
    return "" if len(instr.positions) == len(read) else "it has not as many places as arrays"


def _einsum_fault(instr: ir.Einsum, read: list[Instruction]) -> str:
    known: dict[str, int] = {}
    for labels, array in zip(instr.labels, [*read, instr], strict=True):
        own = labels.replace("n", "")
        if len(own) != len(array.shape) or ("n" in labels) != array.batched:
            return f"the labels {labels} do not fit {array.shape}"
        for label, length in zip(own, array.shape, strict=True):
            if known.setdefault(label, length) != length:
                return f"the label {label} stands for {known[label]} and for {length}"
    return ""


_CHECKS: dict[type[Instruction], Callable[[Any, list[Instruction]], str]] = {
    ir.Map: _elementwise_fault, ir.Vjp: _elementwise_fault, ir.Broadcast: _broadcast_fault,
    ir.Reshape: _size_fault, ir.Concat: _size_fault, ir.Gather: _gather_fault,
    ir.ScatterAdd: _scatter_fault, ir.Einsum: _einsum_fault,
}  # fmt: skip
