"""``evaluate``: an operation at floats, by IEEE 754's rules."""

from __future__ import annotations

from collections.abc import Sequence

from autograd.core.arithmetic import FLOATS
from autograd.core.array_arithmetic import EDGES
from autograd.core.operation import Operation


def evaluate(operation: Operation, xs: Sequence[float]) -> tuple[float, tuple[float, ...]]:
    """An operation's value and its local derivatives at floats.

    Python's floats come first; only where they raise is the same row evaluated in NumPy's, under
    silenced warnings. So nothing is slowed down, and every row has the same edges.
    """
    try:
        y = operation.forward(FLOATS, *xs)
        return y, operation.partials(FLOATS, y, *xs)
    except (ArithmeticError, ValueError):
        import numpy

        points = [numpy.float64(x) for x in xs]
        with numpy.errstate(all="ignore"):
            y = operation.forward(EDGES, *points)
            partials = operation.partials(EDGES, y, *points)
            return float(y), tuple(float(p) for p in partials)
