"""The intermediate form: a program of operations on arrays, its printer and its verifier.

Every instruction makes one array, and no array changes after that (static single assignment). An
array has a shape of features and, if it is ``batched``, an axis of examples before them. What runs
in which buffer is decided at the very end, in ``buffers.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd._util.format import formula
from autograd.core.operation import Operation
from autograd.errors import GraphError

Shape = tuple[int, ...]

# What an instruction may be, and how many arrays it reads (None: any number).
KINDS: dict[str, int | None] = {
    "theta": 0,  # all parameters, flat
    "argument": 0,
    "constant": 0,  # numbers of the program's own, in .data
    "seed": 0,  # what comes from above: one share of the mean for each example
    "gather": 1,  # the elements at .positions
    "concat": None,  # one after the other, flat
    "reshape": 1,
    "map": None,  # the operation .row, element by element
    "vjp": None,  # g times the derivative of .row by its operand .slot; reads .leaves
    "einsum": 2,  # .labels: sums over products, as a matrix product
    "reduce": 1,  # .row over the last axis
    "reduce_vjp": None,
    "reduce_extra": 1,  # what a reduction keeps for its derivative
    "segment_reduce": 1,  # .row over runs of the last axis that begin at .positions
    "reduce_sum": 1,  # the sum over .axes, and over the examples if .over_examples
    "cross_entropy": 2,  # of an index and rows of logits
    "cross_entropy_vjp": 3,
    "choose": 2,  # of an index and rows to choose from
    "choose_vjp": 2,
    "broadcast": 1,  # repeated along axes of length 1, and for each example
    "scatter_add": None,  # the sum of gradients that arrive at .places of an array of this shape
}
_MAY_SUM_EXAMPLES = ("reduce_sum", "einsum", "scatter_add", "choose_vjp")
LEAF_KINDS = ("theta", "argument", "constant", "seed")


@dataclass(eq=False)
class Instruction:
    """One operation on arrays. Which fields it has depends on its kind: see ``KINDS``."""

    kind: str
    inputs: tuple[int, ...] = ()
    shape: Shape = ()
    batched: bool = False
    row: Operation | None = None
    positions: NDArray[np.int64] | None = None
    labels: tuple[str, str, str] = ("", "", "")
    slot: int = 0
    leaves: tuple[str, ...] = ()
    arity: int = 0
    axes: tuple[int, ...] = ()
    over_examples: bool = False
    places: tuple[NDArray[np.int64] | None, ...] = ()
    data: Any = None
    of: int | None = None  # the array whose gradient this is a part of, to be named after
    name: str = ""

    @property
    def size(self) -> int:
        """The number of elements, for one example."""
        return int(np.prod(self.shape, dtype=np.int64))


@dataclass
class Program:
    """Instructions in order, and the numbers of those that are results.

    ``n_forward`` is how many belong to the forward pass; what follows is the backward pass.
    """

    instructions: list[Instruction] = field(default_factory=list)
    outputs: tuple[int, ...] = ()
    gradient: int | None = None
    n_forward: int = 0

    def add(self, kind: str, *inputs: int, **facts: Any) -> int:
        """Write one more instruction; its number."""
        self.instructions.append(Instruction(kind, inputs, **facts))
        return len(self.instructions) - 1

    def __getitem__(self, number: int) -> Instruction:
        return self.instructions[number]

    def __str__(self) -> str:
        names = self.names()
        lines = []
        for number, instruction in enumerate(self.instructions):
            if instruction.kind not in LEAF_KINDS:
                lines.append(
                    f"{names[number]} {_shape(instruction)} = {described(instruction, names)}"
                )
        results = [names[i] for i in self.outputs]
        if self.gradient is not None:
            results.append(names[self.gradient])
        return "\n".join([*lines, f"return {', '.join(results)}"])

    def names(self) -> list[str]:
        """What each array is called in the text: by its own name, or a and its number."""
        return [
            (
                repr(instruction.data)
                if instruction.kind == "constant" and instruction.shape == ()
                else instruction.name
            )
            or f"a{number}"
            for number, instruction in enumerate(self.instructions)
        ]


def _shape(instruction: Instruction) -> str:
    lengths = [*(["n"] if instruction.batched else []), *map(str, instruction.shape)]
    return f"({', '.join(lengths)})"


def described(instruction: Instruction, names: Sequence[str]) -> str:
    """The right side of an instruction, in one line."""
    read = [names[i] for i in instruction.inputs]
    row = instruction.row.name if instruction.row is not None else ""
    if instruction.kind == "map":
        return formula(instruction.row, read) if instruction.row is not None else ""
    if instruction.kind == "einsum":
        left, right, out = instruction.labels
        return f"einsum({left},{right}->{out}: {read[0]}, {read[1]})"
    if instruction.kind == "vjp":
        return f"vjp {row}[{instruction.slot}]({', '.join(read)})"
    if instruction.kind == "gather":
        return f"{read[0]}[{_listed(instruction.positions)}]"
    if instruction.kind == "scatter_add":
        parts = [
            name if place is None else f"{name} at {_listed(place)}"
            for name, place in zip(read, instruction.places, strict=True)
        ]
        return f"scatter_add({', '.join(parts)})"
    facts = [row] if row else []
    if instruction.kind == "reduce_sum":
        facts = [*(["n"] if instruction.over_examples else []), *map(str, instruction.axes)]
    return f"{instruction.kind}({', '.join([*read, *facts])})"


def _listed(positions: NDArray[np.int64] | None) -> str:
    if positions is None:
        return ""
    flat = positions.ravel().tolist()
    few = flat if len(flat) <= 6 else [*flat[:4], "...", flat[-1]]
    return " ".join(map(str, few))


def verify(program: Program) -> None:
    """Raise GraphError where a program is not one: an array read before it is made, a wrong shape.

    It runs after every pass, so that a fault shows where it was made.
    """
    for number, instruction in enumerate(program.instructions):
        fault = _fault(program, number, instruction)
        if fault:
            raise GraphError(f"instruction {number} of a program, {instruction.kind}: {fault}")
    results = [*program.outputs, *([] if program.gradient is None else [program.gradient])]
    if not program.outputs or not all(0 <= i < len(program.instructions) for i in results):
        raise GraphError(f"a program returns {results}, which it does not have")


def _fault(program: Program, number: int, instruction: Instruction) -> str:
    if instruction.kind not in KINDS:
        return "there is no such kind"
    arity = KINDS[instruction.kind]
    if arity is not None and len(instruction.inputs) != arity:
        return f"it reads {len(instruction.inputs)} arrays and not {arity}"
    if instruction.inputs and not 0 <= min(instruction.inputs) <= max(instruction.inputs) < number:
        return f"it reads {instruction.inputs}, which are not before it"
    read = [program[i] for i in instruction.inputs]
    if instruction.kind not in (*_MAY_SUM_EXAMPLES, *LEAF_KINDS):
        if any(r.batched for r in read) > instruction.batched:
            return "it drops the axis of examples"
        if instruction.kind in ("map", "vjp") and any(
            r.batched and len(r.shape) != len(instruction.shape) for r in read
        ):
            return "an array of examples needs as many axes as the result"
    return _fault_of_shape(instruction, read)


def _fault_of_shape(instruction: Instruction, read: list[Instruction]) -> str:
    shapes = [r.shape for r in read]
    if instruction.kind in ("map", "vjp", "broadcast"):
        try:
            if np.broadcast_shapes(*shapes, instruction.shape) != instruction.shape:
                return f"{shapes} do not become {instruction.shape}"
        except ValueError:
            return f"{shapes} do not become {instruction.shape}"
    if instruction.kind == "reshape" and read[0].size != instruction.size:
        return f"{shapes[0]} has not as many elements as {instruction.shape}"
    if instruction.kind == "concat" and instruction.shape != (sum(r.size for r in read),):
        return f"{shapes} joined are not {instruction.shape}"
    if instruction.kind == "gather":
        positions = instruction.positions
        if positions is None or positions.shape != instruction.shape:
            return f"its positions are not {instruction.shape}"
        if positions.size and not 0 <= positions.min() <= positions.max() < read[0].size:
            return f"it takes positions outside of {shapes[0]}"
    if instruction.kind == "einsum":
        return _fault_of_labels(instruction, read)
    if instruction.kind == "scatter_add" and len(instruction.places) != len(read):
        return "it has not as many places as arrays"
    return ""


def _fault_of_labels(instruction: Instruction, read: list[Instruction]) -> str:
    lengths: dict[str, int] = {}
    for labels, array in zip(instruction.labels, [*read, instruction], strict=True):
        own = labels.replace("n", "")
        if len(own) != len(array.shape) or ("n" in labels) != array.batched:
            return f"the labels {labels} do not fit {array.shape}"
        for label, length in zip(own, array.shape, strict=True):
            if lengths.setdefault(label, length) != length:
                return f"the label {label} stands for {lengths[label]} and for {length}"
    return ""
