"""The value and the vector-Jacobian products of a row of the table, as expressions.

``forward(row, n)`` and ``vjp(row, n, slot)`` give a ``RowExpression``, which a printer
writes. A row is written by evaluating it in the arithmetic of expressions (``expression.py``);
shorter ways come from ``rewrites.py``; a user's row that cannot be written, since it asks for the
number behind an operand, is called as it is: ``rows["name"].forward(x)``.

>>> from autograd.compiler.expressions.printers import ARRAY
>>> from autograd.core.table import TABLE
>>> vjp(TABLE["sqrt"], 1, 0).lines("d", {"g": "g", "y": "h"}, ARRAY, "b3", lambda: "t")
['d = np.multiply(g, 0.5 / h, out=b3)']
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autograd.compiler.expressions.expression import (  # isort: skip
    Expression, in_order, intern, is_number, kernel, leaf, lift, where,
)  # fmt: skip
from autograd.compiler.expressions.printers import ATOM, Printed, Printer, written
from autograd.compiler.expressions.rewrites import FORWARD, SOURCE, VJP
from autograd.core.operation import Operation

_LONGEST = 60  # letters of an inner expression; a longer one becomes a line of its own


@dataclass(frozen=True)
class RowExpression:
    """One expression over the leaves "x0", "x1", ... (operands), "y" (the row's result), "g".

    "g" is what comes from above: the derivative of the program's output with respect to y.
    """

    root: Expression

    @property
    def leaves(self) -> frozenset[str]:
        """The leaves that occur in it, for either printer."""
        return frozenset(
            expression.head
            for arrays in (True, False)
            for expression in in_order(self.root, arrays)
            if expression.kind == "leaf"
        )

    def lines(
        self, target: str, names: Mapping[str, str], printer: Printer, out: str | None,
        fresh: Callable[[], str],
    ) -> list[str]:  # fmt: skip
        """Statements that compute it; the last one assigns ``target``.

        ``names`` says what the leaves are called. ``out`` is the array that the result is written
        into (its shape is the result's; it may be one of the operands), or None for a new one.
        ``fresh`` gives unused names: what is used twice, or would be too long, has a line of its
        own.
        """
        return _Printing(self.root, names, printer, fresh).statements(target, out)


class _Printing:
    """One printing of one formula: the text of each expression, operands first."""

    def __init__(
        self, root: Expression, names: Mapping[str, str], printer: Printer, fresh: Callable[[], str]
    ) -> None:
        self.names, self.printer, self.fresh = names, printer, fresh
        self.order = list(in_order(root, printer.is_array))
        self.uses = Counter(id(x) for expression in self.order for x in self.below(expression))
        self.strict = self.where_strict()
        # an array, whose dtype a choice of two plain numbers takes on
        self.at = next((names[t.head] for t in self.order if t.kind == "leaf"), "")
        self.texts: dict[int, Printed] = {}
        self.lines: list[str] = []

    def below(self, expression: Expression) -> list[Expression]:
        return [kernel(x, self.printer.is_array) for x in expression.operands]

    def where_strict(self) -> set[int]:
        """The expressions that may give a plain number, and must not: see ``SCALAR``."""
        weak: dict[int, bool] = {}
        for expression in self.order:
            weak[id(expression)] = self.printer.weak(
                expression, [weak[id(x)] for x in self.below(expression)]
            )
        self.weak = weak
        root = self.order[-1]
        strict = {id(root)} if weak[id(root)] else set()
        for expression in reversed(self.order):
            asked = self.asked_below(expression, id(expression) in strict)
            strict |= {
                id(x) for x, it_is in zip(self.below(expression), asked, strict=True) if it_is
            }
        return strict

    def asked_below(self, expression: Expression, strict: bool) -> list[bool]:
        weak = [self.weak[id(x)] for x in self.below(expression)]
        return self.printer.strict_below(expression, strict, weak)

    def printed(self, expression: Expression) -> Printed:
        if expression.kind == "leaf":
            return self.names[expression.head], ATOM
        strict = id(expression) in self.strict
        return self.printer.printed(expression, self.operands(expression), strict, self.at)

    def operands(self, expression: Expression) -> list[Printed]:
        asked = self.asked_below(expression, id(expression) in self.strict)
        return [
            # one number may stand in several places, and is strict in some of them
            self.printer.printed(x, [], is_strict, "") if x.kind == "number" else self.texts[id(x)]
            for x, is_strict in zip(self.below(expression), asked, strict=True)
        ]

    def statements(self, target: str, out: str | None) -> list[str]:
        *inner, root = self.order
        for expression in inner:
            printed = self.printed(expression)
            if expression.operands and (
                self.uses[id(expression)] > 1 or len(printed[0]) > _LONGEST
            ):
                name = self.fresh()
                self.lines.append(f"{name} = {printed[0]}")
                printed = name, ATOM
            self.texts[id(expression)] = printed
        whole = self.printed(root)[0]
        assigned = self.printer.assigned(target, root, whole, self.operands(root), out)
        return [*self.lines, *assigned]


def forward(row: Operation, n: int) -> RowExpression:
    """The value of a row with n operands, as a formula of x0, x1, ..."""
    xs = _operands(n)
    try:
        if row.name in FORWARD:
            return RowExpression(lift(FORWARD[row.name](SOURCE, *xs, **row.settings)))
        return RowExpression(lift(row.forward(SOURCE, *xs)))
    except Exception:  # whatever a user's function raises at what is no number
        return RowExpression(_called(row, "forward", (), xs))


def vjp(row: Operation, n: int, slot: int) -> RowExpression | None:
    """g times the derivative for one operand, of g, y, x0, x1, ...; None where it is g itself.

    Where the row divides 1 by b, ``g/b`` is written for ``g * (1/b)``: it differs only where 1/b
    overflows, for b below 5.6e-309, and is then the one that is right.
    """
    xs, g, y = _operands(n), leaf("g"), leaf("y")
    try:
        if row.name in VJP:
            root = VJP[row.name](SOURCE, g, y, *xs, **row.settings)[slot]
        else:
            root = _times(g, row.partials(SOURCE, y, *xs)[slot])
        return None if root is g else RowExpression(root)
    except Exception:  # as above
        return RowExpression(g * _called(row, "partial", (str(slot),), [y, *xs]))


def _operands(n: int) -> list[Expression]:
    return [leaf(f"x{i}") for i in range(n)]


def _times(g: Expression, partial: Any) -> Any:
    if isinstance(partial, Expression) and partial.kind == "where":
        condition, a, b = partial.operands
        if a.kind == b.kind == "number":  # an array less, and the dtype is that of g
            return where(condition, g * a, g * b)
    if isinstance(partial, Expression) and partial.kind == "infix" and partial.head == "/":
        top, bottom = partial.operands
        if is_number(top, 1.0):
            return g / bottom
    return g * partial


def _called(
    row: Operation, method: str, slot: tuple[str, ...], xs: Sequence[Expression]
) -> Expression:
    settings = tuple(f"{name}={written(value)}" for name, value in row.settings.items())
    return intern("own", (row.name, method, slot, settings), tuple(xs))
