"""NumPy's functions of a single Value: ``np.exp(v)`` is ``autograd.exp(v)``.

NumPy hands a function over to whoever has ``__array_ufunc__``, and asks it also for the product
``np.float64(2) * v``. Of a list or an array of Values it calls the Values' own methods, one by one.
"""

from __future__ import annotations

from typing import Any

from autograd.core.value import Value
from autograd.errors import InputError
from autograd.functions.functions import FUNCTIONS

# with a Value on the left, and with a Value on the right alone
_OPERATORS = {
    "add": ("__add__", "__radd__"), "subtract": ("__sub__", "__rsub__"),
    "multiply": ("__mul__", "__rmul__"), "divide": ("__truediv__", "__rtruediv__"),
    "power": ("__pow__", "__rpow__"), "float_power": ("__pow__", "__rpow__"),
    "less": ("__lt__", "__gt__"), "less_equal": ("__le__", "__ge__"),
    "greater": ("__gt__", "__lt__"), "greater_equal": ("__ge__", "__le__"),
}  # fmt: skip
_COMPARISONS = ("__lt__", "__le__", "__gt__", "__ge__")
# under other names than Python's math module has them
_NAMES = {
    "absolute": "abs", "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arctan2": "atan2",
    "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh", "deg2rad": "radians",
    "rad2deg": "degrees",
}  # fmt: skip


def array_ufunc(value: Value, ufunc: Any, method: str, *inputs: Any, **settings: Any) -> Any:
    """What NumPy calls for a ``ufunc`` that has a Value among its ``inputs``.

    Raises:
        InputError: it is none of autograd's functions, or is to do more than be called.

    >>> import numpy as np
    >>> v = Value(1.0)
    >>> np.exp(v).op, np.maximum(v, 2.0).data, (np.float64(3.0) / v).op
    ('exp', 2.0, '/')
    """
    name = ufunc.__name__
    if method != "__call__" or settings:
        way = f".{method}" if method != "__call__" else f" with {', '.join(settings)}="
        raise InputError(
            f"np.{name}{way} expects an array, got a single Value; for many Values there are "
            "autograd.sum, mean, prod, maximum and their like, on lists"
        )
    if name in _OPERATORS:
        (left, right), (by_left, by_right) = inputs, _OPERATORS[name]
        if isinstance(left, Value):
            return getattr(left, by_left)(right)
        if by_right in _COMPARISONS and getattr(left, "ndim", None) == 0:
            left = left.item()  # NumPy makes such an array of np.float64(2) before it compares
        return getattr(right, by_right)(left)
    if name in ("equal", "not_equal"):  # by identity, as == of a Value is
        return (inputs[0] is inputs[1]) is (name == "equal")
    if name in ("negative", "positive", "square"):
        return {"negative": -value, "positive": +value, "square": value**2}[name]
    function = FUNCTIONS.get(_NAMES.get(name, name))
    if function is None:
        raise InputError(
            f"np.{name} expects numbers, got a Value; autograd has no such function: compose it of "
            "those that there are, or write float(v) for the number alone"
        )
    return function(*inputs)
