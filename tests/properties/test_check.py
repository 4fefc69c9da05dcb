"""``check_gradients`` accepts what is right, and refuses one wrong local derivative."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from autograd import Value, check_gradients, grad
from autograd.analysis.gradcheck import _relative_error
from autograd.core.value import apply
from tests.autograd.compiler.agreement import expected
from tests.properties.programs import (
    Line,
    Program,
    examples,
    in_values,
    line,
    smooth_programs,
)


def falsified(program: Program, k: int, slot: int, factor: float) -> Any:
    """The program as a function, in which one local derivative of line k is multiplied."""

    row = program.lines[k].operation

    def partials(m: Any, y: Any, *xs: Any) -> tuple[Any, ...]:
        right = row.partials(m, y, *xs)
        return tuple([p * factor if i == slot else p for i, p in enumerate(right)])

    wrong = dataclasses.replace(row, partials=partials)

    def call(one: Line, operands: list[Any]) -> Any:
        if one is program.lines[k]:
            return apply(wrong, *operands)
        return in_values(one, operands)

    return lambda *xs: program.walk(xs, call)[-1]


def is_seen(output: Value, leaves: list[Value]) -> bool:
    """Whether rounding leaves differences six digits of each slope.

    ``expected`` tries errors of 1e-13, a thousand times what rounding does, and takes ten times
    what comes of them; a step of 1e-4 makes 1e4 times as much of an error in the value.
    """
    value, _ = expected(output, [])
    slopes = [abs(slope.data) or abs(output.data) for slope in grad(output, leaves)]
    return all(value.slack <= 1e-7 * slope for slope in slopes)


@examples(150)
@given(smooth_programs())
def test_every_right_gradient_is_accepted(program: Program) -> None:
    nodes = program.run()
    assume(is_seen(nodes[-1], nodes[: len(program.leaves)]))
    report = check_gradients(lambda *xs: program.run(xs)[-1], program.leaves)
    assert report.ok, report


def test_a_right_slope_is_not_refused_because_differences_have_too_few_digits() -> None:
    # 2e-6 behind a saturated tanh: found by the property above, when it asked for more
    lines = [line("acos", 0), line("neg", 1), line("digamma", 2), line("tanh", 3),
             line("*", 4, 0.75), line("atanh", 5)]  # fmt: skip
    report = check_gradients(lambda x: Program([], lines).run([x])[-1], [0.45])
    assert report.ok, report
    assert report.max_error < 1e-6


@examples(150)
@given(smooth_programs(), st.data(), st.sampled_from([-1.0, 0.0, 0.9, 1.01, 2.0, 1e3]))
def test_one_wrong_local_derivative_is_refused(program: Program, data: Any, factor: float) -> None:
    k = data.draw(st.integers(0, len(program.lines) - 1), label="line")
    slot = data.draw(st.integers(0, len(program.lines[k].operands) - 1), label="slot")
    f = falsified(program, k, slot, factor)
    xs = [Value(x) for x in program.leaves]
    right = [slope.data for slope in grad(program.run(xs)[-1], xs)]
    wrong = [slope.data for slope in grad(f(*xs), xs)]
    # seen only where it matters
    assume(any(abs(w - r) > 1e-3 * max(1.0, abs(r)) for w, r in zip(wrong, right, strict=True)))
    assert not check_gradients(f, program.leaves).ok


def test_what_differences_leave_in_doubt_excuses_at_most_a_ten_thousandth() -> None:
    assert _relative_error(1.0, 1.01, output=1.0, doubt=1e-3) == pytest.approx(0.01 / 1.01 - 1e-4)
    assert _relative_error(1.0, 1.01, output=1.0, doubt=1e-6) > 0.0099
    assert _relative_error(1.0, 1.00001, output=1.0, doubt=1e-3) == 0.0
    assert _relative_error(1.0, math.nan, output=1.0, doubt=1e-3) == math.inf
