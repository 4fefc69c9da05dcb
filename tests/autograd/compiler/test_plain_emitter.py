"""The plain form: the numbers of the program that runs, and no buffers."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import ArgumentError, Value
from autograd.compiler.api import Compiled
from tests.autograd.compiler.programs import PROGRAMS
from tests.autograd.compiler.texts import batch, matrix, vector
from tests.autograd.messages import raises
from tests.snapshots.compiled import FUNCTIONS

W, B = matrix("W", 3, 2), vector("b", 3)


def plain(f: Compiled[Any, Any]) -> dict[str, Any]:
    """The functions of the plain text, executed."""
    scope: dict[str, Any] = {}
    exec(compile(f.text("plain"), "<plain>", "exec"), scope)
    return scope


def check(f: Compiled[Any, Any], arrays: Any, rtol: float = 1e-9) -> None:
    """The plain text computes what the program does."""
    columns = [np.asarray(a, dtype=f.dtype) for a in arrays]
    expected = f.map(*arrays)
    theta = np.asarray(f.theta)
    scope = plain(f)
    with np.errstate(all="ignore"):
        found = np.broadcast_to(scope["values"](theta, *columns), expected.shape)
        np.testing.assert_allclose(found, expected, rtol=rtol, atol=rtol)
        if expected.ndim == 1:
            mean, gradient = f.value_and_grad(theta, *arrays)
            value, slopes = scope["value_and_grad"](theta, *columns)
    if expected.ndim == 1:
        np.testing.assert_allclose(value, mean, rtol=rtol, atol=rtol)
        assert slopes.shape == gradient.shape
        np.testing.assert_allclose(slopes, gradient, rtol=rtol, atol=rtol)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("kind", PROGRAMS)
def test_the_plain_text_has_the_numbers_of_the_program(kind: str, seed: int) -> None:
    fn, examples = PROGRAMS[kind](random.Random(seed))
    columns = [list(column) for column in zip(*examples, strict=True)]
    check(autograd.compile(fn), columns)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_so_it_has_for_every_function_that_a_user_writes(name: str, dtype: str) -> None:
    fn, arrays = FUNCTIONS[name]()
    check(autograd.compile(fn, dtype=dtype), arrays, 1e-9 if dtype == "float64" else 2e-4)


LISTS: dict[str, Callable[..., Any]] = {
    "sum": autograd.sum, "prod": autograd.prod, "hypot": autograd.hypot,
    "logsumexp": autograd.logsumexp, "softmax": lambda xs: autograd.softmax(xs)[1],
    "choose": lambda xs: autograd.choose(xs[0].relu() * 0.0 + 1.0, xs),
}  # fmt: skip
EDGES = [[0.0, 0.0, 1.0, 2.0, -3.0], [3.0, 0.0, 0.0, 0.0, 0.5], [700.0, 700.0, -700.0, 0.0, 1.0]]


@pytest.mark.parametrize("name", LISTS)
def test_lists_that_are_reduced_have_theirs_at_zeros_ties_and_large_numbers(name: str) -> None:
    w = vector("w", 5)

    def fn(x: list[Value]) -> Value:
        listed = [wi * xi for wi, xi in zip(w, x, strict=True)]
        wanted = LISTS[name]
        return wanted(*listed) if name in ("hypot",) else wanted(listed)

    check(autograd.compile(fn), [EDGES])


def test_sums_of_different_lengths_have_theirs() -> None:
    def fn(x: list[Value]) -> Value:
        back = [autograd.sum([W[0][0] * x[j] * x[i] for j in range(i + 1)]) for i in range(9)]
        return autograd.sum([b.tanh() for b in back])

    check(autograd.compile(fn), batch(4, (9,)))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_it_has_theirs_where_there_are_no_parameters_or_the_result_is_a_number(dtype: str) -> None:
    check(autograd.compile(lambda x: x * 2.0, dtype=dtype), [[1.0, 2.0]])
    check(autograd.compile(lambda x: x**0 + W[0][0] * 0.0, dtype=dtype), [[1.0, 2.0]])
    f = autograd.compile(lambda x: autograd.logsumexp([w * x for w in B]), dtype=dtype)
    f.map([1.0, 2.0])
    assert plain(f)["values"](f.theta, np.array([1.0, 2.0], dtype)).dtype == dtype


@pytest.mark.parametrize("name", ["slice", "np", "finite", "e", "right", "with_exponentials"])
def test_an_argument_may_have_the_name_of_what_the_text_uses(name: str) -> None:
    def fn(x: list[Value]) -> Value:
        h = [(W[0][0] * xi).tanh() for xi in x]
        runs = [h[(k * k) % 4].exp() * h[k % 3].exp() for k in range(8)]
        return autograd.logsumexp([h[0], *runs])

    scope: dict[str, Any] = {"fn": fn}
    exec(f"named = lambda {name}: fn({name})", scope)
    check(autograd.compile(scope["named"]), batch(3, (4,)))


def test_it_reads_as_the_textbook_has_it() -> None:
    def loss(x: list[Value], y: Value) -> Value:
        h = [(autograd.dot(w, x) + b).tanh() for w, b in zip(W, B, strict=True)]
        return (autograd.sum(h) - y) ** 2

    f = autograd.compile(loss)
    f.map(*batch(2, (2,), ()))
    lines = [line.strip() for line in f.text("plain").split("\n")]
    assert "z = x @ W.T  # (n, 3)" in lines
    assert "h = np.tanh(z)  # (n, 3)" in lines
    assert "dW = dz.T @ x  # (3, 2)" in lines
    assert "gradient = np.concatenate([np.ravel(dW), db])  # (9,)" in lines


def test_it_has_no_buffers() -> None:
    for make in FUNCTIONS.values():
        fn, arrays = make()
        f = autograd.compile(fn)
        f.map(*arrays)
        body = re.sub(r"(?s)^.*?\ndtype = ", "", f.text("plain"))
        assert "out=" not in body
        assert "memory" not in body
        assert ".fill(" not in body


def test_a_text_of_another_kind_is_refused() -> None:
    f = autograd.compile(lambda x: x * 2.0)
    f.map([1.0])
    assert f.text() == f.text("numpy") == f.source
    with raises(ArgumentError, "text", "numpy", "plain", "cobol"):
        f.text("cobol")
