"""Compiled against eager: how close two computations of the same numbers have to be.

The compiled program may sum in another order, share what is written twice, and use NumPy's
functions for math's. So it is not asked for the same bits, but for what a backward stable
computation gives: the numbers of the eager graph, had each of its operations been off by up to
1e-12 of its size. The size of a sum is that of what is summed, for values and for gradients alike;
so a sum that cancels may be off by 1e-12 of its terms, and nothing else may.

How far such errors reach is found by trying: the graph is computed again with random relative
errors of 1e-13 in every operation, and zeros of one sign, of the other and of any, each time with
all errors turned round as well (one side of an edge, and the other); ten times the largest change
is allowed. Where that decides whether a number is finite at all (a tie that rounding breaks, an
overflow, 1/0 or 1/-0) nothing is asked for. For float32 all of it is 1e8 times as much.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import Value
from autograd.compiler.api import Compiled
from autograd.core.evaluate import evaluate
from autograd.core.graph import interior
from autograd.core.operation import CONSTANT, Operation

RELATIVE = 1e-12
_TRIED = 1e-13
_TIMES = 10.0
# gradual underflow: below this, digits go whichever way a product is computed
_TINY = 1e-306
_SUMS = ("+", "-", "sum")
_EXACT = ("neg", "relu", "abs", "maximum", "minimum", "where", "choose")

Numbers = NDArray[np.float64]
Example = Sequence[Any]


@dataclass
class Expected:
    """What eager says, and how far from it a result may be: inf where it may be anything."""

    numbers: Numbers
    slack: Numbers
    # where eager is nan because the same thing was computed twice, or for several examples, with 0
    # times inf for one of them. Computed once, as the program does, it may be inf; never finite.
    uneven: Any = False

    def check(self, found: Any, what: str) -> None:
        """Raise AssertionError where a result is not what it should be."""
        got = np.asarray(found, dtype=np.float64)
        assert got.shape == self.numbers.shape, f"{what}: shape {got.shape}"
        with np.errstate(all="ignore"):
            far = np.abs(got - self.numbers) > self.slack
        finite = np.isfinite(self.numbers)
        same = (got == self.numbers) | (np.isnan(got) & np.isnan(self.numbers))
        odd = ~same & (np.isfinite(got) | ~np.asarray(self.uneven))
        wrong = (np.where(finite, far | ~np.isfinite(got), odd)) & ~np.isinf(self.slack)
        assert not wrong.any(), (
            f"{what}: compiled {got[wrong]}, eager {self.numbers[wrong]}, "
            f"allowed {self.slack[wrong]}, at {np.argwhere(wrong).tolist()[:5]}"
        )


def mean_of(parts: Sequence[Expected], loose: float) -> Expected:
    """The mean over examples of what is expected of each."""
    nans = [np.isnan(p.numbers) for p in parts]
    with np.errstate(all="ignore"):
        numbers = np.add.reduce([p.numbers for p in parts]) / len(parts)
        slack = np.add.reduce([p.slack for p in parts]) / len(parts)
        size = np.add.reduce([np.abs(p.numbers) for p in parts]) / len(parts)
        slack = slack + loose * RELATIVE * np.where(np.isfinite(size), size, 0.0)
    # a sum of finite numbers beyond 1.8e308 may also be taken as a mean, or not be needed at all
    slack = np.where(
        np.isfinite([p.numbers for p in parts]).all(axis=0) & ~np.isfinite(size), np.inf, slack
    )
    uneven = np.isnan(numbers) & ~np.all(nans, axis=0)
    return Expected(numbers, slack, np.any([uneven, *[p.uneven for p in parts]], axis=0))


# --- the eager graph, with errors -----------------------------------------------------------------

Line = tuple[Value, Operation, list[Value]]  # a node, its operation and its parents


def expected(
    output: Value, leaves: Sequence[Value], loose: float = 1.0
) -> tuple[Expected, Expected]:
    """The value of a graph and its gradient by some leaves, each with what it may be off by.

    ``loose`` multiplies all errors; above 1, as for float32, leaves have one as well.
    """
    lines = [(node, node._operation, list(node.parents)) for node in interior(output)]

    def trial(seed: int, direction: float) -> Numbers:
        generator = random.Random(seed)

        def choice() -> float:
            return generator.choice((-1.0, 1.0))

        def error() -> float:
            return direction * loose * _TRIED * generator.uniform(0.5, 1.0) * choice()

        sign = (lambda: 1.0, lambda: -1.0, choice)[seed]
        return _run(lines, output, leaves, error, sign, loose > 1.0)

    exact = _run(lines, output, leaves, lambda: 0.0)
    trials = np.array([trial(seed, turn) for seed in range(3) for turn in (1.0, -1.0)])
    with np.errstate(all="ignore"):
        changes = np.abs(trials - exact)
        slack = loose * RELATIVE * np.abs(exact) + _TIMES * changes.max(axis=0)
        slack += _TINY if loose == 1.0 else 1e-30
    unlike = np.isfinite(trials) != np.isfinite(exact)
    shaky = (unlike | (np.isinf(exact) & (trials != exact))).any(axis=0)
    slack = np.where(shaky, np.inf, np.where(np.isfinite(exact), slack, 0.0))
    uneven = np.isnan(exact)
    if uneven.any():
        once, result = _merged(lines, output)
        uneven &= ~np.isnan(_run(once, result, leaves, lambda: 0.0))
    return (
        Expected(exact[0], slack[0], uneven[0]), Expected(exact[1:], slack[1:], uneven[1:]),
    )  # fmt: skip


def _merged(lines: Sequence[Line], output: Value) -> tuple[list[Line], Value]:
    """The same with what is written twice computed once, as the compiler does."""
    first: dict[Any, Value] = {}
    moved: dict[Value, Value] = {}
    kept: list[Line] = []
    for node, row, parents in lines:
        moved_parents = [moved.get(p, p) for p in parents]
        places = [repr(p._data) if p._operation is CONSTANT else p for p in moved_parents]
        turned = row.name in ("+", "*") and id(places[0]) > id(places[1])
        key = (row, tuple(places[::-1] if turned else places))
        if key not in first:
            first[key] = node
            kept.append((node, row, moved_parents))
        moved[node] = first[key]
    return kept, moved.get(output, output)


def _run(
    lines: Sequence[Line],
    output: Value,
    leaves: Sequence[Value],
    error: Callable[[], float],
    sign: Callable[[], float] = lambda: 1.0,
    of_leaves: bool = False,
) -> Numbers:
    """The output and its derivatives, with relative errors, and zeros of these signs."""
    data: dict[Value, float] = {}
    if of_leaves:
        data = {p: p._data * (1.0 + error()) for _, _, parents in lines for p in parents}
    local: list[tuple[float, ...]] = []
    for node, row, parents in lines:
        xs = [data.get(p, p._data) for p in parents]
        y, partials = evaluate(row, xs)
        size = sum(map(abs, xs)) if row.name in _SUMS else abs(y)
        e = 0.0 if row.name in _EXACT else error()
        if e:
            y = (y + e * size if math.isfinite(size) else y) or math.copysign(0.0, sign())
            partials = tuple(
                [p if p in (0.0, 1.0, -1.0) else p * (1.0 + error()) for p in partials]
            )
        data[node] = y
        local.append(partials)
    gradient: dict[Value, float] = dict.fromkeys(leaves, 0.0)
    gradient[output] = 1.0
    for (node, _, parents), slopes in zip(reversed(lines), reversed(local), strict=True):
        upstream = gradient[node]
        for parent, slope in zip(parents, slopes, strict=True):
            passed = upstream * slope * (1.0 + error())
            gradient[parent] = gradient.get(parent, 0.0) + passed
    return np.array([data.get(output, output._data), *[gradient[leaf] for leaf in leaves]])


# --- one function, all ways -----------------------------------------------------------------------


def batch_of(examples: Sequence[Example]) -> list[Any]:
    """One array with a leading axis of examples for each argument."""
    return [np.array(argument, dtype=np.float64) for argument in zip(*examples, strict=True)]


def check_map(f: Compiled, examples: Sequence[Example]) -> None:
    """Hold ``f.map`` to the eager function at each example."""
    found = f.map(*batch_of(examples))
    assert len(found) == max(len(examples), 1)
    for example, row in zip(examples or [()], found, strict=True):
        results = f(*example)
        results = results if isinstance(results, (list, tuple)) else [results]
        wanted = [expected(_value(r), [], _loose(f))[0] for r in results]
        for w, got in zip(wanted, np.ravel(row), strict=True):
            w.check(got, "map")


def check_all(f: Compiled, examples: Sequence[Example] = ()) -> None:
    """Hold map, mean, value_and_grad and backward to the eager function and its sweeps."""
    batch = batch_of(examples)
    found = f.map(*batch)
    parameters = f.parameters
    values, gradients = [], []
    for example in examples or [()]:
        value, gradient = expected(_value(f(*example)), parameters, _loose(f))
        values.append(value)
        gradients.append(gradient)
    for w, got in zip(values, found, strict=True):
        w.check(got, "map")
    value, gradient = mean_of(values, _loose(f)), mean_of(gradients, _loose(f))
    value.check(f.mean(*batch), "mean")
    theta = f.theta
    first, slopes = f.value_and_grad(theta, *batch)
    value.check(first, "value")
    gradient.check(slopes, "gradient")
    for p in parameters:
        p.grad = 0.0
    value.check(f.backward(*batch), "backward's value")
    gradient.check([p.grad for p in parameters], "backward")


def check_alone(f: Compiled, examples: Sequence[Example] = ()) -> None:
    """Run ``f.source`` in a namespace of its own: the numbers of f, but for math's last bits."""
    batch = [np.ascontiguousarray(a) for a in batch_of(examples)]
    f.map(*batch)
    theta = f.theta
    scope: dict[str, Any] = {}
    exec(compile(f.source, "<source>", "exec"), scope)
    for name, wanted in (
        ("values", (f.map(*batch),)),
        ("value_and_grad", f.value_and_grad(theta, *batch)),
    ):
        arguments = [theta, *batch]
        if f"memory_of_{name}" in scope:
            arguments.append(scope[f"memory_of_{name}"](len(examples) or 1))
        with np.errstate(all="ignore"):
            found = scope[name](*arguments)
        for got, number in zip(
            found if isinstance(found, tuple) else (found,), wanted, strict=True
        ):
            np.testing.assert_allclose(
                np.broadcast_to(got, np.shape(number)), number, rtol=1e-9, atol=1e-12
            )


def _loose(f: Compiled) -> float:
    return 1.0 if f.dtype == np.float64 else 1e8


def _value(result: Any) -> Value:
    return result if isinstance(result, Value) else Value(result)
