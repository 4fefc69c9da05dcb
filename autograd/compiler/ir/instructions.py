"""The instructions of a program: one frozen dataclass for each kind.

An instruction makes one array of others. What is done for a kind, by lowering, by the adjoint or by
an emitter, is a function in a table ``{type: function}`` there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd.core.operation import Operation

Shape = tuple[int, ...]
Positions = NDArray[np.int64]  # of elements of an array, counted as if it were flat


@dataclass(frozen=True, slots=True, eq=False)
class Instruction:
    """What all kinds have.

    inputs    the numbers of the arrays that it reads
    shape     the result's, for one example
    batched   whether the result has an axis of examples before that
    """

    inputs: tuple[int, ...]
    shape: Shape
    batched: bool

    @property
    def size(self) -> int:
        """The number of elements, for one example."""
        return math.prod(self.shape)

    @property
    def is_number(self) -> bool:
        """Whether it is one plain number."""
        return self.shape == () and not self.batched


@dataclass(frozen=True, slots=True, eq=False)
class WithRow(Instruction):
    """An instruction that does a row of the table of operations."""

    row: Operation


# --- leaves ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Leaf(Instruction):
    """What no instruction has made."""


@dataclass(frozen=True, slots=True, eq=False)
class Theta(Leaf):
    """All parameters, flat."""


@dataclass(frozen=True, slots=True, eq=False)
class Argument(Leaf):
    """An array that the program is called with."""


@dataclass(frozen=True, slots=True, eq=False)
class Constant(Leaf):
    """Numbers of the program's own: a float, or an array of the instruction's shape."""

    data: Any


@dataclass(frozen=True, slots=True, eq=False)
class Seed(Leaf):
    """The cotangent of the result: the share of each example in the mean."""


# --- moving numbers -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Gather(Instruction):
    """The elements at these positions, in their shape."""

    positions: Positions


@dataclass(frozen=True, slots=True, eq=False)
class Reshape(Instruction):
    """The same elements in another shape."""


@dataclass(frozen=True, slots=True, eq=False)
class Concat(Instruction):
    """Arrays one after the other, flat."""


@dataclass(frozen=True, slots=True, eq=False)
class Broadcast(Instruction):
    """An array repeated along its axes of length 1, and for each example."""


@dataclass(frozen=True, slots=True, eq=False)
class ScatterAdd(Instruction):
    """The sum of arrays, each at its positions in the result; None for the whole of it."""

    positions: tuple[Positions | None, ...]


# --- element by element ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Map(WithRow):
    """A row of the table, element by element."""


@dataclass(frozen=True, slots=True, eq=False)
class Vjp(WithRow):
    """The cotangent g of a ``Map`` times its derivative by one of its operands.

    slot     which of them
    leaves   what the inputs are in the formula: "g", "y" for the result, "x0", "x1", ...
    arity    how many operands the row has
    """

    slot: int
    leaves: tuple[str, ...]
    arity: int


# --- reductions -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Einsum(Instruction):
    """A sum over products, by labels of the axes: of the left, the right and the result."""

    labels: tuple[str, str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Reduce(WithRow):
    """A row over the last axis."""


@dataclass(frozen=True, slots=True, eq=False)
class ReduceExtra(WithRow):
    """What a reduction, which it reads, keeps for its derivative: the exponentials."""


@dataclass(frozen=True, slots=True, eq=False)
class ReduceVjp(WithRow):
    """What a ``Reduce`` passes back; reads the cotangent, result, operands and ``ReduceExtra``."""


@dataclass(frozen=True, slots=True, eq=False)
class SegmentReduce(WithRow):
    """A row over runs of the last axis, which begin at ``starts``."""

    starts: Positions


@dataclass(frozen=True, slots=True, eq=False)
class ReduceSum(Instruction):
    """The sum over some axes, and over the examples if that is asked for."""

    axes: tuple[int, ...]
    over_examples: bool


@dataclass(frozen=True, slots=True, eq=False)
class CrossEntropy(Instruction):
    """-log softmax of rows of logits at an index; reads the index and the logits."""


@dataclass(frozen=True, slots=True, eq=False)
class CrossEntropyVjp(Instruction):
    """What it passes back to the logits; reads the cotangent, the index and ``ReduceExtra``."""


@dataclass(frozen=True, slots=True, eq=False)
class Choose(Instruction):
    """The element at an index of each row; reads the index and the rows."""


@dataclass(frozen=True, slots=True, eq=False)
class ChooseVjp(Instruction):
    """What it passes back to the rows; reads the cotangent and the index."""


def broadcast_shapes(shapes: Sequence[Shape]) -> Shape:
    """NumPy's, and quick where all but plain numbers have one shape."""
    found = {shape for shape in shapes if shape}
    if len(found) < 2:
        return found.pop() if found else ()
    return np.broadcast_shapes(*found)


def lengths(shape: Shape, batched: bool) -> str:
    """The lengths of an array's axes: ``n, 3``."""
    return ", ".join([*(["n"] if batched else []), *map(str, shape)])


def shape_text(shape: Shape, batched: bool) -> str:
    """The shape of an array as a tuple: ``(n, 3)``."""
    return f"({lengths(shape, batched)}{',' if len(shape) + batched == 1 else ''})"
