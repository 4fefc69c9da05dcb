"""``primitive``: a user's own row in the table of operations."""

from __future__ import annotations

import keyword
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from autograd.core.evaluate import evaluate
from autograd.core.number_arguments import as_float
from autograd.core.operation import REALS, Interval, Operation, add_row
from autograd.core.table import TABLE
from autograd.errors import OperationError
from autograd.functions.functions import FUNCTIONS, function_of

_BUILT_IN = set(FUNCTIONS) | set(TABLE) | {"constant", "where", "equal", "total", "isfinite"}


def primitive(
    name: str, forward: Callable[..., Any], partials: Callable[..., Any], *,
    points: Iterable[float | Sequence[float]], why: str = "as given to autograd.primitive",
    symbol: str = "", latex: str = "", arity: int | None = 1,
    domain: Sequence[Interval] | None = None, kink: Callable[..., float] | None = None,
    settings: Mapping[str, float] | None = None, saturates: bool = False, replace: bool = False,
) -> Callable[..., Any]:  # fmt: skip
    """Add an operation of your own to the table, and return its function.

    ``forward(m, *xs)`` gives the value and ``partials(m, y, *xs)`` a tuple with dy/dx for each
    operand, both in the arithmetic m: ``m.exp``, ``m.where(x > 0, a, b)``, ``+ - * /``, and any
    other row's name. ``points`` are operands to try it at, well inside its ``domain`` and away
    from its kinks; the derivative is checked there, to 6 digits, before the row is added. From
    then on the operation draws, checks and differentiates, to any order, like the built-in ones.

    ``kink(*xs)`` is zero where the derivative jumps. ``settings`` are constants that are not
    operands, with their defaults; forward, partials and kink get them by keyword. ``saturates``
    says that the value levels off where its derivative goes to 0, for ``explain`` to tell.
    ``replace=True`` lets a notebook cell run again; a function that was compiled before keeps the
    operation that it was compiled with.

    >>> import autograd
    >>> from autograd import Value
    >>> cubed = autograd.primitive(
    ...     "cubed", lambda m, x: x * x * x, lambda m, y, x: (3.0 * x * x,),
    ...     points=[-1.5, 0.5, 2.0], replace=True)
    >>> x = Value(2.0)
    >>> cubed(x).backward()
    >>> x.grad
    12.0
    """
    _check_name(name, replace)
    for role, function in (("forward", forward), ("partials", partials)):
        if not callable(function):
            raise OperationError(
                f"primitive {name!r} expects {role} to be a function, got {function!r}; "
                "write lambda m, ...: ..."
            )
    _check_facts(name, arity, kink, settings, symbol)
    row = Operation(
        name=name,
        forward=_as_float(forward),
        partials=_as_floats(name, partials),
        why=why,
        symbol=symbol,
        latex=latex,
        arity=arity,
        domain=_as_domain(name, domain, arity),
        kink=kink,
        points=_as_points(name, points, arity),
        settings=dict(settings or {}),
        saturates=saturates,
    )
    _try_it(row)
    add_row(row)
    return function_of(name)


def _is_name(text: str) -> bool:
    return text.isidentifier() and not keyword.iskeyword(text) and text != "__debug__"


def _check_name(name: str, replace: bool) -> None:
    if not isinstance(name, str) or not _is_name(name):
        raise OperationError(
            f"primitive expects a name that a function could have, got {name!r}; write 'my_op'"
        )
    if name in _BUILT_IN:
        raise OperationError(
            f"primitive expects a new name, got {name!r}, which is built in; choose another name"
        )
    if name in TABLE and not replace:
        raise OperationError(
            f"primitive expects a new name, got {name!r}, which is in the table already; choose "
            "another name, or pass replace=True to take its place"
        )


def _check_facts(
    name: str, arity: object, kink: object, settings: Mapping[str, float] | None, symbol: str
) -> None:
    if arity is not None and (not isinstance(arity, int) or arity < 1):
        raise OperationError(
            f"primitive {name!r} expects an arity of at least 1, or None for any number of "
            f"operands, got {arity!r}; write arity=2 for two"
        )
    if kink is not None and not callable(kink):
        raise OperationError(
            f"primitive {name!r} expects kink to be a function, got {kink!r}; "
            "write lambda x: x for a kink at 0"
        )
    if settings is not None and not isinstance(settings, Mapping):
        raise OperationError(
            f"primitive {name!r} expects settings as a mapping from name to default, got "
            f"{settings!r}; write settings={{'slope': 0.1}}"
        )
    for setting, default in (settings or {}).items():
        # a compiled program's text has it as the name of an argument
        if not isinstance(setting, str) or not _is_name(setting):
            raise OperationError(
                f"primitive {name!r} expects settings with names that an argument could have, got "
                f"{setting!r}; write settings={{'slope': 0.1}}"
            )
        as_float(default, f"primitive {name!r}, setting {setting!r},")
    try:
        symbol.format(**(settings or {}))
    except (AttributeError, LookupError, ValueError):
        raise OperationError(
            f"primitive {name!r} expects a symbol with no braces but those around a setting, got "
            f"{symbol!r}; double a brace that is meant as one"
        ) from None


def _as_domain(
    name: str, domain: Sequence[Interval] | None, arity: int | None
) -> tuple[Interval, ...]:
    if domain is None:
        return (REALS,) * (arity or 1)
    try:
        intervals = tuple((float(low), float(high)) for low, high in domain)
    except (TypeError, ValueError):
        intervals = ()
    if len(intervals) != (arity or 1):
        raise OperationError(
            f"primitive {name!r} expects a domain of {arity or 1} intervals, one for each operand, "
            f"got {domain!r}; write domain=[(0.0, math.inf)] for one"
        )
    return intervals


def _as_points(
    name: str, points: Iterable[float | Sequence[float]], arity: int | None
) -> tuple[tuple[float, ...], ...]:
    try:
        listed = [] if isinstance(points, (str, bytes)) else [
            tuple(p) if isinstance(p, Sequence) and not isinstance(p, (str, bytes)) else (p,)
            for p in points
        ]  # fmt: skip
    except TypeError:
        listed = []
    if not listed:
        raise OperationError(
            f"primitive {name!r} expects at least one point to check it at, got {points!r}; "
            "write points=[0.5, 2.0]"
        )
    for point in listed:
        if arity is not None and len(point) != arity:
            raise OperationError(
                f"primitive {name!r} has arity {arity}, but the point {point} has {len(point)} "
                "operands; give one tuple for each trial"
            )
    return tuple(tuple(as_float(x, f"primitive {name!r}, points,") for x in p) for p in listed)


def _as_float(forward: Callable[..., Any]) -> Callable[..., Any]:
    """The user's forward, with a float where it gives a whole number, such as a plain 1."""

    def checked(m: Any, *xs: Any, **settings: float) -> Any:
        y = forward(m, *xs, **settings)
        return float(y) if isinstance(y, int) else y

    return checked


def _as_floats(name: str, partials: Callable[..., Any]) -> Callable[..., Any]:
    """The user's partials, held to one for each operand, and floats where they are whole."""

    def checked(m: Any, y: Any, *xs: Any, **settings: float) -> tuple[Any, ...]:
        result = partials(m, y, *xs, **settings)
        if not isinstance(result, tuple) or len(result) != len(xs):
            raise OperationError(
                f"primitive {name!r} expects partials to return a tuple of {len(xs)}, one for each "
                f"operand, got {result}; write lambda m, y, x: (slope,)"
            )
        return tuple([float(p) if isinstance(p, int) else p for p in result])

    return checked


def _try_it(row: Operation) -> None:
    """Compare the derivative with differences of the value, at every point."""
    for point in row.points:
        y, partials = _value_and_partials(row, point)
        for slot, analytic in enumerate(partials):
            step = 1e-5 * max(1.0, abs(point[slot]))
            ahead, behind = (
                _value_and_partials(row, (*point[:slot], point[slot] + h, *point[slot + 1 :]))[0]
                for h in (step, -step)
            )
            numeric = (ahead - behind) / (2.0 * step)
            if not math.isclose(analytic, numeric, rel_tol=1e-6, abs_tol=1e-6 * max(1.0, abs(y))):
                raise OperationError(
                    f"primitive {row.name!r}: at {point} the derivative for operand {slot} is "
                    f"given as {analytic:.9g}, but differences of forward give {numeric:.9g}; "
                    "mend partials, or choose points inside the domain and away from kinks"
                )


def _value_and_partials(row: Operation, point: tuple[float, ...]) -> tuple[float, Sequence[float]]:
    # the row is not in the table yet, so its settings are not bound to it
    trial = Operation(
        row.name,
        lambda m, *xs: row.forward(m, *xs, **row.settings),
        lambda m, y, *xs: row.partials(m, y, *xs, **row.settings),
        row.why,
    )
    y, partials = evaluate(trial, point)
    for what, x in (("forward", y), *(("partials", p) for p in partials)):
        if not isinstance(x, float):
            raise OperationError(
                f"primitive {row.name!r} expects {what} to give one number at {point}, got {x!r}; "
                "write it with the functions of m, and + - * /"
            )
    return y, partials
