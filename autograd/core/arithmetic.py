"""The arithmetic of Python floats, in which a row of the table is evaluated first.

A row of ``table.py`` is written once, as ``forward(m, *xs)`` and ``partials(m, y, *xs)``, with
ordinary operators and the functions of an arithmetic ``m``. ``FLOATS`` is Python's math module,
which is fast but raises where IEEE 754 has an answer (``log(0)``, ``1/0``, ``exp(1000)``); see
``evaluate.py``. Arrays are an arithmetic too (``array_arithmetic.py``), and so are Values
(``grad.py``) and source text (``compiler/expressions``).
"""

from __future__ import annotations

import functools
import math
import operator
from types import SimpleNamespace
from typing import Any

from autograd.core.special import gamma, lgamma, polygamma

Arithmetic = Any  # an object with the functions below and one for every row of the table

# functions that Python's math module has as a row or a row's formula calls them
MATH_NAMES = (
    "exp", "exp2", "expm1", "log", "log1p", "log2", "log10", "sqrt", "cbrt", "sin", "cos", "tan",
    "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "atan2", "pow",
    "degrees", "radians", "isfinite",
)  # fmt: skip


def _where(condition: bool, if_true: Any, if_false: Any) -> Any:
    return if_true if condition else if_false


FLOATS: Arithmetic = SimpleNamespace(
    **{name: getattr(math, name) for name in MATH_NAMES},
    abs=abs,
    hypot=math.hypot,
    erf=math.erf,
    erfc=math.erfc,
    gamma=gamma,
    lgamma=lgamma,
    polygamma=lambda x, *, order: polygamma(order, x),
    where=_where,
    equal=lambda a, b: a == b,
    total=lambda xs: functools.reduce(operator.add, xs),
)
