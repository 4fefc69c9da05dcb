"""Programs as text: what a function becomes, pass by pass, for tests to compare."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import autograd
from autograd import Value
from autograd.compiler.api import Compiled
from autograd.compiler.frontend.signature import Structure
from autograd.compiler.frontend.trace import trace
from autograd.compiler.ir.tape import Tape, verify
from autograd.compiler.lowering import groups
from autograd.compiler.lowering.groups import Grouped
from autograd.compiler.passes.scalar_passes import ScalarPass
from autograd.compiler.pipeline import PASSES, simplified

# every stage there may be, in order; those that change nothing are left out of a function's own
STAGES = ["trace", *PASSES]


def tape_of(fn: Callable[..., Any], **structures: Structure) -> Tape:
    """The tape of a function; x=() is an argument of one number, x=(3,) of three."""
    return trace(fn, structures).tape


def grouped(tape: Tape) -> Grouped:
    """The groups of a tape, simplified, with matrix products and segments found."""
    form: Any = simplified(tape)
    for one_pass in ("grouping", "matrix products", "sums of different lengths"):
        form = PASSES[one_pass](form)
    groups.verify(form)
    return form  # type: ignore[no-any-return]


def after(scalar_pass: ScalarPass, tape: Tape) -> list[str]:
    """The lines of a tape's text after a pass, which the verifier has let through."""
    before = str(tape)
    made = scalar_pass(tape)
    verify(made)
    assert str(tape) == before, "a pass changed the tape that it was given"
    return str(made).split("\n")


def vector(name: str, n: int) -> list[Value]:
    """Parameters name[0], name[1], ..., no two of them equal."""
    return [Value(0.3 + 0.1 * i, name=f"{name}[{i}]") for i in range(n)]


def matrix(name: str, rows: int, columns: int) -> list[list[Value]]:
    """Rows of parameters name[0,0], name[0,1], ..."""
    return [
        [Value(0.2 * i - 0.3 * j + 0.05, name=f"{name}[{i},{j}]") for j in range(columns)]
        for i in range(rows)
    ]


def batch(n: int, *shapes: Sequence[int]) -> list[Any]:
    """Random arrays with a leading axis of n examples."""
    generator = np.random.default_rng(0)
    return [generator.normal(size=(n, *shape)) for shape in shapes]


def compiled(fn: Callable[..., Any], *arrays: Any) -> Compiled:
    """The function, compiled for these arrays, and held to itself run eagerly on each example."""
    f = autograd.compile(fn)
    found = f.map(*arrays)
    examples = list(zip(*arrays, strict=True)) if arrays else [()]
    assert len(found) == len(examples)
    for example, row in zip(examples, found, strict=True):
        results = f(*example)
        listed = results if isinstance(results, list) else [results]
        eager = [r.data if isinstance(r, Value) else float(r) for r in listed]
        np.testing.assert_allclose(np.ravel(row), eager, rtol=1e-12, atol=1e-14)
    return f


def stage(name: str, fn: Callable[..., Any], *arrays: Any) -> list[str]:
    """The lines of a function's text after a pass; its numbers are checked on the way."""
    return text_after(compiled(fn, *arrays).stages(), name).split("\n")


def text_after(stages: dict[str, str], name: str) -> str:
    """The text after a pass: that of the nearest earlier one, if the pass has changed nothing."""
    return next(stages[s] for s in STAGES[STAGES.index(name) :: -1] if s in stages)
