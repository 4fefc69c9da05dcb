"""The arithmetics a row of the table is evaluated in: Python floats, and NumPy.

A row of ``ops.py`` is written once, as ``forward(m, *xs)`` and ``partials(m, y, *xs)``, with
ordinary operators and the functions of ``m``. ``FLOATS`` is Python's math module, which is fast
but raises where IEEE 754 has an answer (``log(0)``, ``1/0``, ``exp(1000)``). For just those
points ``evaluate`` asks NumPy, under silenced warnings, so nothing is slowed down and every row
has the same edges. Values are an arithmetic too: see ``gradients.VALUES``.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from autograd.core.special import gamma, lgamma, polygamma

if TYPE_CHECKING:
    from autograd.core.operation import Operation

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
    gamma=gamma,
    lgamma=lgamma,
    polygamma=lambda x, *, order: polygamma(order, x),
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
            "gamma": elementwise(gamma),
            "lgamma": elementwise(lgamma),
            "polygamma": lambda x, *, order: elementwise(functools.partial(polygamma, order))(x),
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


class _Edges:
    """FLOATS, with NumPy in place of just those functions that raise; the others keep their bits.

    NumPy's functions may differ from math's in the last bit, and ``grad`` holds the derivatives
    it writes anew to the ones that were recorded. Results are NumPy's floats, which divide by 0.
    """

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*xs: Any, **settings: float) -> Any:
            import numpy

            try:
                result = getattr(FLOATS, name)(*map(_as_python, xs), **settings)
            except (ArithmeticError, ValueError):
                result = getattr(ARRAYS, name)(*xs, **settings)
            return numpy.float64(result) if isinstance(result, float) else result

        return call


_EDGES: Arithmetic = _Edges()


def _as_python(x: Any) -> Any:
    return float(x) if isinstance(x, float) else x  # NumPy's float64 is a float, and stays one


def evaluate(operation: Operation, xs: Sequence[float]) -> tuple[float, tuple[float, ...]]:
    """An operation's value and its local derivatives at floats, by IEEE 754's rules."""
    try:
        y = operation.forward(FLOATS, *xs)
        return y, operation.partials(FLOATS, y, *xs)
    except (ArithmeticError, ValueError):
        import numpy

        points = [numpy.float64(x) for x in xs]
        with numpy.errstate(all="ignore"):
            y = operation.forward(_EDGES, *points)
            partials = operation.partials(_EDGES, y, *points)
            return float(y), tuple(float(p) for p in partials)
