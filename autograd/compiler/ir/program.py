"""The array IR: a program in static single assignment form, its printer and its verifier.

Every instruction makes one array, and no array changes after that (static single assignment). An
array has a shape of features and, if it is ``batched``, an axis of examples before them. What runs
in which buffer is decided at the very end, in ``codegen/memory.py``.
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
    "scatter_add": None,  # the sum of cotangents at .places of an array of this shape
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
        for number, instr in enumerate(self.instructions):
            if instr.kind not in LEAF_KINDS:
                lines.append(f"{names[number]} {_shape(instr)} = {described(instr, names)}")
        results = [names[i] for i in self.outputs]
        if self.gradient is not None:
            results.append(names[self.gradient])
        return "\n".join([*lines, f"return {', '.join(results)}"])

    def names(self) -> list[str]:
        """What each array is called in the text: by its own name, or a and its number."""
        return [
            (repr(instr.data) if instr.kind == "constant" and instr.shape == () else instr.name)
            or f"a{number}"
            for number, instr in enumerate(self.instructions)
        ]


def _shape(instr: Instruction) -> str:
    lengths = [*(["n"] if instr.batched else []), *map(str, instr.shape)]
    return f"({', '.join(lengths)})"


def described(instr: Instruction, names: Sequence[str]) -> str:
    """The right side of an instruction, in one line."""
    read = [names[i] for i in instr.inputs]
    row = instr.row.name if instr.row is not None else ""
    if instr.kind == "map":
        return formula(instr.row, read) if instr.row is not None else ""
    if instr.kind == "einsum":
        left, right, out = instr.labels
        return f"einsum({left},{right}->{out}: {read[0]}, {read[1]})"
    if instr.kind == "vjp":
        return f"vjp {row}[{instr.slot}]({', '.join(read)})"
    if instr.kind == "gather":
        return f"{read[0]}[{_listed(instr.positions)}]"
    if instr.kind == "scatter_add":
        parts = [
            name if place is None else f"{name} at {_listed(place)}"
            for name, place in zip(read, instr.places, strict=True)
        ]
        return f"scatter_add({', '.join(parts)})"
    facts = [row] if row else []
    if instr.kind == "reduce_sum":
        facts = [*(["n"] if instr.over_examples else []), *map(str, instr.axes)]
    return f"{instr.kind}({', '.join([*read, *facts])})"


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
    for number, instr in enumerate(program.instructions):
        fault = _fault(program, number, instr)
        if fault:
            raise GraphError(f"instruction {number} of a program, {instr.kind}: {fault}")
    results = [*program.outputs, *([] if program.gradient is None else [program.gradient])]
    if not program.outputs or not all(0 <= i < len(program.instructions) for i in results):
        raise GraphError(f"a program returns {results}, which it does not have")


def _fault(program: Program, number: int, instr: Instruction) -> str:
    if instr.kind not in KINDS:
        return "there is no such kind"
    arity = KINDS[instr.kind]
    if arity is not None and len(instr.inputs) != arity:
        return f"it reads {len(instr.inputs)} arrays and not {arity}"
    if instr.inputs and not 0 <= min(instr.inputs) <= max(instr.inputs) < number:
        return f"it reads {instr.inputs}, which are not before it"
    read = [program[i] for i in instr.inputs]
    if instr.kind not in (*_MAY_SUM_EXAMPLES, *LEAF_KINDS):
        if any(r.batched for r in read) > instr.batched:
            return "it drops the axis of examples"
        if instr.kind in ("map", "vjp") and any(
            r.batched and len(r.shape) != len(instr.shape) for r in read
        ):
            return "an array of examples needs as many axes as the result"
    return _fault_of_shape(instr, read)


def _fault_of_shape(instr: Instruction, read: list[Instruction]) -> str:
    shapes = [r.shape for r in read]
    if instr.kind in ("map", "vjp", "broadcast"):
        try:
            if np.broadcast_shapes(*shapes, instr.shape) != instr.shape:
                return f"{shapes} do not become {instr.shape}"
        except ValueError:
            return f"{shapes} do not become {instr.shape}"
    if instr.kind == "reshape" and read[0].size != instr.size:
        return f"{shapes[0]} has not as many elements as {instr.shape}"
    if instr.kind == "concat" and instr.shape != (sum(r.size for r in read),):
        return f"{shapes} joined are not {instr.shape}"
    if instr.kind == "gather":
        positions = instr.positions
        if positions is None or positions.shape != instr.shape:
            return f"its positions are not {instr.shape}"
        if positions.size and not 0 <= positions.min() <= positions.max() < read[0].size:
            return f"it takes positions outside of {shapes[0]}"
    if instr.kind == "einsum":
        return _fault_of_labels(instr, read)
    if instr.kind == "scatter_add" and len(instr.places) != len(read):
        return "it has not as many places as arrays"
    return ""


def _fault_of_labels(instr: Instruction, read: list[Instruction]) -> str:
    lengths: dict[str, int] = {}
    for labels, array in zip(instr.labels, [*read, instr], strict=True):
        own = labels.replace("n", "")
        if len(own) != len(array.shape) or ("n" in labels) != array.batched:
            return f"the labels {labels} do not fit {array.shape}"
        for label, length in zip(own, array.shape, strict=True):
            if lengths.setdefault(label, length) != length:
                return f"the label {label} stands for {lengths[label]} and for {length}"
    return ""
