"""``exp``, ``sum``, ``softmax`` ...: functions of Values or of plain numbers.

A number goes in and a number comes out; if any operand is a Value, so is the result. There is
one function for each named row of the table, made from the row, and a few that combine rows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from autograd.core import modes
from autograd.core.evaluate import evaluate
from autograd.core.number_arguments import Number, as_float
from autograd.core.operation import SHIFT, Operation
from autograd.core.table import TABLE
from autograd.core.value import Value, apply, compute, with_settings
from autograd.errors import InputError, ShapeError
from autograd.functions.sums import total

Scalar = Value | float | int


def function_of(name: str) -> Callable[..., Any]:
    """The function for one row: operands first, then the row's settings, if it has any."""
    arity = TABLE[name].arity
    if arity is None:
        return _function_of_many(name)

    def function(*operands: Scalar, **settings: Number) -> Any:
        row = TABLE[name]  # looked up at each call: primitive(replace=True) may have changed it
        if len(operands) < arity:
            plural, call = ("", "x") if arity == 1 else ("s", "a, b")
            raise InputError(
                f"{name} expects {arity} operand{plural}, got {len(operands)}; write {name}({call})"
            )
        extra = operands[arity:]
        chosen = with_settings(row, extra, settings) if extra or settings else row
        return compute(chosen, *operands[:arity])

    return _described(function, TABLE[name])


def _function_of_many(name: str) -> Callable[..., Any]:
    def function(values: Iterable[Scalar], **settings: Number) -> Any:
        row = TABLE[name]
        chosen = with_settings(row, (), settings) if settings else row
        return compute(chosen, *_scalars(values, name))

    return _described(function, TABLE[name])


def _described(function: Callable[..., Any], row: Operation) -> Callable[..., Any]:
    operands = {None: "values", 1: "x"}.get(row.arity, "a, b")
    settings = "".join(f", {k}={v:g}" for k, v in row.settings.items())
    point = row.points[0] if row.arity is not None else (list(row.points[-1]),)
    example = f"autograd.{row.name}({', '.join(map(str, point))})"
    function.__name__ = function.__qualname__ = row.name
    function.__doc__ = (
        f"{row.name}({operands}{settings}) of Values or numbers.\n\n"
        f"Its derivative: {row.why}.\n\n"
        f">>> import autograd\n>>> {example}\n"
        f"{evaluate(row, row.points[0] if row.arity is not None else row.points[-1])[0]!r}\n"
    )
    return function


# text is a sequence of letters, and bytes of numbers; a set has no order to sum in, nor a dict
_NO_LISTS = (str, bytes, bytearray, set, frozenset, Mapping)


def _scalars(values: Iterable[Scalar], name: str, *, empty: bool = False) -> list[Scalar]:
    """Values and floats from any ordered iterable; a scalar alone is refused, and an empty list."""
    listed = values if type(values) in (list, tuple) else _listed(values, name)
    if not listed and not empty:
        raise ShapeError(
            f"{name} expects at least one value, got an empty list; write {name}([a, b])"
        )
    # the exact type first: it is nearly always that one, and quicker to ask for
    return [x if type(x) is Value or isinstance(x, Value) else as_float(x, name) for x in listed]


def _listed(values: Iterable[Scalar], name: str) -> list[Scalar]:
    try:
        if not isinstance(values, _NO_LISTS):
            return list(values)
    except TypeError:
        pass
    raise InputError(
        f"{name} expects a list of Values or numbers, got {values!r}; write {name}([a, b])"
    )


def sum(values: Iterable[Scalar]) -> Any:  # noqa: A001 -- the standard name
    """The n-ary sum of Values or numbers: one node, however many terms. Empty: 0.0.

    >>> import autograd
    >>> from autograd import Value
    >>> s = autograd.sum([Value(1.0), Value(2.0), 3.0])
    >>> s.data, len(s.parents)
    (6.0, 3)
    """
    terms = _scalars(values, "sum", empty=True)
    if not terms:
        return 0.0
    if all([type(x) is Value for x in terms]):  # noqa: C419 -- quicker than a generator
        return total(terms)  # type: ignore[arg-type]
    return compute(TABLE["sum"], *terms)


def mean(values: Iterable[Scalar]) -> Any:
    """The arithmetic mean of at least one Value or number.

    >>> import autograd
    >>> autograd.mean([1.0, 2.0, 6.0])
    3.0
    """
    terms = _scalars(values, "mean")
    return sum(terms) / len(terms)


def dot(left: Sequence[Scalar], right: Sequence[Scalar]) -> Any:
    """The sum of the products of two lists of the same length.

    It has a node for each product, and one n-ary sum.

    >>> import autograd
    >>> autograd.dot([1.0, 2.0], [3.0, 4.0])
    11.0
    """
    left, right = _scalars(left, "dot"), _scalars(right, "dot")
    if len(left) != len(right):
        raise ShapeError(
            f"dot expects two lists of the same length, got {len(left)} and {len(right)} values; "
            "pass one number of the second for each of the first"
        )
    return sum([a * b for a, b in zip(left, right, strict=True)])


def softmax(values: Iterable[Scalar]) -> list[Any]:
    """exp(x) / sum of exp over all: positive shares that sum to 1. Stable for any size of x.

    >>> import autograd
    >>> autograd.softmax([1000.0, 1000.0])
    [0.5, 0.5]
    """
    exponentials = [compute(TABLE["exp"], x) for x in _below_zero(values, "softmax")]
    whole = sum(exponentials)
    if isinstance(whole, Value):
        return [part / whole for part in exponentials]
    # numbers alone: 0/0 is nan, where Python's own division would raise
    return [compute(TABLE["/"], part, whole) for part in exponentials]


def log_softmax(values: Iterable[Scalar]) -> list[Any]:
    """The logarithm of softmax, x - logsumexp(all), without computing softmax first.

    >>> import autograd
    >>> [round(x, 6) for x in autograd.log_softmax([0.0, 0.0])]
    [-0.693147, -0.693147]
    """
    logits = _below_zero(values, "log_softmax")
    normaliser = compute(TABLE["logsumexp"], *logits)
    return [x - normaliser for x in logits]


def _below_zero(values: Iterable[Scalar], name: str) -> list[Scalar]:
    """The values less the largest of them, as a plain number.

    Softmax does not change when all move together, so the number needs no derivative; without it
    exp could overflow, and digits would be lost to what the values have in common.
    """
    listed = _scalars(values, name)
    if modes.is_tracing() and any(isinstance(x, Value) for x in listed):
        shift = apply(SHIFT, *listed)
        return [x - shift for x in listed]
    largest = max(float(x) for x in listed)
    return [x - largest for x in listed] if math.isfinite(largest) else listed


def log(x: Scalar, base: Scalar | None = None) -> Any:
    """The natural logarithm, or that to a base, as math.log has it.

    >>> import autograd
    >>> autograd.log(8.0, 2.0)
    3.0
    """
    return compute(TABLE["log"], x) if base is None else compute(TABLE["/"], log(x), log(base))


def hypot(*coordinates: Scalar) -> Any:
    """The length of a vector, as math.hypot has it: sqrt(x*x + y*y + ...).

    >>> import autograd
    >>> autograd.hypot(3.0, 4.0)
    5.0
    """
    if not coordinates:
        raise ShapeError("hypot expects at least one coordinate, got none; write hypot(x, y)")
    return compute(TABLE["hypot"], *coordinates)


def dist(p: Sequence[Scalar], q: Sequence[Scalar]) -> Any:
    """The distance of two points, as math.dist has it.

    >>> import autograd
    >>> autograd.dist([1.0, 1.0], [4.0, 5.0])
    5.0
    """
    p, q = _scalars(p, "dist"), _scalars(q, "dist")
    if len(p) != len(q):
        raise ShapeError(
            f"dist expects two points of the same dimension, got {len(p)} and {len(q)} "
            "coordinates; pass one for each axis"
        )
    return hypot(*[a - b for a, b in zip(p, q, strict=True)])


def pow(x: Scalar, exponent: Scalar) -> Any:  # noqa: A001 -- math's name
    """Raise x to a power, either of them a Value or a number; nan rather than a complex number.

    >>> import autograd
    >>> autograd.pow(-2.0, 0.5)
    nan
    """
    if isinstance(x, Value) or isinstance(exponent, Value):
        return x**exponent
    return compute(TABLE["**"], x, exponent)


def where(condition: Scalar, a: Scalar, b: Scalar) -> Any:
    """``a`` where ``condition`` is above 0, else ``b``; both are computed, and one is passed on.

    True counts as 1, False as 0, and nan chooses ``b``. ``where(x - y, a, b)`` is ``a`` for x > y.
    Its derivative: {why}.

    >>> import autograd
    >>> autograd.where(3.0 - 2.0, 10.0, 20.0), autograd.where(0.0, 10.0, 20.0)
    (10.0, 20.0)
    """
    return compute(TABLE["where"], condition, a, b)


def choose(index: Scalar, values: Iterable[Scalar]) -> Any:
    """``values[index]``, for an index that is a Value or a number, counted from 0.

    nan for an index that is no whole number (to a hundredth) or out of range; negative ones are.
    Its derivative: {why}.

    >>> import autograd
    >>> autograd.choose(2.0, [5.0, 6.0, 7.0]), autograd.choose(3.0, [5.0, 6.0, 7.0])
    (7.0, nan)
    """
    return compute(TABLE["choose"], index, *_scalars(values, "choose"))


def _say_why(function: Callable[..., Any]) -> None:
    """Fill the row's own words into the docstring of a function that is written by hand."""
    why = TABLE[function.__name__].why
    function.__doc__ = (function.__doc__ or "").replace("{why}", why)


for _function in (where, choose):
    _say_why(_function)


def _functions() -> dict[str, Callable[..., Any]]:
    """By name: those written above, and one for every other row that is called by its name."""
    written = (sum, mean, dot, softmax, log_softmax, log, hypot, dist, pow, where, choose)
    functions = {function.__name__: function for function in written}
    for name, row in TABLE.items():
        if row.is_function and name not in functions:
            functions[name] = function_of(name)
    functions["fabs"] = functions["abs"]  # math's name for it
    return functions


FUNCTIONS = _functions()
