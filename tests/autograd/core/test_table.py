"""Every row of the table against mpmath: values, derivatives, and derivatives of those.

A result may be off by 1e-13 of itself. Only where the function itself is ill-conditioned, as the
slope of GELU is near its zero, may it be off by what moving an operand by two ulps does to the
exact result, and never by more than 1e-11: so a saturated slope that comes out as 0, or a share
that lost half its digits to rounding, is a fault. Operands are taken as the exact floats.

A new row needs one line here, in ORACLE: its definition in mpmath.
"""

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from mpmath import mp, mpc, mpf

from autograd import Value, grad
from autograd.core.evaluate import evaluate
from autograd.core.operation import TABLE, Operation
from autograd.core.value import apply
from autograd.functions.functions import FUNCTIONS

# Rows that come with the package: other tests may have added primitives by now.
ROWS = [row for row in TABLE.values() if row.name in FUNCTIONS or not row.is_function]
EVERY_ROW = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)


def sigmoid(x: mpf) -> mpf:
    return 1 / (1 + mp.exp(-x))


def erfc(x: mpf) -> mpf:  # beyond 100 it is 0 or 2 to four thousand digits
    return mp.erfc(x) if abs(x) < 100 else 1 - mp.sign(x)


def gamma(x: mpf) -> mpf:
    if abs(x) < 1e6:
        return mp.gamma(x)
    if x < 0 and mp.isint(x):
        raise ValueError("a pole")
    return mp.inf if x > 0 else mp.zero


def lgamma(x: mpf) -> mpf:
    if x > 0:
        return mp.loggamma(x)
    return mp.log(mp.pi / abs(mp.sinpi(x))) - mp.loggamma(1 - x)


def polygamma(x: mpf, order: float = 1.0) -> mpf:
    if abs(x) > 1e4:
        raise ValueError("mpmath would take minutes")
    return mp.polygamma(int(order), x)


def logsumexp(*xs: mpf) -> mpf:
    top = max(xs)
    return top + mp.log(mp.fsum(mp.exp(x - top) for x in xs))


def choose(index: mpf, *xs: mpf) -> mpf:
    k = mp.nint(index)
    return xs[int(k)] if abs(index - k) < mpf("0.01") and 0 <= k < len(xs) else mp.nan


ORACLE: dict[str, Callable[..., mpf]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "neg": lambda x: -x,
    "sum": lambda *xs: mp.fsum(xs),
    "prod": lambda *xs: mp.fprod(xs),
    "**": mp.power,
    "**n": lambda x, exponent=2.0: mp.power(x, exponent),
    "exp": mp.exp,
    "exp2": lambda x: mp.power(2, x),
    "expm1": mp.expm1,
    "log": mp.log,
    "log1p": mp.log1p,
    "log2": lambda x: mp.log(x) / mp.log(2),
    "log10": mp.log10,
    "sqrt": mp.sqrt,
    "cbrt": lambda x: mp.sign(x) * mp.root(abs(x), 3),
    "logsumexp": logsumexp,
    "sin": mp.sin,
    "cos": mp.cos,
    "tan": mp.tan,
    "asin": mp.asin,
    "acos": mp.acos,
    "atan": mp.atan,
    "atan2": mp.atan2,
    "hypot": lambda *xs: mp.sqrt(mp.fsum(x * x for x in xs)),
    "degrees": mp.degrees,
    "radians": mp.radians,
    "sinh": mp.sinh,
    "cosh": mp.cosh,
    "tanh": mp.tanh,
    "asinh": mp.asinh,
    "acosh": mp.acosh,
    "atanh": mp.atanh,
    "erf": lambda x: mp.erf(x) if abs(x) < 100 else mp.sign(x),
    "erfc": erfc,
    "gamma": gamma,
    "lgamma": lgamma,
    "digamma": mp.digamma,
    "polygamma": polygamma,
    "abs": abs,
    "relu": lambda x: max(x, mp.zero),
    "leaky_relu": lambda x, slope=0.01: x if x > 0 else mpf(slope) * x,
    "elu": lambda x, alpha=1.0: x if x > 0 else mpf(alpha) * mp.expm1(x),
    "gelu": lambda x: x * erfc(-x / mp.sqrt(2)) / 2,
    "silu": lambda x: x * sigmoid(x) if x > -1e6 else mp.zero,
    "softplus": lambda x: mp.log1p(mp.exp(x)) if x < 1e6 else x,
    "sigmoid": lambda x: sigmoid(x) if x > -1e6 else mp.zero,
    "maximum": max,
    "minimum": min,
    "where": lambda condition, a, b: a if condition > 0 else b,
    "choose": choose,
}  # fmt: skip

# Sizes to try, with both signs: tiny, around 1, past every function's saturation, huge. Products
# of three stay in range, so that no order of multiplication overflows.
SIZES = (
    5e-324, 1e-310, 1e-300, 1e-160, 1e-20, 1e-8, 1e-3, 0.1, 0.5, 0.75, 0.9, 1 - 1e-12, 1.0,
    1 + 1e-12, 1.2, 1.4616, 1.9999, 2.5, math.pi, 3.7, 5.5, 8.3, 12.25, 16.3, 19.1, 20.5, 26.5,
    30.1, 37.0, 38.4, 40.0, 100.3, 170.6, 300.7, 350.1, 700.0, 709.7, 710.4, 745.0, 12345.6789,
    1e8, 1e15 + 0.5, 1e100, 1e154, 1e200, 1e300, 1.7e308,
)  # fmt: skip
ONES = [0.0, *SIZES, *(-x for x in SIZES)]
HALVES = (1e-300, 1e-8, 0.5, 1 - 1e-12, 3.0, 40.0, 700.0, 1e8, 1e200)
PAIRS = list(itertools.product([0.0, *HALVES, *(-x for x in HALVES)], repeat=2))
LISTS = [
    (1e-100, 1e-8, 40.0), (700.0, -745.0, 1.0), (1e8, 1e8, 1e8), (1e100, -0.3, 1e100),
    (0.0, 2.0, -3.0), (0.0, 0.0, 5.0), (-40.0, 0.0, 0.5), (1.0, 1.0, 1.0 + 1e-12),
    (1e8, 1e8 - 3.0, 2.0),
]  # fmt: skip
# pairs behind a small number, which may be a condition or an index
TRIPLES = [(k, a, b) for k in (0.0, 1.0, -0.3) for a, b in PAIRS[::9]]


def wide_points(row: Operation) -> Iterator[tuple[float, ...]]:
    """The row's own points and many more in its domain, except at kinks."""
    several = [(3.0,), *PAIRS[::3], *LISTS]
    many = {1: [(x,) for x in ONES], 2: PAIRS, 3: TRIPLES, None: several}[row.arity]
    for point in [*row.points, *many, *(TRIPLES if row.name == "choose" else [])]:
        domain = row.domain if row.arity else row.domain * len(point)
        inside = all(low < x < high for x, (low, high) in zip(point, domain, strict=True))
        if inside and not (row.kink and row.kink(*point) == 0.0):
            yield point


def definition(row: Operation) -> Callable[..., mpf]:
    if row.name not in ORACLE:
        pytest.fail(f"add the oracle of {row.name!r}: its definition in mpmath, one line in ORACLE")
    return ORACLE[row.name]


def differences(f: Any, xs: Sequence[mpf], slots: tuple[int, ...], h: mpf) -> mpf:
    """Central differences, one slot after the other; exact in effect, given enough digits."""
    if not slots:
        return f(*xs)
    first, *rest = slots
    ahead, behind = (
        differences(f, [x + s * h if i == first else x for i, x in enumerate(xs)], tuple(rest), h)
        for s in (1, -1)
    )
    return (ahead - behind) / (2 * h)


def exact(f: Any, xs: Sequence[Any], slots: tuple[int, ...] = ()) -> mpf | None:
    """f or its derivative to 25 digits: with steps ever smaller until two agree on them.

    None if they never do, as at a branch cut. A zero has to stand with 240 digits and more, since
    a slope as small as 1e-300 is only seen with so many.
    """
    sizes = [abs(mpf(x)) for x in xs if x] or [mp.one]
    scale, orders = min(mp.one, *sizes), int(abs(mp.log10(max(sizes)))) + 1
    before = None
    for digits in (15, 30, 60, 120, 240, 480):
        with mp.workdps((len(slots) + 2) * digits + orders + int(-mp.log10(scale))):
            got = differences(f, [mpf(x) for x in xs], slots, scale * mpf(10) ** -digits)
            if before is not None:
                if got and abs(got - before) <= mpf(10) ** -25 * abs(got):
                    return got
                if digits >= 240 and max(abs(got), abs(before)) < mpf(10) ** -345:
                    return mp.zero
            before = got
    return None


def fault(got: float, f: Any, xs: Sequence[float], slots: tuple[int, ...]) -> str:
    """What is wrong with a result, in words; empty if it is right."""
    want = exact(f, xs, slots)
    if want is None or isinstance(want, mpc) or (got == want and not slots):
        return ""
    largest = mpf(1.7976931348623157e308)
    if abs(want) > largest * (1 - mpf(10) ** -13) and got == math.copysign(math.inf, want):
        return ""
    # below the smallest normal number digits run out
    if math.isfinite(got) and abs(got - want) <= mpf(10) ** -13 * max(abs(want), mpf(2) ** -1022):
        return ""
    moved = [[*xs[:i], mpf(x) * (1 + mpf(2) ** -51), *xs[i + 1 :]] for i, x in enumerate(xs)]
    nearby = [exact(f, point, slots) for point in moved]
    slack = max(abs((x if x is not None else want) - want) for x in nearby)
    if math.isfinite(got) and abs(got - want) <= min(slack, mpf(10) ** -11 * abs(want)):
        return ""
    which = f"the derivative for operand {slots}" if slots else "the value"
    return f"at {xs} {which} is {got!r}, but mpmath has {mp.nstr(want, 17)}"


@EVERY_ROW
def test_values_and_derivatives_agree_with_mpmath_at_all_sizes(row: Operation) -> None:
    f, faults, compared = definition(row), [], 0
    for point in wide_points(row):
        try:
            if not mp.isfinite(f(*map(mpf, point))):
                continue
        except (ValueError, ZeroDivisionError):  # a pole: see test_ops_edges.py
            continue
        compared += 1
        y, partials = evaluate(row, point)
        faults.append(fault(y, f, point, ()))
        faults += [fault(slope, f, point, (i,)) for i, slope in enumerate(partials)]
    assert compared >= 20, f"{row.name}: its domain holds too few of the points"
    assert not any(faults), "\n".join(filter(None, faults[:400]))


def close(got: float, want: mpf, digits: int) -> bool:
    return bool(abs(got - want) <= mpf(10) ** -digits * max(abs(want), mpf("0.01")))


@EVERY_ROW
def test_second_derivatives_agree_with_mpmath(row: Operation) -> None:
    f = definition(row)
    for point in row.points:
        xs = [Value(x) for x in point]
        for i, first in enumerate(grad(apply(row, *xs), xs)):
            for j, second in enumerate(grad(first, xs)):
                with mp.workdps(160):
                    want = differences(f, [mpf(x) for x in point], (i, j), mpf(10) ** -40)
                assert close(second.data, want, 13), (point, i, j, second.data, want)


@pytest.mark.parametrize("row", [r for r in ROWS if r.arity == 1], ids=lambda row: row.name)
def test_third_derivatives_agree_with_mpmath(row: Operation) -> None:
    f = definition(row)
    for point in row.points:
        x = [Value(point[0])]
        first = grad(apply(row, *x), x)
        third = grad(grad(first[0], x)[0], x)[0].data
        with mp.workdps(200):
            want = differences(f, [mpf(point[0])], (0, 0, 0), mpf(10) ** -40)
        assert close(third, want, 12), (point, third, want)


def test_a_row_without_an_oracle_fails_with_a_message() -> None:
    with pytest.raises(pytest.fail.Exception, match="add the oracle of 'nobody'"):
        definition(Operation("nobody", lambda m, x: x, lambda m, y, x: (1.0,), "none"))
