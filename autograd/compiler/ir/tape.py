"""The scalar IR: a traced function as a tape, one line an operation, parents before children.

The tape is what ``trace`` writes and what the scalar passes rewrite. A line is a row of the table
of operations and the places of its operands on the tape; leaves are parameters, arguments and
constants. Two parallel lists, and no object for each line, so that a million lines are no burden.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from autograd._util.format import formula, number
from autograd.compiler.ir.fused import SumOfProducts
from autograd.compiler.ir.instructions import Shape
from autograd.core.operation import CONSTANT, Operation
from autograd.errors import GraphError


def _leaf(name: str, why: str) -> Operation:
    return Operation(
        name, lambda m: float("nan"), lambda m, y: (), why, symbol=name, arity=0, domain=()
    )


PARAMETER = _leaf("parameter", "it is a number of its own, which training may change")
ARGUMENT = _leaf("argument", "it is given anew at each call")
LEAVES = (PARAMETER, ARGUMENT, CONSTANT)


@dataclass
class Tape:
    """Scalar code in static single assignment: line i computes value i.

    ``rows[i]`` is the operation of line i, one of ``LEAVES`` for a leaf; ``operands[i]`` are the
    places of its operands, each before i. ``numbers[i]`` is a constant's number, and for a
    parameter or an argument its number among them. ``outputs`` are the places of the results: if
    ``single``, of one result, which has a gradient, and of auxiliary ones. ``arguments`` are the
    names and shapes of one example's arrays.
    """

    rows: list[Operation] = field(default_factory=list)
    operands: list[tuple[int, ...]] = field(default_factory=list)
    numbers: dict[int, float] = field(default_factory=dict)
    outputs: tuple[int, ...] = ()
    parameter_names: list[str] = field(default_factory=list)
    argument_names: list[str] = field(default_factory=list)
    arguments: tuple[tuple[str, Shape], ...] = ()
    single: bool = True

    def __len__(self) -> int:
        return len(self.rows)

    def append(self, row: Operation, operands: tuple[int, ...]) -> int:
        """Write one line; its place."""
        self.rows.append(row)
        self.operands.append(operands)
        return len(self.rows) - 1

    def leaf(self, kind: Operation, value: float) -> int:
        """Write a leaf: a constant with its number, a parameter or argument with its index."""
        place = self.append(kind, ())
        self.numbers[place] = value
        return place

    def leaves(self, kind: Operation, values: range) -> None:
        """Write many leaves, one after the other."""
        start = len(self.rows)
        self.rows += [kind] * len(values)
        self.operands += [()] * len(values)
        self.numbers.update(zip(range(start, len(self.rows)), values, strict=True))

    def like(self) -> Tape:
        """An empty tape with the same parameters and arguments, for a pass to write."""
        return replace(self, rows=[], operands=[], numbers={}, outputs=())

    def beginning(self, end: int) -> Tape:
        """The lines before ``end``, as a tape to go on with."""
        made = self.like()
        made.rows += self.rows[:end]
        made.operands += self.operands[:end]
        made.numbers |= self.numbers
        for place in range(end, len(self.rows)):
            made.numbers.pop(place, None)
        return made

    def copy_line(self, source: Tape, place: int, moved: list[int]) -> int:
        """Write another tape's line, its operands being where ``moved`` says; its place here."""
        operands = source.operands[place]
        new = len(self.rows)
        self.rows.append(source.rows[place])
        if operands:
            self.operands.append(tuple([moved[i] for i in operands]))
        else:
            self.operands.append(operands)
            self.numbers[new] = source.numbers[place]
        return new

    # --- as text ---------------------------------------------------------------------------------

    def name(self, place: int) -> str:
        """What a line is called in the text: a leaf by its name, another one v and its place."""
        row = self.rows[place]
        if row is CONSTANT:
            return number(self.numbers[place])
        if row is PARAMETER:
            index = int(self.numbers[place])
            return self.parameter_names[index] or f"theta[{index}]"
        if row is ARGUMENT:
            index = int(self.numbers[place])
            return self.argument_names[index] or f"argument[{index}]"
        return f"v{place}"

    def __str__(self) -> str:
        lines = [
            f"{self.name(place)} = {self._right_side(place)}"
            for place, row in enumerate(self.rows)
            if row not in LEAVES
        ]
        return "\n".join([*lines, "return " + ", ".join(map(self.name, self.outputs))])

    def _right_side(self, place: int) -> str:
        row, operands = self.rows[place], [self.name(i) for i in self.operands[place]]
        if isinstance(row, SumOfProducts):
            return row.text(operands)
        if row.arity is None or row.arity > 2:
            return f"{row.name}({', '.join(operands)})"
        return formula(row, operands)


def verify(tape: Tape) -> None:
    """Raise GraphError where a tape is none: an operand that comes later, a leaf without data."""
    n = len(tape.rows)
    if len(tape.operands) != n:
        raise GraphError(f"a tape has {n} rows and {len(tape.operands)} lists of operands")
    for place, (row, operands) in enumerate(zip(tape.rows, tape.operands, strict=True)):
        if len(operands) == 2:  # nearly all of them, and quicker so
            a, b = operands
            reads_ahead = not (0 <= a < place and 0 <= b < place)
        else:
            reads_ahead = bool(operands) and not 0 <= min(operands) <= max(operands) < place
        if reads_ahead:
            raise GraphError(f"line {place} of a tape, {row.name}, reads {operands}: not before it")
        if row.arity == 0:
            if operands or place not in tape.numbers:
                raise GraphError(
                    f"line {place} of a tape, {row.name}, has operands, or is without its number"
                )
        elif not operands or (row.arity is not None and len(operands) != row.arity):
            raise GraphError(
                f"line {place} of a tape gives {row.name} {len(operands)} operands, "
                f"which takes {row.arity or 'at least one'}"
            )
    if not tape.outputs or not all(0 <= place < n for place in tape.outputs):
        raise GraphError(f"a tape of {n} lines returns {tape.outputs}")
