"""The prelude of generated code: what its lines need to run, as source and as a namespace."""

from __future__ import annotations

import functools
import inspect
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograd.compiler.expressions.expression import SPECIAL
from autograd.compiler.expressions.printers import Printer
from autograd.core import special
from autograd.core.arithmetic import FLOATS
from autograd.core.array_arithmetic import ARRAYS
from autograd.core.evaluate import evaluate
from autograd.core.operation import Operation
from autograd.core.table import TABLE


def each(function: Callable[..., float], *operands: Any) -> Any:
    """A function of floats at each element of an array, which is the last operand."""
    *settings, x = operands
    x = np.asarray(x)
    values = [function(*settings, element) for element in x.ravel().tolist()]
    return np.array(values, x.dtype).reshape(x.shape)


_FUNCTIONS = {
    name: function
    for name, function in vars(FLOATS).items()
    if name in SPECIAL or name == "hypot" or isinstance(getattr(ARRAYS, name), np.ufunc)
}
_FUNCTIONS |= {"polygamma": special.polygamma}
_OF_SPECIAL = ("gamma", "lgamma", "polygamma")
_PLAIN = ("inf", "nan", "zero", "one", "number")

# names that lines of either printer use, and that no variable of a program may have
RESERVED = frozenset({*_FUNCTIONS, *_PLAIN, "np", "math", "each", "rows"})


def _used(texts: Iterable[str]) -> list[str]:
    """The reserved names that stand in the texts, but for NumPy's own, np.exp."""
    words = set(re.findall(r"(?<![\w.])[A-Za-z_]\w*", "\n".join(texts)))
    return sorted(words & RESERVED)


def _own_rows(texts: Iterable[str]) -> list[str]:
    return sorted(set(re.findall(r'\brows\["(\w+)"\]', "\n".join(texts))))


def prelude(texts: Iterable[str], printer: Printer) -> str:
    """Source that defines what lines of this printer use, so that they run on their own.

    ``texts`` are the lines, or names of functions. A user's own operation cannot be written out:
    a comment says that it has to be supplied, as ``rows[name]`` with the methods that are called.
    """
    lines = list(texts)
    names, own = _used(lines), _own_rows(lines)
    parts = ["import numpy as np"] if printer.is_array else []
    imported = [x for x in names if hasattr(math, x) and x not in _OF_SPECIAL]
    if imported:
        parts.append(f"from math import {', '.join(imported)}")
    if not printer.is_array and any(x in names for x in ("zero", "one", "number")):
        parts.append("zero, one, number = 0.0, 1.0, float")
    if any(x in names for x in _OF_SPECIAL):
        source = inspect.getsource(special)
        parts.append(source.replace("from autograd.errors import ArgumentError",
                                    "ArgumentError = ValueError"))  # fmt: skip
    if "each" in names:
        parts.append(_plain_source(each))
    parts.extend(
        f'# rows["{name}"] is an operation of the user\'s own, and has to be supplied: '
        "its forward(*xs) and its partial(slot, y, *xs)"
        for name in own
    )
    return "\n".join(parts) + "\n"


def _plain_source(function: Callable[..., Any]) -> str:
    """A function's source without annotations, which would need imports of their own."""
    source = inspect.getsource(function)
    head = f"def {function.__name__}(function, *operands):\n"
    return head + source.split(":\n", 1)[1]


def namespace(
    texts: Iterable[str], printer: Printer, *, quick: bool = False,
    rows: Mapping[str, Operation] = TABLE,
) -> dict[str, Any]:  # fmt: skip
    """The names that lines of this printer use, to execute them with.

    For ``SCALAR`` it says what a number is: ``quick`` binds math's functions, for Python's floats,
    which raise ArithmeticError or ValueError at the edges; without it the numbers are
    np.float64, and the edges IEEE 754's, as those of ``autograd.arithmetic.evaluate``. ``rows``
    are the operations by name, of which those of the user's own may be called.
    """
    lines = list(texts)
    found: dict[str, Any] = {"np": np, "inf": math.inf, "nan": math.nan, "each": each}
    number = float if printer.is_array or quick else np.float64
    found |= {"zero": number(0.0), "one": number(1.0), "number": number}
    for name in _used(lines):
        if name in _FUNCTIONS:
            function = _FUNCTIONS[name]
            found[name] = function if number is float else functools.partial(_ieee, name)
    found["rows"] = {name: _own(rows[name], printer, number) for name in _own_rows(lines)}
    return found


def _ieee(name: str, *xs: float) -> Any:
    """math's function, and NumPy's where that raises: the same bits as a row's own."""
    try:
        return np.float64(_FUNCTIONS[name](*map(float, xs)))
    except (ArithmeticError, ValueError):
        return getattr(ARRAYS, name)(*xs)  # its hypot takes any number of coordinates


def _own(row: Operation, printer: Printer, number: type) -> Any:
    """A user's row that is called as it is, at arrays or at one number."""

    def run(slot: int | None, y: Any, xs: tuple[Any, ...], settings: dict[str, float]) -> Any:
        bound = row
        if settings:  # not row.bind(), which asks the table, where another may have its place now
            forward, partials = (
                functools.partial(f, **settings) for f in (row.forward, row.partials)
            )
            bound = replace(row, forward=forward, partials=partials)
        # a program has lines of both printers
        if not printer.is_array and not any(np.ndim(x) for x in xs):
            return number(_at(bound, slot, *xs))
        try:
            if slot is None:
                return bound.forward(ARRAYS, *xs)
            return bound.partials(ARRAYS, y, *xs)[slot]
        except Exception:
            # whatever a user's function raises at arrays, by ``if x > 0`` or ``math.exp(x)``
            result = np.vectorize(functools.partial(_at, bound, slot), otypes=[float])(*xs)
            return result.astype(np.result_type(*xs))

    return SimpleNamespace(
        forward=lambda *xs, **settings: run(None, None, xs, settings),
        partial=lambda slot, y, /, *xs, **settings: run(slot, y, xs, settings),
    )


def _at(row: Operation, slot: int | None, *xs: float) -> float:
    value, partials = evaluate(row, [float(x) for x in xs])
    return value if slot is None else partials[slot]
