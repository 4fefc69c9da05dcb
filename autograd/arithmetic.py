"""The arithmetics a row of the table is evaluated in: Python floats, and NumPy.

A row of ``ops.py`` is written once, as ``forward(m, *xs)`` and ``partials(m, y, *xs)``, with
ordinary operators and the functions of ``m``. ``FLOATS`` is Python's math module, which is fast
but raises where IEEE 754 has an answer (``log(0)``, ``1/0``, ``exp(1000)``). ``evaluate`` turns
to ``ARRAYS``, NumPy under silenced warnings, for just those points, so nothing is slowed down
and every row has the same edges. Values are an arithmetic too: see ``functions.VALUES``.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from autograd.special import polygamma

if TYPE_CHECKING:
    from autograd.operation import Operation

Arithmetic = Any  # an object with the functions below and one for every row of the table

# Names that stand for the same function in Python's math module and, under the second, in NumPy.
_SHARED = {
    "exp": "exp", "exp2": "exp2", "expm1": "expm1", "log": "log", "log1p": "log1p",
    "log2": "log2", "log10": "log10", "sqrt": "sqrt", "cbrt": "cbrt", "sin": "sin", "cos": "cos",
    "tan": "tan", "asin": "arcsin", "acos": "arccos", "atan": "arctan", "sinh": "sinh",
    "cosh": "cosh", "tanh": "tanh", "asinh": "arcsinh", "acosh": "arccosh", "atanh": "arctanh",
    "atan2": "arctan2", "pow": "power", "degrees": "degrees", "radians": "radians",
    "isfinite": "isfinite",
}  # fmt: skip


def _pick(condition: bool, if_true: Any, if_false: Any) -> Any:
    return if_true if condition else if_false


FLOATS: Arithmetic = SimpleNamespace(
    **{name: getattr(math, name) for name in _SHARED},
    abs=abs,
    hypot=math.hypot,
    erf=math.erf,
    erfc=math.erfc,
    gamma=math.gamma,
    lgamma=math.lgamma,
    polygamma=lambda x, *, order: polygamma(int(order), x),
    where=_pick,
    equal=lambda a, b: a == b,
    total=lambda xs: functools.reduce(operator.add, xs),
)


class _Arrays:
    """NumPy, imported when the first attribute is asked for: ``import autograd`` stays quick."""

    def __getattr__(self, name: str) -> Any:
        import numpy

        def elementwise(function: Callable[..., float]) -> Callable[..., Any]:
            return numpy.vectorize(function, otypes=[float])

        table = {name: getattr(numpy, other) for name, other in _SHARED.items()}
        table |= {
            "abs": numpy.abs,
            "hypot": lambda *xs: functools.reduce(numpy.hypot, xs, numpy.float64(0.0)),
            "erf": elementwise(math.erf),
            "erfc": elementwise(math.erfc),
            "gamma": elementwise(_gamma),
            "lgamma": elementwise(_lgamma),
            "polygamma": lambda x, *, order: elementwise(lambda t: polygamma(int(order), t))(x),
            "where": numpy.where,
            "equal": numpy.equal,
            "total": lambda xs: functools.reduce(operator.add, xs),
        }
        for key, value in table.items():
            self.__dict__.setdefault(key, value)
        try:
            return self.__dict__[name]
        except KeyError:
            raise AttributeError(f"the NumPy arithmetic has no {name!r}") from None


ARRAYS: Arithmetic = _Arrays()


def _gamma(x: float) -> float:
    try:
        return math.gamma(x)
    except OverflowError:
        return math.inf
    except ValueError:  # a pole: the two sides of 0 agree with its sign, those of -1 do not agree
        return math.copysign(math.inf, x) if x == 0.0 else math.nan


def _lgamma(x: float) -> float:
    try:
        return math.lgamma(x)
    except (OverflowError, ValueError):
        return math.inf


def evaluate(operation: Operation, xs: Sequence[float]) -> tuple[float, tuple[float, ...]]:
    """An operation's value and its local derivatives at floats, by IEEE 754's rules."""
    try:
        y = operation.forward(FLOATS, *xs)
        return y, operation.partials(FLOATS, y, *xs)
    except (ArithmeticError, ValueError):
        import numpy

        points = [numpy.float64(x) for x in xs]
        with numpy.errstate(all="ignore"):
            y = operation.forward(ARRAYS, *points)
            partials = operation.partials(ARRAYS, y, *points)
            return float(y), tuple(float(p) for p in partials)
