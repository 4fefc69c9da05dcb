"""Languages: how an expression is written in one, with no more brackets than it needs.

``Language`` is what they have in common. A further language is a subclass in a file of its own; it
has to say how a choice is written and a user's row called, and may say all else in another way.
"""

from __future__ import annotations

import functools
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

from autograd.compiler.expressions.expression import (  # isort: skip
    COMPARISONS, Call, Expression, Infix, Negative, Number, Own, Where,
)  # fmt: skip

# the sign of an Infix, or a class of expressions; in groups, the loosest first
Operator = str | type[Expression]
Operators = Sequence[Sequence[Operator]]
ATOM = 99  # a name or a call, which needs no brackets anywhere


class Printed(NamedTuple):
    """Text, and how tightly the last of its operators binds."""

    text: str
    binding: int = ATOM

    def bracketed(self, least: int) -> str:
        """The text, in brackets if it binds less tightly than this."""
        return self.text if self.binding >= least else f"({self.text})"


class Language(ABC):
    """How expressions are written; where a language has no say of its own, as in Python.

    The methods get their operands as text, bracketed as ``operators`` demands.
    """

    # the way of an ``Either`` that is written: that for arrays, or that for one number
    is_array: ClassVar[bool] = False
    # what needs brackets within what binds more tightly, by the signs that Python has; a choice
    # that is an operator stands here as ``Where``
    operators: ClassVar[Operators] = (
        COMPARISONS, ("|",), ("&",), ("+", "-"), ("*", "/"), (Negative,),
    )  # fmt: skip
    infinity: ClassVar[str] = "inf"
    nan: ClassVar[str] = "nan"
    # the functions that have another name here
    names: ClassVar[Mapping[str, str]] = {}

    @abstractmethod
    def where(self, condition: str, if_true: str, if_false: str) -> str:
        """A choice between two values."""

    @abstractmethod
    def own(
        self, row: str, slot: int | None, settings: Mapping[str, float], operands: Sequence[str]
    ) -> str:
        """A call of a user's row as it is: of its value, or its derivative for operand ``slot``."""

    def number(self, x: float) -> str:
        """A plain number, as text that gives back all its digits."""
        if math.isinf(x):
            return self.infinity if x > 0.0 else self.negative(self.infinity)
        return self.nan if math.isnan(x) else repr(x)

    def negative(self, x: str) -> str:
        """Minus x."""
        return f"-{x}"

    def infix(self, sign: str, a: str, b: str) -> str:
        """``a sign b`` for +, -, *, /, a comparison, & or |."""
        return f"{a} {sign} {b}"

    def call(self, name: str, operands: Sequence[str]) -> str:
        """A function by its name in Python's math module.

        There are also abs, polygamma(order, x) and, for arrays, NumPy's maximum, minimum, fmin and
        sign.
        """
        return f"{self.names.get(name, name)}({', '.join(operands)})"

    def assigned(self, target: str, text: str) -> str:
        """The statement that gives a value to a new name."""
        return f"{target} = {text}"

    def prepared(self, root: Expression) -> Expression:
        """What is written in place of a root: a language adds the conversions that it needs."""
        return root

    def printed(self, x: Expression, operands: Sequence[Printed]) -> Printed:
        """An expression that is no leaf, as text, whose operands are text already."""
        write = _WRITE[type(x)]
        operator: Operator = x.head if isinstance(x, Infix) else type(x)
        binding = self._bindings.get(operator)
        if binding is None:
            is_signed = isinstance(x, Number) and math.copysign(1.0, x.head) < 0.0
            text = write(self, x.head, [operand.text for operand in operands])
            return Printed(text, self._bindings.get(Negative, ATOM) if is_signed else ATOM)
        texts = [operand.bracketed(binding + 1) for operand in operands]
        if isinstance(x, Infix) and x.head not in COMPARISONS:
            texts[0] = operands[0].bracketed(binding)  # a - b - c, while comparisons do not chain
        return Printed(write(self, x.head, texts), binding)

    @functools.cached_property
    def _bindings(self) -> dict[Operator, int]:
        return {x: binding for binding, group in enumerate(self.operators) for x in group}


_WRITE: dict[type[Expression], Callable[[Language, Any, Sequence[str]], str]] = {
    Number: lambda language, x, _: language.number(x),
    Negative: lambda language, _, operands: language.negative(*operands),
    Infix: lambda language, sign, operands: language.infix(sign, *operands),
    Call: lambda language, name, operands: language.call(name, operands),
    Where: lambda language, _, operands: language.where(*operands),
    Own: lambda language, head, operands: language.own(head[0], head[1], dict(head[2]), operands),
}
