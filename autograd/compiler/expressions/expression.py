"""Expressions: what a row of the table becomes when it is evaluated in source text.

An ``Expression`` is a leaf's name, a number, or an operator or a function of other expressions.
Equal expressions are one object, so what a row computes twice is seen to be the same. A row
evaluated in ``ExpressionArithmetic``, ``row.forward(m, leaf("x0"), ...)``, is the row as one.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from numbers import Real
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

from autograd.core.arithmetic import FLOATS
from autograd.core.array_arithmetic import ARRAYS
from autograd.core.evaluate import evaluate
from autograd.core.table import TABLE

# functions of one float at a time, which NumPy lacks
SPECIAL = ("erf", "erfc", "gamma", "lgamma", "polygamma")
COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")


class NotAnExpression(Exception):  # noqa: N818 -- caught in row_expression.py, and never seen by a user
    """A row asked for the number behind an expression, as by ``if x > 0``: it is no expression."""


def _infix(sign: str) -> tuple[Callable[[Any, Any], Any], Callable[[Any, Any], Any]]:
    """Methods for an operator, with the expression on its left and on its right."""
    return lambda self, x: infix(sign, self, x), lambda self, x: infix(sign, x, self)


class Expression:
    """A node of an expression; make it with ``leaf`` and the arithmetic, never directly.

    The subclasses are its kinds; ``head`` says which one of a kind it is, if there are several.
    """

    __slots__ = ("__weakref__", "head", "operands")

    def __init__(self, head: Any, operands: tuple[Expression, ...]) -> None:
        self.head, self.operands = head, operands

    def of(self, operands: tuple[Expression, ...]) -> Expression:
        """The same of other operands."""
        return intern(type(self), self.head, operands)

    __add__, __radd__ = _infix("+")
    __sub__, __rsub__ = _infix("-")
    __mul__, __rmul__ = _infix("*")
    __truediv__, __rtruediv__ = _infix("/")
    __lt__, __gt__ = _infix("<")[0], _infix(">")[0]
    __le__, __ge__ = _infix("<=")[0], _infix(">=")[0]
    __eq__, __ne__ = _infix("==")[0], _infix("!=")[0]
    __hash__ = object.__hash__

    def __pow__(self, other: Any) -> Any:
        return power(self, other)

    def __rpow__(self, other: Any) -> Any:
        return power(other, self)

    def __neg__(self) -> Expression:
        if isinstance(self, Negative):  # -(-x) -> x
            return self.operands[0]
        return intern(Negative, None, (self,))

    def __pos__(self) -> Expression:
        return self

    def __abs__(self) -> Any:
        return call("abs", self)

    def __and__(self, other: Any) -> Any:
        return other & self if isinstance(other, bool) else infix("&", self, other)

    def __rand__(self, other: Any) -> Any:
        return self if other else False

    def __or__(self, other: Any) -> Any:
        return other | self if isinstance(other, bool) else infix("|", self, other)

    def __ror__(self, other: Any) -> Any:
        return True if other else self

    def __bool__(self) -> Any:
        raise NotAnExpression

    __float__ = __int__ = __index__ = __bool__


class Variable(Expression):
    """A name that stands for an operand; the head is the name."""

    __slots__ = ()


class Number(Expression):
    """A plain number; the head is the float."""

    __slots__ = ()


class Negative(Expression):
    """Minus its operand."""

    __slots__ = ()


class Infix(Expression):
    """An operator between two operands; the head is the operator, as Python has it."""

    __slots__ = ()


class Call(Expression):
    """A function; the head is its name: see ``Language.call``."""

    __slots__ = ()


class Where(Expression):
    """A choice: the operands are a condition, what holds if it is true, and what holds if not."""

    __slots__ = ()


class Own(Expression):
    """A user's row that is called as it is.

    The head is its name, the operand by which it is differentiated, or None for its value, and
    its settings as pairs of a name and a number.
    """

    __slots__ = ()


class Either(Expression):
    """Two ways to say the same: the first for arrays, the second for one number."""

    __slots__ = ()


# Keyed by the operands' ids, which stay theirs: an expression keeps its operands alive.
_EXPRESSIONS: WeakValueDictionary[tuple[Any, ...], Expression] = WeakValueDictionary()


def intern(kind: type[Expression], head: Any, operands: tuple[Expression, ...] = ()) -> Expression:
    """The one expression of this kind, head and operands."""
    # repr tells 0.0 from -0.0, and says that nan is nan
    key = (kind, repr(head), *map(id, operands))
    expression = _EXPRESSIONS.get(key)
    if expression is None:
        expression = _EXPRESSIONS[key] = kind(head, operands)
    return expression


def leaf(name: str) -> Expression:
    """The expression that stands for a name, such as "x0"."""
    return intern(Variable, name)


def lift(x: Any) -> Expression:
    """An expression as it is, and a number as an expression."""
    if isinstance(x, Expression):
        return x
    if not isinstance(x, Real):
        raise NotAnExpression
    return intern(Number, float(x))


def is_comparison(x: Expression) -> bool:
    """Whether it is true or false: a comparison, or several of them with & and |."""
    return isinstance(x, Infix) and x.head in (*COMPARISONS, "&", "|")


def infix(sign: str, a: Any, b: Any) -> Expression:
    """``a sign b``, without what changes no bit: x*1, x/1, x-0; x*-1 is -x."""
    left, right = lift(a), lift(b)
    for one, other in ((left, right), (right, left)):
        if sign == "*" and one.head == 1.0:  # then it is a Number
            return other  # 1*x -> x
        if sign == "*" and one.head == -1.0:
            return -other  # -1*x -> -x
    if (sign == "/" and right.head == 1.0) or (sign == "-" and repr(right.head) == "0.0"):
        return left  # x/1 -> x; x-0 -> x, while -0.0 + 0.0 is 0.0
    return intern(Infix, sign, (left, right))


def call(name: str, *xs: Any) -> Any:
    """A function by its name in Python's math module; of numbers alone it is a number."""
    if not any(isinstance(x, Expression) for x in xs):
        try:
            return getattr(FLOATS, name)(*xs)
        except (ArithmeticError, ValueError, AttributeError):
            pass  # an edge, which the program will compute
    if name == "abs" and isinstance(xs[0], Negative):
        return call("abs", xs[0].operands[0])  # |-x| -> |x|
    return intern(Call, name, tuple(map(lift, xs)))


def where(condition: Any, if_true: Any, if_false: Any) -> Any:
    """A choice; of a plain bool it is made at once."""
    if not isinstance(condition, Expression):
        return if_true if condition else if_false
    return intern(Where, None, (condition, lift(if_true), lift(if_false)))


def either(arrays: Any, floats: Any) -> Any:
    """Two ways to say the same: the first for arrays, the second for one number."""
    return intern(Either, None, (lift(arrays), lift(floats)))


def power(x: Any, exponent: Any) -> Any:
    """x to the exponent; a few products where the exponent is a small whole number.

    NumPy's power is a hundred times slower than a product, and, with an exponent of one half,
    not the same in all versions at -0.0 and -inf: it may or may not be the square root.
    """
    if not isinstance(x, Expression) or not isinstance(exponent, Real):
        return call("pow", x, exponent)
    n = float(exponent)
    if n == 0.0:
        return 1.0  # of nan too
    if n == 0.5:
        positive = where(infix("==", x, -np.inf), np.inf, x + 0.0)  # -0.0 + 0.0 is 0.0
        return either(call("sqrt", positive), call("pow", x, 0.5))
    if n == -0.5:
        return 1.0 / power(x, 0.5)
    if abs(n) <= 8.0 and n == round(n):  # neither inf nor nan can be rounded
        return _product(x if n > 0.0 else 1.0 / x, int(abs(n)))
    return call("pow", x, n)


def _product(x: Any, n: int) -> Any:
    if n == 1:
        return x
    half = _product(x, n // 2)
    return half * half * x if n % 2 else half * half


def in_order(root: Expression) -> Iterator[Expression]:
    """Every expression below a root, the root itself last, operands before what is made of them."""
    seen: set[int] = set()
    stack = [(root, False)]
    while stack:
        expression, opened = stack.pop()
        if opened:
            yield expression
        elif id(expression) not in seen:
            seen.add(id(expression))
            stack.append((expression, True))
            stack.extend((x, False) for x in reversed(expression.operands))


def rebuilt(
    root: Expression, change: Callable[[Expression, tuple[Expression, ...]], Expression]
) -> Expression:
    """The root with ``change(x, new operands)`` in place of every expression x below it."""
    made: dict[int, Expression] = {}
    for x in in_order(root):
        made[id(x)] = change(x, tuple(made[id(operand)] for operand in x.operands))
    return made[id(root)]


def without_either(root: Expression, arrays: bool) -> Expression:
    """The root with one of the two ways in place of each ``Either``: for arrays, or one number."""
    way = 0 if arrays else 1
    return rebuilt(root, lambda x, xs: xs[way] if isinstance(x, Either) else x.of(xs))


class ExpressionArithmetic:
    """The arithmetic of expressions; ``rewrites`` are shorter ways to write some rows, by name."""

    pow = staticmethod(power)
    where = staticmethod(where)
    total = staticmethod(FLOATS.total)

    def __init__(self, rewrites: Mapping[str, Callable[..., Any]]) -> None:
        self._rewrites = rewrites

    def equal(self, a: Any, b: Any) -> Any:
        """``a == b``; plain numbers are compared at once."""
        return infix("==", a, b) if isinstance(b, Expression) else a == b

    def hypot(self, *xs: Any) -> Any:
        """The length of a vector, two coordinates at a time."""
        pair = functools.partial(call, "hypot")
        return functools.reduce(pair, xs) if len(xs) > 1 else call("abs", *xs)

    def polygamma(self, x: Any, *, order: float) -> Any:
        """The polygamma function, order first, as ``special.py`` has it."""
        if isinstance(x, Expression):
            return call("polygamma", float(order), x)
        return FLOATS.polygamma(x, order=order)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name in SPECIAL or isinstance(getattr(ARRAYS, name, None), np.ufunc):
            return functools.partial(call, name)
        if name not in TABLE:
            raise AttributeError(f"the arithmetic of source text has no {name!r}")

        def row(*xs: Any, **settings: float) -> Any:
            bound = TABLE[name].bind(**settings)
            if not any(isinstance(x, Expression) for x in xs):
                return evaluate(bound, [float(x) for x in xs])[0]
            if name in self._rewrites:
                return self._rewrites[name](self, *xs, **bound.settings)
            return bound.forward(self, *xs)

        return row
