"""The value and the vector-Jacobian products of a row of the table, as expressions.

``forward(row, n)`` and ``vjp(row, n, slot)`` give a ``RowExpression``, whose ``lines`` are its text
in a language. A row becomes an expression by evaluating it in the arithmetic of expressions
(``expression.py``); shorter ways come from ``rewrites.py``; a user's row that cannot be evaluated
so, since it asks for the number behind an operand, is called as it is.

>>> from autograd.compiler.expressions.numpy_language import NUMPY, assigned_into
>>> from autograd.core.table import TABLE
>>> d = vjp(TABLE["sqrt"], 1, 0)
>>> d.lines("d", {"g": "g", "y": "h"}, NUMPY, lambda: "t")
['d = g * (0.5 / h)']
>>> d.lines("d", {"g": "g", "y": "h"}, NUMPY, lambda: "t", assigned_into("b3"))
['d = np.multiply(g, 0.5 / h, out=b3)']
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autograd.compiler.expressions.expression import (  # isort: skip
    Expression, Infix, Variable, Number, Own, Where,
    in_order, intern, leaf, lift, where, without_either,
)  # fmt: skip
from autograd.compiler.expressions.language import Language, Printed
from autograd.compiler.expressions.rewrites import FORWARD, SOURCE, VJP
from autograd.core.operation import Operation

# the statements that give the root's value to a target:
# assign(target, root, text of the root, texts of its operands)
Assign = Callable[[str, Expression, str, Sequence[str]], list[str]]
_LONGEST = 60  # letters of an inner expression; a longer one becomes a line of its own


@dataclass(frozen=True)
class RowExpression:
    """One expression over the leaves "x0", "x1", ... (operands), "y" (the row's result), "g".

    "g" is what comes from above: the derivative of the program's output with respect to y.
    """

    root: Expression

    @property
    def leaves(self) -> frozenset[str]:
        """The leaves that occur in it, in either way of an ``Either``."""
        return frozenset(x.head for x in in_order(self.root) if isinstance(x, Variable))

    def lines(
        self, target: str, names: Mapping[str, str], language: Language, fresh: Callable[[], str],
        assign: Assign | None = None,
    ) -> list[str]:  # fmt: skip
        """Statements that compute it; the last ones assign ``target``.

        ``names`` says what the leaves are called. ``fresh`` gives unused names: what is used twice,
        or would be too long, has a line of its own. ``assign`` says how the target is assigned, if
        not as the language does it.
        """
        root = language.prepared(without_either(self.root, language.is_array))
        uses = Counter(id(operand) for x in in_order(root) for operand in x.operands)
        done: dict[int, Printed] = {}
        lines: list[str] = []
        for x in in_order(root):
            operands = [done[id(operand)] for operand in x.operands]
            if isinstance(x, Variable):
                printed = Printed(names[x.head])
            else:
                printed = language.printed(x, operands)
            is_line = operands and (uses[id(x)] > 1 or len(printed.text) > _LONGEST)
            if is_line and x is not root:
                name = fresh()
                lines.append(language.assigned(name, printed.text))
                printed = Printed(name)
            done[id(x)] = printed
        if assign is None:
            return [*lines, language.assigned(target, printed.text)]
        texts = [operand.text for operand in operands]
        return [*lines, *assign(target, root, printed.text, texts)]


def forward(row: Operation, n: int) -> RowExpression:
    """The value of a row with n operands, as an expression of x0, x1, ..."""
    xs = [leaf(f"x{i}") for i in range(n)]
    try:
        rewrite = FORWARD.get(row.name)
        root = rewrite(SOURCE, *xs, **row.settings) if rewrite else row.forward(SOURCE, *xs)
        return RowExpression(lift(root))
    except Exception:  # whatever a user's function raises at what is no number
        return RowExpression(_called(row, None, xs))


def vjp(row: Operation, n: int, slot: int) -> RowExpression | None:
    """g times the derivative for one operand, of g, y, x0, x1, ...; None where it is g itself.

    Where the row divides 1 by b, ``g/b`` is written for ``g * (1/b)``: it differs only where 1/b
    overflows, for b below 5.6e-309, and is then the one that is right.
    """
    xs, g, y = [leaf(f"x{i}") for i in range(n)], leaf("g"), leaf("y")
    try:
        if row.name in VJP:
            root = VJP[row.name](SOURCE, g, y, *xs, **row.settings)[slot]
        else:
            root = _times(g, row.partials(SOURCE, y, *xs)[slot])
        return None if root is g else RowExpression(root)
    except Exception:  # as above
        return RowExpression(g * _called(row, slot, [y, *xs]))


def _times(g: Expression, partial: Any) -> Any:
    if isinstance(partial, Where):
        condition, a, b = partial.operands
        if isinstance(a, Number) and isinstance(b, Number):
            return where(condition, g * a, g * b)  # an array less, and the dtype is that of g
    if isinstance(partial, Infix) and partial.head == "/" and partial.operands[0].head == 1.0:
        return g / partial.operands[1]
    return g * partial


def _called(row: Operation, slot: int | None, xs: Sequence[Expression]) -> Expression:
    settings = tuple((name, float(value)) for name, value in row.settings.items())
    return intern(Own, (row.name, slot, settings), tuple(xs))
