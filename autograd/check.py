"""``check_gradients``: are the derivatives right? Analytic against numeric, input by input."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from autograd.errors import ArgumentError, InputError
from autograd.gradients import grad
from autograd.graph import depends_on, interior
from autograd.scalars import Number, as_float
from autograd.value import Value

_LEAST_STEP = 1e-3  # relative; with the fourth-order formula its error is about 1e-12


@dataclass(frozen=True)
class Row:
    """One input's derivative: as the chain rule has it, and as differences have it."""

    name: str
    at: float
    analytic: float
    numeric: float
    error: float  # relative to the larger of the two, and to 1e-6 of the output's size
    kink: str  # where the function bends or breaks, in words; empty where it is smooth
    ok: bool


@dataclass(frozen=True)
class Report:
    """What ``check_gradients`` found; ``print`` it for a table."""

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


def check_gradients(
    f: Callable[..., Value], xs: Sequence[Value | Number], *, tolerance: float = 1e-6
) -> Report:
    """Compare the gradient of ``f(*xs)`` with differences of its values, a row for each input.

    ``xs`` are numbers, or Values that f already holds, such as a model's parameters: those are
    nudged one at a time and put back. Differences are central, of fourth order. A kink within
    reach of the step is recognised by one-sided differences that do not meet; there any
    subgradient is right, and the row names the operation that bends.
    ``tolerance`` is the relative error up to which a row is ok.

    >>> from autograd import check_gradients
    >>> report = check_gradients(lambda a, b: (a * b).tanh(), [0.5, -1.5])
    >>> report.ok, report.max_error < 1e-9
    (True, True)
    """
    tolerance = as_float(tolerance, "check_gradients tolerance")
    if not tolerance > 0.0:
        raise ArgumentError(f"check_gradients expects a tolerance above 0, got {tolerance!r}")
    inputs = _as_inputs(xs)
    output = _call(f, inputs)
    analytic = grad(output, inputs)
    rows = [_row(f, inputs, i, output, slope.data, tolerance) for i, slope in enumerate(analytic)]
    return Report(tuple(rows), tolerance)


def _as_inputs(xs: Sequence[Value | Number]) -> list[Value]:
    if isinstance(xs, (Value, int, float)):
        raise InputError(f"check_gradients expects a list of inputs, got {xs!r}; write [{xs!r}]")
    inputs = [x if isinstance(x, Value) else Value(x, name=f"x{i}") for i, x in enumerate(xs)]
    for i, x in enumerate(inputs):
        if x.parents:
            raise InputError(
                f"check_gradients expects inputs that nothing computed, got input {i}: {x!r}; "
                "pass the leaves, or x.data"
            )
        if not math.isfinite(x.data):
            raise ArgumentError(
                f"check_gradients expects finite inputs, got input {i}: {x.data}; "
                "differences are of no use there"
            )
    return inputs


def _call(f: Callable[..., Any], inputs: Sequence[Value]) -> Value:
    output = f(*inputs)
    if not isinstance(output, Value):
        raise InputError(
            f"check_gradients expects a function that returns one Value, got {output!r}; "
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
    f: Callable[..., Any],
    inputs: Sequence[Value],
    i: int,
    output: Value,
    analytic: float,
    tolerance: float,
) -> Row:
    x = inputs[i]
    step = _LEAST_STEP * max(1.0, abs(x.data))
    moved: dict[int, Value] = {0: output}
    for multiple in (-2, -1, 1, 2):
        with _moved(x, x.data + multiple * step):
            moved[multiple] = _call(f, inputs)
    at = {multiple: value.data for multiple, value in moved.items()}
    numeric = (8.0 * (at[1] - at[-1]) - (at[2] - at[-2])) / (12.0 * step)
    kink = _kink(x, moved)
    ok = bool(kink) and _is_subgradient(f, inputs, i, at[0], analytic)
    error = _relative_error(analytic, numeric, at[0])
    return Row(x.name or f"x{i}", x.data, analytic, numeric, error, kink, ok or error <= tolerance)


def _relative_error(analytic: float, numeric: float, output: float) -> float:
    if analytic == numeric:
        return 0.0
    # differences of numbers of this size cannot see slopes below it
    floor = 1e-6 * max(abs(output), 1e-6)
    error = abs(analytic - numeric) / max(abs(analytic), abs(numeric), floor)
    return error if error == error else math.inf


def _kink(x: Value, moved: dict[int, Value]) -> str:
    """The first operation between x and the output whose side of a kink changes with x."""
    graphs = {multiple: interior(value) for multiple, value in moved.items()}
    here = graphs[0]
    if len({len(graph) for graph in graphs.values()}) > 1:
        return "the graph itself changes its form near here"
    between = depends_on(moved[0], {x})
    for place, node in enumerate(here):
        kink = node._operation.kink if node._operation else None
        if kink is None or node not in between:
            continue
        sides = []
        for graph in graphs.values():
            other = graph[place]
            if other._operation is not node._operation:
                return "the graph itself changes its form near here"
            side = kink(*[parent.data for parent in other.parents])
            sides.append((side > 0.0) - (side < 0.0))
        if len(set(sides)) > 1:
            label = node._operation.label if node._operation else ""
            operands = ", ".join(p.name or f"{p.data:.4g}" for p in node.parents)
            return f"{label} of {operands}"
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
