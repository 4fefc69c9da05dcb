"""Plain Python for one number.

Its text runs in two ways: with math's functions and Python's floats, which is quick but raises at
the edges, and with NumPy's floats, which have IEEE 754's answers everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from autograd.compiler.expressions.expression import (  # isort: skip
    Call, Expression, Infix, Negative, Number, Where, intern, is_comparison, rebuilt,
)  # fmt: skip
from autograd.compiler.expressions.language import Language, Operators

_CONSTANTS = {"0.0": "zero", "1.0": "one"}


class Python(Language):
    """Python for one number.

    Where the result of a choice between numbers, such as ``0.0 if x <= 0.0 else x``, would be
    Python's own 0.0 among NumPy's floats, and a later division by it would raise, the number is
    written ``zero``, ``one`` or ``number(0.5)``, which are NumPy's or Python's as all others are.
    """

    operators: ClassVar[Operators] = ((Where,), *Language.operators)

    def where(self, condition: str, if_true: str, if_false: str) -> str:
        """Python's conditional expression."""
        return f"{if_true} if {condition} else {if_false}"

    def own(
        self, row: str, slot: int | None, settings: Mapping[str, float], operands: Sequence[str]
    ) -> str:
        """A method of the row, such as ``rows["knee"].partial(0, y, x, rise=0.25)``."""
        method, first = ("forward", []) if slot is None else ("partial", [str(slot)])
        inside = [*first, *operands, *(f"{name}={x!r}" for name, x in settings.items())]
        return f'rows["{row}"].{method}({", ".join(inside)})'

    def call(self, name: str, operands: Sequence[str]) -> str:
        """A function; of no operands it is a constant."""
        return super().call(name, operands) if operands else name

    def prepared(self, root: Expression) -> Expression:
        """The root, with ``number(...)`` where a plain number or a bool must not come out."""
        exact: dict[int, Expression] = {}  # for what may be plain, the same as a number

        def change(x: Expression, operands: tuple[Expression, ...]) -> Expression:
            plain = [id(operand) in exact for operand in operands]
            if isinstance(x, Infix) and x.head == "/" and all(plain):
                operands = operands[0], exact[id(operands[1])]
            made = x.of(operands)
            if isinstance(x, Where):
                if any(plain[1:]):
                    values = (exact.get(id(value), value) for value in operands[1:])
                    exact[id(made)] = intern(Where, None, (operands[0], *values))
            elif isinstance(x, (Number, Negative, Infix)) and (all(plain) or is_comparison(x)):
                exact[id(made)] = _number(made)
            return made

        made = rebuilt(root, change)
        return exact.get(id(made), made)


PYTHON = Python()


def _number(x: Expression) -> Expression:
    constant = _CONSTANTS.get(repr(x.head))  # -0.0 is none
    return intern(Call, constant) if constant else intern(Call, "number", (x,))
