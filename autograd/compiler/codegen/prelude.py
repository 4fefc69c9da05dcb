"""The prelude of generated code: what its lines need to run, as source and as a namespace."""

from __future__ import annotations

import functools
import inspect
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograd.compiler.codegen import runtime
from autograd.core import special
from autograd.core.arithmetic import FLOATS, MATH_NAMES
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


# functions of floats by the names that they have in generated code, which are math's
_FUNCTIONS = {x: function for x, function in vars(FLOATS).items() if x not in ("where", "total")}
_FUNCTIONS |= {"polygamma": special.polygamma}
# a number, and the list of all parameters, in text that stands alone
_NUMBERS = {
    "zero": "np.float64(0.0)", "one": "np.float64(1.0)", "number": "np.float64", "numbers": "list",
}  # fmt: skip
_RUNTIME = {name: function for name, function in vars(runtime).items() if callable(function)}

# names that generated code uses, and that no variable of a program may have
RESERVED = {*_FUNCTIONS, *_RUNTIME, *_NUMBERS, "inf", "nan", "np", "math", "each", "rows"}


def prelude(body: str) -> str:
    """Source that defines, with NumPy alone, what the body of a module uses.

    A user's own operation cannot be written out: a comment says that it has to be supplied, as
    ``rows[name]`` with the methods that are called.
    """
    used = set(re.findall(r"(?<![\w.])[A-Za-z_]\w*", body))  # of np.exp, np alone
    parts = ["import numpy as np\n"]
    parts += [f"{name} = {text}" for name, text in _NUMBERS.items() if name in used]
    ufuncs = sorted(used.intersection(MATH_NAMES))
    parts += [f"{name} = np.{getattr(ARRAYS, name).__name__}" for name in ufuncs]
    parts.append("\n".join(_beyond_numpy(used, body)).rstrip())
    if used & {"picked", "picked_pullback"}:
        used.add("place_in")
    if "cross_entropy" in used:
        used.add("careful_cross_entropy")
    parts += [inspect.getsource(_RUNTIME[name]) for name in _RUNTIME if name in used]
    return "\n".join(part for part in parts if part) + "\n"


def _beyond_numpy(used: set[str], body: str) -> Iterator[str]:
    """The source of what NumPy lacks: functions of one float at a time, and the user's own rows."""
    imported = [name for name in ("erf", "erfc", "hypot", "inf", "nan") if name in used]
    if imported:
        yield f"from math import {', '.join(imported)}"
    if used & {"gamma", "lgamma", "polygamma"}:
        source = inspect.getsource(special)
        yield source.replace("from autograd.errors import ArgumentError",
                             "ArgumentError = ValueError")  # fmt: skip
    if "each" in used:  # without annotations, which would need imports of their own
        source = inspect.getsource(each).split(":\n", 1)[1]
        yield f"def each(function, *operands):\n{source}"
    for name in sorted(own_rows(body)):
        yield (
            f'# rows["{name}"] is an operation of the user\'s own, and has to be supplied: '
            "its forward(*xs) and its partial(slot, y, *xs)"
        )


def own_rows(body: str) -> set[str]:
    """The names of the user's rows that a body calls as they are."""
    return set(re.findall(r'\brows\["(\w+)"\]', body))


def constant_text(data: Any) -> str:
    """A number as source, or an array: of the module's ``dtype``, of whole numbers, or of bools."""
    if np.ndim(data) == 0:
        x = float(data)
        return repr(x) if math.isfinite(x) else "(-np.inf)" if x < 0.0 else f"np.{x!r}"
    if data.dtype.kind != "f":
        return f"np.array({data.tolist()})"
    text = re.sub("(inf|nan)", r"np.\1", repr(data.tolist()))
    return f"np.array({text}, dtype)"


def namespace(*, quick: bool, rows: Mapping[str, Operation] = TABLE) -> dict[str, Any]:
    """The names that generated code uses, to execute it with.

    ``quick`` binds math's functions, for Python's floats, which raise ArithmeticError or
    ValueError at the edges; without it the numbers are np.float64, and the edges IEEE 754's, as
    those of ``autograd.arithmetic.evaluate``. ``rows`` are the operations by name, of which those
    of the user's own may be called.
    """
    found = {"np": np, "inf": math.inf, "nan": math.nan, "each": each, **_RUNTIME}
    number: type[float] = float if quick else np.float64
    found |= {"zero": number(0.0), "one": number(1.0), "number": number}
    found["numbers"] = lambda theta: theta.tolist() if quick else list(theta.astype(np.float64))
    for name, function in _FUNCTIONS.items():
        found[name] = function if quick else functools.partial(_ieee, name)
    found["rows"] = {name: _own(row, number) for name, row in rows.items()}
    return found


def _ieee(name: str, *xs: float) -> Any:
    """math's function, and NumPy's where that raises: the same bits as a row's own."""
    try:
        return np.float64(_FUNCTIONS[name](*map(float, xs)))
    except (ArithmeticError, ValueError):
        return getattr(ARRAYS, name)(*xs)  # its hypot takes any number of coordinates


def _own(row: Operation, number: type[float]) -> Any:
    """A user's row that is called as it is, at arrays or at one number."""

    def run(slot: int | None, y: Any, xs: tuple[Any, ...], settings: dict[str, float]) -> Any:
        bound = row
        if settings:  # not row.bind(), which asks the table, where another may have its place now
            forward = functools.partial(row.forward, **settings)
            partials = functools.partial(row.partials, **settings)
            bound = replace(row, forward=forward, partials=partials)
        if not any(np.ndim(x) for x in xs):
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
