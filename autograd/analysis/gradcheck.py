"""``check_gradients``: are the derivatives right? Analytic against numeric, input by input."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from autograd.core import modes
from autograd.core.grad import grad
from autograd.core.graph import interior
from autograd.core.number_arguments import Number, as_float
from autograd.core.operation import Operation
from autograd.core.value import Value
from autograd.errors import ArgumentError, GraphError, InputError, brief

# Relative steps; with the fourth-order formula the error of the first is about 1e-12. All are
# powers of two, so that x + step is exact.
_FIRST_STEP = 2.0**-10
_FINER_STEPS = tuple(_FIRST_STEP / 8.0**k for k in range(1, 11))
_ROUNDING = 2.0**-53
_MOST_DOUBT = 1e-4  # of a slope, whatever differences say of themselves

Form = list[tuple[Operation, int]]
T = TypeVar("T")


@dataclass(frozen=True)
class Row:
    """One input's derivative: as the chain rule has it, and as differences have it."""

    name: str
    at: float
    analytic: float
    numeric: float
    # relative to the larger of the two, and to 1e-6 of the output's size; what differences leave
    # in doubt, up to 1e-4, does not count
    error: float
    kink: str  # where the function bends or breaks, in words; empty where it is smooth
    ok: bool


@dataclass(frozen=True, repr=False)
class Report:
    """What ``check_gradients`` found; a REPL shows it as a table."""

    rows: tuple[Row, ...]
    tolerance: float

    @property
    def ok(self) -> bool:
        """Whether every derivative agrees (at a kink: lies between the two one-sided ones)."""
        return all(row.ok for row in self.rows)

    @property
    def max_error(self) -> float:
        """The largest relative error among inputs that are not at a kink."""
        return max((row.error for row in self.rows if not row.kink), default=0.0)

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        lines = [f"{'input':<14}{'at':>12}{'analytic':>18}{'numeric':>18}{'error':>10}"]
        for row in self.rows:
            verdict = "" if row.ok else "  WRONG"
            note = f"  kink: {row.kink}" if row.kink else ""
            lines.append(
                f"{row.name[:14]:<14}{row.at:>12.6g}{row.analytic:>18.10g}"
                f"{row.numeric:>18.10g}{row.error:>10.1e}{verdict}{note}"
            )
        state = "all agree" if self.ok else "NOT all agree"
        return "\n".join([*lines, f"{state} within {self.tolerance:g}"])

    __repr__ = __str__


def check_gradients(
    f: Callable[..., Value], xs: Sequence[Value | Number], *, tolerance: float = 1e-6
) -> Report:
    """Compare the gradient of ``f(*xs)`` with differences of its values, a row for each input.

    ``xs`` are numbers, or Values that f already holds, such as a model's parameters: those are
    nudged one at a time and put back. Differences are central, of fourth order, and repeated with
    finer steps where the first disagree. A kink within reach of the step is recognised by an
    operation that changes its side of it; there any slope between the two one-sided ones is right,
    and the row names the operation that bends. ``tolerance`` is the relative error up to which a
    row is ok.

    >>> from autograd import check_gradients
    >>> report = check_gradients(lambda a, b: (a * b).tanh(), [0.5, -1.5])
    >>> report.ok, report.max_error < 1e-9
    (True, True)
    """
    tolerance = as_float(tolerance, "check_gradients tolerance")
    if not tolerance > 0.0:
        raise ArgumentError(
            f"check_gradients expects a tolerance above 0, got {tolerance!r}; leave it out for 1e-6"
        )
    if not callable(f):
        raise InputError(
            f"check_gradients expects a function, got {brief(f)}; write lambda a, b: ..., "
            "so that it can be called again near the inputs"
        )
    if not modes.current().recording:
        raise GraphError(
            "check_gradients expects to record the function's operations, and a no_grad() block "
            "is open; leave the block first"
        )
    inputs = _as_inputs(xs)
    output = _call(f, inputs)
    analytic = grad(output, inputs)
    rows = [_row(f, inputs, i, output, slope.data, tolerance) for i, slope in enumerate(analytic)]
    return Report(tuple(rows), tolerance)


def _as_inputs(xs: Sequence[Value | Number]) -> list[Value]:
    try:
        listed = None if isinstance(xs, (str, bytes)) else list(xs)
    except TypeError:
        listed = None
    if listed is None:
        raise InputError(
            f"check_gradients expects a list of inputs, got {brief(xs)}; write [a, b], or [a] for "
            "one"
        )
    inputs = [
        x if isinstance(x, Value) else Value(as_float(x, "check_gradients"), name=f"x{i}")
        for i, x in enumerate(listed)
    ]
    for i, x in enumerate(inputs):
        if x.parents:
            raise InputError(
                f"check_gradients expects inputs that nothing computed, got input {i}: {x!r}; "
                "pass the leaves, or x.data"
            )
        if not math.isfinite(x.data):
            raise ArgumentError(
                f"check_gradients expects finite inputs, got input {i}: {x.data}; "
                "choose a point where differences can be taken"
            )
    return inputs


def _call(f: Callable[..., Any], inputs: Sequence[Value]) -> Value:
    output = f(*inputs)
    if not isinstance(output, Value):
        raise InputError(
            f"check_gradients expects a function that returns one Value, got {brief(output)}; "
            "sum a list with autograd.sum, and use autograd.exp rather than math.exp"
        )
    return output


@contextmanager
def _moved(x: Value, to: float) -> Iterator[None]:
    before = x.data
    x.data = to
    try:
        yield
    finally:
        x.data = before


def _row(
    f: Callable[..., Any], inputs: Sequence[Value], i: int, output: Value, analytic: float,
    tolerance: float,
) -> Row:  # fmt: skip
    x = inputs[i]
    scale = 2.0 ** math.frexp(max(1.0, abs(x.data)))[1] / 2.0
    near = _near(f, inputs, x, _FIRST_STEP * scale, lambda value: (value.data, _form(value)))
    numeric = _difference({k: data for k, (data, _) in near.items()}, _FIRST_STEP * scale)
    kink = _kink(output, [form for _, form in near.values()])
    ok = bool(kink) and _is_subgradient(f, inputs, i, output.data, analytic)
    error = _relative_error(analytic, numeric, output.data)
    if not kink and error > tolerance:
        numeric, doubt = _finer_difference(f, inputs, x, scale, numeric)
        error = _relative_error(analytic, numeric, output.data, doubt)
    return Row(x.name or f"x{i}", x.data, analytic, numeric, error, kink, ok or error <= tolerance)


def _near(
    f: Callable[..., Any], inputs: Sequence[Value], x: Value, step: float,
    read: Callable[[Value], T],
) -> dict[int, T]:  # fmt: skip
    """What is read off the outputs with x moved by -2, -1, 1 and 2 steps, while it is moved."""
    found: dict[int, T] = {}
    for multiple in (-2, -1, 1, 2):
        with _moved(x, x.data + multiple * step):
            found[multiple] = read(_call(f, inputs))
    return found


def _difference(at: dict[int, float], step: float) -> float:
    return (8.0 * (at[1] - at[-1]) - (at[2] - at[-2])) / (12.0 * step)


def _finer_difference(
    f: Callable[..., Any], inputs: Sequence[Value], x: Value, scale: float, numeric: float
) -> tuple[float, float]:
    """The difference that is surest in itself, whatever the analytic derivative says; its doubt.

    Too large a step misses the curve, or leaves the domain; too small a one drowns in rounding.
    So each is compared with the one before it, and the least doubtful is kept. Source: Ridders,
    "Accurate computation of F'(x) and F'(x) F''(x)", Advances in Engineering Software, 1982.
    """
    least_doubt = math.inf
    chosen = before = numeric
    for step in (relative * scale for relative in _FINER_STEPS):
        at = _near(f, inputs, x, step, float)
        now = _difference(at, step)
        doubt = abs(now - before) + _ROUNDING * max(map(abs, at.values())) / step
        if doubt < least_doubt:  # never so for nan
            least_doubt, chosen = doubt, now
        before = now
    return chosen, least_doubt if least_doubt < math.inf else 0.0


def _relative_error(analytic: float, numeric: float, output: float, doubt: float = 0.0) -> float:
    if analytic == numeric:
        return 0.0
    # differences of numbers of this size cannot see slopes below it
    floor = 1e-6 * max(abs(output), 1e-6)
    size = max(abs(analytic), abs(numeric), floor)
    error = (abs(analytic - numeric) - min(doubt, _MOST_DOUBT * size)) / size
    return max(error, 0.0) if error == error else math.inf


def _form(output: Value) -> Form:
    """The operations of a graph in order, and which side of its kink each of them is on."""
    form = []
    for node in interior(output):
        operation = node._operation
        assert operation is not None  # it has parents, so an operation made it
        bend = operation.kink(*[p.data for p in node.parents]) if operation.kink else 0.0
        form.append((operation, (bend > 0.0) - (bend < 0.0)))
    return form


def _kink(output: Value, near: Sequence[Form]) -> str:
    """The first operation that is on another side of its kink near here than here."""
    here = _form(output)
    operations = [operation for operation, _ in here]
    if any([operation for operation, _ in form] != operations for form in near):
        return "the graph itself changes its form near here"
    for node, *sides in zip(interior(output), here, *near, strict=True):
        if len(set(sides)) > 1:
            operands = ", ".join(p.name or f"{p.data:.4g}" for p in node.parents)
            return f"{sides[0][0].label} of {operands}"
    return ""


def _is_subgradient(
    f: Callable[..., Any], inputs: Sequence[Value], i: int, here: float, analytic: float
) -> bool:
    """Whether a slope lies between the one-sided ones, measured close to the kink."""
    x = inputs[i]
    step = 1e-7 * max(1.0, abs(x.data))
    slopes = []
    for signed in (-step, step):
        with _moved(x, x.data + signed):
            slopes.append((_call(f, inputs).data - here) / signed)
    slack = 1e-5 * max(1.0, *map(abs, slopes))
    return min(slopes) - slack <= analytic <= max(slopes) + slack
