"""What mathematics says of a smooth program: mpmath with many digits, and nothing of ours.

Derivatives are central differences of the whole program, so they know no chain rule and no row's
derivative. Steps of 1e-30 are off by about 1e-60, and there are digits enough to see that.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mpmath import mp, mpf

from tests.autograd.core.test_table import ORACLE, differences
from tests.properties.programs import Line, Program

STEP = mpf(10) ** -30
_CURVED = mpf(10) ** -45  # the step's square, times what a third derivative may be


def _line(one: Line, operands: list[Any]) -> mpf:
    return ORACLE[one.row](*map(mpf, operands), **{k: mpf(v) for k, v in one.settings.items()})


def derivative(program: Program, slots: Sequence[int] = ()) -> mpf:
    """The output, or its derivative by the leaves ``slots``, one after the other."""

    def output(*xs: mpf) -> mpf:
        return program.walk(xs, _line)[-1]

    with mp.workdps(_digits(slots)):
        return differences(output, [mpf(x) for x in program.leaves], tuple(slots), STEP)


def _digits(slots: Sequence[int]) -> int:
    return 60 + 32 * len(slots)  # each difference takes thirty off


def fault(got: float, slack: float, program: Program, slots: Sequence[int] = ()) -> str:
    """What is wrong with a result that may be off by ``slack``; empty if nothing is."""
    want = derivative(program, slots)
    with mp.workdps(_digits(slots)):
        noise = mpf(10) ** -25 * abs(want) + _CURVED
        if mp.isfinite(got) and abs(got - want) <= slack + noise:
            return ""
    which = f"the derivative by leaves {tuple(slots)}" if slots else "the value"
    return f"{which} is {got!r}, but mpmath has {mp.nstr(want, 17)}, and {slack:.1e} is allowed"
