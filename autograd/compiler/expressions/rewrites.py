"""Peephole rewrites: what NumPy says shorter or faster than a row of the table does.

A rewrite is written in the arithmetic of expressions, as rows are: ``forward(m, *xs)``, and
``vjp(m, g, y, *xs)``, a tuple with g times dy/dx for each operand. Each is pinned to its row
by ``tests/autograd/compiler/test_rewrites.py``, so a row may change only together with its rewrite.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd.compiler.expressions.expression import ExpressionArithmetic, call, either, where


def _sech_squared(m: Any, x: Any, numerator: float) -> Any:
    # 2/(exp(x) + exp(-x)) is the hyperbolic secant. Its square is tanh', which is near 0 where
    # tanh is near 1: 1 - y*y would be left without digits. With 1 above, that of x/2 is sigmoid'.
    # One exp, which NumPy does in vectors on all machines, unlike cosh; where it overflows the
    # result is 0, as it should be.
    a = m.exp(x)
    sech = numerator / (a + 1.0 / a)
    return sech * sech


def _sigmoid(m: Any, x: Any) -> Any:
    small = m.exp(-m.abs(x))
    # small is at most 1, so the larger of it and "x >= 0" is 1 there, and small (or nan) elsewhere
    top = either(call("maximum", small, x >= 0.0), where(x >= 0.0, 1.0, small))
    return top / (1.0 + small)


def _silu_vjp(m: Any, g: Any, y: Any, x: Any) -> tuple[Any]:
    s = m.sigmoid(x)
    return (g * (s * (1.0 + x * (1.0 - s))),)


def _positive(m: Any, x: Any) -> Any:
    # with the plain 0.0 second, NumPy's maximum of -0.0 is 0.0, in vectors and one by one
    return either(call("maximum", x, 0.0), where(x <= 0.0, 0.0, x))


def _negative(x: Any) -> Any:
    return either(call("fmin", x, 0.0), where(x <= 0.0, x, 0.0))  # fmin leaves nan out


def _leaky_relu(m: Any, x: Any, *, slope: float) -> Any:
    row = where(x <= 0.0, slope * x, x)
    # 0*inf is nan, and a slope beyond 1 is the larger one on the other side
    return either(call("maximum", x, slope * x), row) if 0.0 < slope <= 1.0 else row


def _elu_vjp(m: Any, g: Any, y: Any, x: Any, *, alpha: float) -> tuple[Any]:
    slope = m.exp(_negative(x))
    return (g * (slope if alpha == 1.0 else where(x <= 0.0, alpha * slope, 1.0)),)


def _abs_vjp(m: Any, g: Any, y: Any, x: Any) -> tuple[Any]:
    sign = where(x > 0.0, 1.0, where(x < 0.0, -1.0, 0.0 * x))
    return (g * either(call("sign", x), sign),)


def _share_of_larger(a: Any, b: Any) -> Any:
    row = where(a > b, 1.0, where(a < b, 0.0, where(a == b, 0.5, a + b)))
    # a - b of equal infinities is nan, so ties are told apart first
    return either(where(a == b, 0.5, 0.5 + 0.5 * call("sign", a - b)), row)


def _power_vjp(m: Any, g: Any, y: Any, x: Any, *, exponent: float) -> tuple[Any]:
    if exponent == 0.5:
        return (g * (0.5 / y),)
    if exponent == -0.5:
        return (g * (-0.5 * (y * y * y)),)
    if exponent == -1.0:
        return (-g * (y * y),)
    return (g * (exponent * m.pow(x, exponent - 1.0)) if exponent else g * 0.0,)


FORWARD: dict[str, Callable[..., Any]] = {
    "relu": _positive, "leaky_relu": _leaky_relu, "sigmoid": _sigmoid,
    "elu": lambda m, x, *, alpha: where(x <= 0.0, alpha * m.expm1(_negative(x)), x),
    "softplus": lambda m, x: _positive(m, x) + m.log1p(m.exp(-m.abs(x))),
    "maximum": lambda m, a, b: either(call("maximum", a, b),
                                      where(a > b, a, where(b >= a, b, a + b))),
    "minimum": lambda m, a, b: either(call("minimum", a, b),
                                      where(a < b, a, where(b <= a, b, a + b))),
}  # fmt: skip
VJP: dict[str, Callable[..., tuple[Any, ...]]] = {
    "silu": _silu_vjp, "elu": _elu_vjp, "abs": _abs_vjp, "**n": _power_vjp,
    "tanh": lambda m, g, y, x: (g * _sech_squared(m, x, 2.0),),
    "sigmoid": lambda m, g, y, x: (g * _sech_squared(m, 0.5 * x, 1.0),),
    # y = log(1 + exp(x)), so 1 - exp(-y) is sigmoid(x)
    "softplus": lambda m, g, y, x: (-g * m.expm1(-y),),
    "relu": lambda m, g, y, x: (g * (y != 0.0),),  # nan is not 0, and passes
    "maximum": lambda m, g, y, a, b: (g * _share_of_larger(a, b), g * _share_of_larger(b, a)),
    "minimum": lambda m, g, y, a, b: (g * _share_of_larger(b, a), g * _share_of_larger(a, b)),
}  # fmt: skip

SOURCE = ExpressionArithmetic(FORWARD)
