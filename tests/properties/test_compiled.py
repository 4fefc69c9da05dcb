"""Compiled against eager, and a batch against its rows one by one.

``agreement.py`` says how close two computations of the same numbers have to be, and why not to
the bit: NumPy sums in another order, and its functions differ from math's in the last digit.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

import autograd
from autograd import Value
from autograd.compiler.api import Compiled
from tests.autograd.compiler.agreement import Expected, batch_of, check_all, expected, mean_of
from tests.properties.programs import (
    ANY_NUMBER,
    COMFORTABLE,
    Program,
    examples,
    line,
    programs,
    smooth_programs,
)

Batch = list[tuple[list[float]]]  # of one argument, a vector


@st.composite
def batches(draw: Any) -> tuple[Program, int, Batch]:
    """A program, how many of its leaves are parameters, and examples of the others."""
    kinds = smooth_programs(fewest_leaves=2), programs(fewest_leaves=2)
    program = draw(st.one_of(*kinds))
    n = len(program.leaves)
    n_parameters = draw(st.one_of(st.integers(1, n - 1), st.sampled_from([n, 0])))
    if n_parameters == n:
        return program, n, []
    # where the program is smooth, it is so in the first row; the last one may be at an edge
    width = n - n_parameters
    others = draw(st.lists(st.lists(COMFORTABLE, min_size=width, max_size=width), max_size=2))
    last = draw(st.lists(ANY_NUMBER, min_size=width, max_size=width))
    rows = [[*program.leaves[n_parameters:]], *others, *([last] if draw(st.booleans()) else [])]
    return program, n_parameters, [(row,) for row in rows]


def compiled(program: Program, n_parameters: int, examples: Batch) -> Compiled:
    """The program as a function of its last leaves; the first ones are its parameters."""
    parameters = [Value(x) for x in program.leaves[:n_parameters]]
    if examples:
        return autograd.compile(lambda x: program.run([*parameters, *x])[-1])
    return autograd.compile(lambda: program.run(parameters)[-1])


EDGE = [line("cosh", 0), line("acosh", 1), line("acosh", 2), line("acos", 3), line("cbrt", 4)]


@examples(150)
@given(batches())
# acosh(acosh(cosh(1))) is 0 or nan, by the last bit: nothing can be asked of it
@example((Program([0.0], EDGE), 0, [([0.0],), ([1.0],)]))
def test_a_compiled_batch_is_its_graphs_and_its_rows_one_by_one(
    drawn: tuple[Program, int, Batch],
) -> None:
    f, rows = compiled(*drawn), drawn[2]
    check_all(f, rows)  # against the graphs
    if not rows:
        return
    theta, found = f.theta, []
    for row, got in zip(rows, f.map(*batch_of(rows)), strict=True):
        value, gradient = expected(f(*row), f.parameters)
        alone, slopes = f.value_and_grad(theta, *batch_of([row]))
        found.append((
            Expected(np.asarray(alone), value.slack, value.uneven),
            Expected(slopes, gradient.slack, gradient.uneven),
        ))  # fmt: skip
        found[-1][0].check(got, "a row of map")
    mean, slopes = f.value_and_grad(theta, *batch_of(rows))
    mean_of([one for one, _ in found], 1.0).check(mean, "the mean of the rows")
    mean_of([one for _, one in found], 1.0).check(slopes, "the mean of the rows' gradients")
