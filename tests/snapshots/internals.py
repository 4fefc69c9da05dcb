"""Wrong calls within the package: what a fault of the compiler's own is told, and of a row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd.compiler.expressions.rewrites import SOURCE
from autograd.compiler.ir import instructions as ir
from autograd.compiler.ir import program, tape
from autograd.compiler.ir.program import Program
from autograd.compiler.ir.tape import ARGUMENT, PARAMETER, Tape
from autograd.compiler.lowering import groups
from autograd.compiler.lowering.groups import Grouped, group
from autograd.core.array_arithmetic import ARRAYS
from autograd.core.grad import VALUES
from autograd.core.table import TABLE


def product(**wrong: Any) -> Any:
    """Verify the tape of w * x, a part of it put wrong."""
    made = Tape(parameter_names=["w"], argument_names=["x"])
    made.outputs = (made.append(TABLE["*"], (made.leaf(PARAMETER, 0), made.leaf(ARGUMENT, 0))),)
    for name, part in wrong.items():
        setattr(made, name, part)
    return tape.verify(made)


def of_one(outputs: tuple[int, ...], *inputs: int) -> Any:
    """Verify a program of one instruction."""
    return program.verify(Program((ir.Theta(inputs, (2,), False),), outputs))


def sine() -> Tape:
    """The tape of sin(x)."""
    made = Tape(argument_names=["x"])
    made.outputs = (made.append(TABLE["sin"], (made.leaf(ARGUMENT, 0),)),)
    return made


CALLS: dict[str, Callable[[], Any]] = {
    "tape without operands": lambda: product(operands=[()]),
    "tape that reads ahead": lambda: product(operands=[(), (), (0, 2)]),
    "tape with a leaf of no number": lambda: product(numbers={0: 0}),
    "tape with a product of one": lambda: product(operands=[(), (), (0,)]),
    "tape with a sum of none": lambda: product(rows=[PARAMETER, ARGUMENT, TABLE["sum"]],
                                               operands=[(), (), ()]),
    "tape that returns what is not there": lambda: product(outputs=(3,)),
    "program with an instruction that reads itself": lambda: of_one((0,), 0),
    "program that returns what is not there": lambda: of_one((1,)),
    "tape with a line in no group": lambda: groups.verify(Grouped(sine(), ())),
    "tape with a line in two groups": lambda: groups.verify(
        Grouped(sine(), group(sine()).groups * 2)
    ),
    "unknown name for Values": lambda: VALUES.nobody(1.0),
    "unknown name for arrays": lambda: ARRAYS.nobody(1.0),
    "unknown name for source text": lambda: SOURCE.nobody(1.0),
}  # fmt: skip
