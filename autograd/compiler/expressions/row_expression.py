"""Rows of the table as text: their values, and what they pass on to their operands.

``forward(row, n)`` and ``pullback(row, n, slot)`` give a ``Formula``, which prints itself in a
dialect. A row is written by evaluating it in the arithmetic of terms (``terms.py``), shorter ways
come from ``idioms.py``, and a user's row that cannot be written, since it asks for the number
behind an operand, is called as it is: ``rows["name"].forward(x)``.

>>> from autograd.compiler.expressions.printers import ARRAY
>>> from autograd.core.table import TABLE
>>> pullback(TABLE["sqrt"], 1, 0).lines("d", {"g": "g", "y": "h"}, ARRAY, "b3", lambda: "t")
['d = np.multiply(g, 0.5 / h, out=b3)']
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autograd.compiler.expressions.expression import (
    Term,
    in_order,
    intern,
    is_number,
    kernel,
    leaf,
    lift,
    where,
)
from autograd.compiler.expressions.printers import ATOM, Dialect, Printed, written
from autograd.compiler.expressions.rewrites import FORWARD, PULLBACK, SOURCE
from autograd.core.operation import Operation

_LONGEST = 60  # letters of an inner expression; a longer one becomes a line of its own


@dataclass(frozen=True)
class Formula:
    """One expression over the leaves "x0", "x1", ... (operands), "y" (the row's result), "g".

    "g" is what comes from above: the derivative of the program's output with respect to y.
    """

    root: Term

    @property
    def leaves(self) -> frozenset[str]:
        """The leaves that occur in it, in either dialect."""
        return frozenset(
            term.head
            for arrays in (True, False)
            for term in in_order(self.root, arrays)
            if term.kind == "leaf"
        )

    def lines(
        self,
        target: str,
        names: Mapping[str, str],
        dialect: Dialect,
        out: str | None,
        fresh: Callable[[], str],
    ) -> list[str]:
        """Statements that compute it; the last one assigns ``target``.

        ``names`` says what the leaves are called. ``out`` is the array that the result is written
        into (its shape is the result's; it may be one of the operands), or None for a new one.
        ``fresh`` gives unused names: what is used twice, or would be too long, has a line of its
        own.
        """
        return _Printer(self.root, names, dialect, fresh).statements(target, out)


class _Printer:
    """One printing of one formula: the text of each term, operands first."""

    def __init__(
        self, root: Term, names: Mapping[str, str], dialect: Dialect, fresh: Callable[[], str]
    ) -> None:
        self.names, self.dialect, self.fresh = names, dialect, fresh
        self.order = list(in_order(root, dialect.is_array))
        self.uses = Counter(id(x) for term in self.order for x in self.below(term))
        self.strict = self.where_strict()
        # an array, whose dtype a choice of two plain numbers takes on
        self.at = next((names[t.head] for t in self.order if t.kind == "leaf"), "")
        self.texts: dict[int, Printed] = {}
        self.lines: list[str] = []

    def below(self, term: Term) -> list[Term]:
        return [kernel(x, self.dialect.is_array) for x in term.operands]

    def where_strict(self) -> set[int]:
        """The terms out of which a plain number may come, and must not: see the scalar dialect."""
        weak: dict[int, bool] = {}
        for term in self.order:
            weak[id(term)] = self.dialect.weak(term, [weak[id(x)] for x in self.below(term)])
        self.weak = weak
        root = self.order[-1]
        strict = {id(root)} if weak[id(root)] else set()
        for term in reversed(self.order):
            asked = self.asked_below(term, id(term) in strict)
            strict |= {id(x) for x, it_is in zip(self.below(term), asked, strict=True) if it_is}
        return strict

    def asked_below(self, term: Term, strict: bool) -> list[bool]:
        weak = [self.weak[id(x)] for x in self.below(term)]
        return self.dialect.strict_below(term, strict, weak)

    def printed(self, term: Term) -> Printed:
        if term.kind == "leaf":
            return self.names[term.head], ATOM
        strict = id(term) in self.strict
        return self.dialect.printed(term, self.operands(term), strict, self.at)

    def operands(self, term: Term) -> list[Printed]:
        asked = self.asked_below(term, id(term) in self.strict)
        return [
            # one number may stand in several places, and is strict in some of them
            self.dialect.printed(x, [], is_strict, "") if x.kind == "number" else self.texts[id(x)]
            for x, is_strict in zip(self.below(term), asked, strict=True)
        ]

    def statements(self, target: str, out: str | None) -> list[str]:
        *inner, root = self.order
        for term in inner:
            printed = self.printed(term)
            if term.operands and (self.uses[id(term)] > 1 or len(printed[0]) > _LONGEST):
                name = self.fresh()
                self.lines.append(f"{name} = {printed[0]}")
                printed = name, ATOM
            self.texts[id(term)] = printed
        whole = self.printed(root)[0]
        assigned = self.dialect.assigned(target, root, whole, self.operands(root), out)
        return [*self.lines, *assigned]


def forward(row: Operation, n: int) -> Formula:
    """The value of a row with n operands, as a formula of x0, x1, ..."""
    xs = _operands(n)
    try:
        if row.name in FORWARD:
            return Formula(lift(FORWARD[row.name](SOURCE, *xs, **row.settings)))
        return Formula(lift(row.forward(SOURCE, *xs)))
    except Exception:  # whatever a user's function raises at what is no number
        return Formula(_called(row, "forward", (), xs))


def pullback(row: Operation, n: int, slot: int) -> Formula | None:
    """g times the derivative for one operand, of g, y, x0, x1, ...; None where it is g itself.

    Where the row divides 1 by b, ``g/b`` is written for ``g * (1/b)``: it differs only where 1/b
    overflows, for b below 5.6e-309, and is then the one that is right.
    """
    xs, g, y = _operands(n), leaf("g"), leaf("y")
    try:
        if row.name in PULLBACK:
            root = PULLBACK[row.name](SOURCE, g, y, *xs, **row.settings)[slot]
        else:
            root = _times(g, row.partials(SOURCE, y, *xs)[slot])
        return None if root is g else Formula(root)
    except Exception:  # as above
        return Formula(g * _called(row, "partial", (str(slot),), [y, *xs]))


def _operands(n: int) -> list[Term]:
    return [leaf(f"x{i}") for i in range(n)]


def _times(g: Term, partial: Any) -> Any:
    if isinstance(partial, Term) and partial.kind == "where":
        condition, a, b = partial.operands
        if a.kind == b.kind == "number":  # an array less, and the dtype is that of g
            return where(condition, g * a, g * b)
    if isinstance(partial, Term) and partial.kind == "infix" and partial.head == "/":
        top, bottom = partial.operands
        if is_number(top, 1.0):
            return g / bottom
    return g * partial


def _called(row: Operation, method: str, slot: tuple[str, ...], xs: Sequence[Term]) -> Term:
    settings = tuple(f"{name}={written(value)}" for name, value in row.settings.items())
    return intern("own", (row.name, method, slot, settings), tuple(xs))
