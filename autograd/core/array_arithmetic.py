"""NumPy as an arithmetic: of arrays, and of single floats at the edges where Python raises.

NumPy is imported when the first function is asked for, so ``import autograd`` stays quick, and a
graph whose numbers stay clear of the edges needs no NumPy.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable
from typing import Any

from autograd.core.arithmetic import FLOATS, MATH_NAMES, Arithmetic
from autograd.core.special import gamma, lgamma, polygamma
from autograd.core.table import TABLE

_NUMPY_NAMES = {
    "asin": "arcsin", "acos": "arccos", "atan": "arctan", "asinh": "arcsinh", "acosh": "arccosh",
    "atanh": "arctanh", "atan2": "arctan2", "pow": "power",
}  # fmt: skip


@functools.cache
def _functions() -> dict[str, Callable[..., Any]]:
    import numpy

    def elementwise(function: Callable[..., float]) -> Callable[..., Any]:
        return numpy.vectorize(function, otypes=[float])

    return {name: getattr(numpy, _NUMPY_NAMES.get(name, name)) for name in MATH_NAMES} | {
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


class _Arrays:
    """NumPy's functions, and every other row of the table, by name."""

    def __getattr__(self, name: str) -> Any:
        functions = _functions()
        if name in functions:
            return functions[name]
        if name in TABLE:  # so that a row can be written in terms of another: m.sigmoid(x)
            return functools.partial(TABLE[name].forward, self)
        raise AttributeError(f"the NumPy arithmetic has no {name!r}")


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


EDGES: Arithmetic = _Edges()


def _as_python(x: Any) -> Any:
    return float(x) if isinstance(x, float) else x  # NumPy's float64 is a float, and stays one
