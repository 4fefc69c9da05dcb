"""The same numbers however a compiled function is called: batches, threads, kinds of arrays."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Value
from autograd.compiler.api import Compiled
from autograd.core.arithmetic import FLOATS
from autograd.core.operation import TABLE
from tests.autograd.compiler.agreement import check_all, check_alone, check_map
from tests.autograd.compiler.test_agreement import Copies, function_of

R = np.random.default_rng(7)
X, Y = R.normal(size=(5, 3, 2)), R.normal(size=(5,))


def network() -> Compiled:
    """A function of a matrix and a number, with a layer, a list of maxima and numbers alone."""
    r = random.Random(3)
    w = [[Value(r.gauss(0.0, 1.0), name=f"w[{i},{j}]") for j in range(2)] for i in range(4)]
    scale = Value(0.7, name="scale")

    def fn(x: Any, y: Any) -> Any:
        h = [autograd.dot(row, x[i % 3]).tanh() for i, row in enumerate(w)]
        return (autograd.logsumexp(h) * scale.exp() - y) ** 2 + scale.sqrt()

    f = autograd.compile(fn)
    f.mean(X, Y)  # from then on theta is in the order in which the function reaches it
    return f


def numbers(result: Any) -> list[float]:
    value, gradient = result
    return [value, *gradient.tolist()]


# --- batches --------------------------------------------------------------------------------------


def test_a_batch_is_the_mean_of_its_examples_one_by_one() -> None:
    f = network()
    check_all(f, list(zip(X, Y, strict=True)))
    whole = numbers(f.value_and_grad(f.theta, X, Y))
    alone = [numbers(f.value_and_grad(f.theta, X[i : i + 1], Y[i : i + 1])) for i in range(5)]
    np.testing.assert_allclose(whole, np.mean(alone, axis=0), rtol=1e-13)
    np.testing.assert_allclose(
        f.map(X, Y), [f.map(X[i : i + 1], Y[i : i + 1])[0] for i in range(5)], rtol=1e-14
    )


def test_the_number_of_examples_may_change_from_call_to_call() -> None:
    f = network()
    expected = {n: numbers(network().value_and_grad(f.theta, X[:n], Y[:n])) for n in range(1, 6)}
    many = np.tile(X, (30, 1, 1)), np.tile(Y, 30)
    for n in (3, 1, 5, 2, 3, 4, 1, 5, *range(1, 6)):
        assert numbers(f.value_and_grad(f.theta, X[:n], Y[:n])) == expected[n]
        for k in range(10, 10 + n):  # more sizes than are kept
            f.mean(many[0][:k], many[1][:k])
    assert f.n_traces == 1


def test_threads_that_share_a_function_get_the_numbers_of_their_own_batches() -> None:
    f = network()
    thetas = [f.theta + 0.01 * k for k in range(6)]
    expected = [numbers(network().value_and_grad(t, X[: k % 5 + 1], Y[: k % 5 + 1]))
                for k, t in enumerate(thetas)]  # fmt: skip
    wrong: list[Any] = []
    start = threading.Barrier(6)

    def work(k: int) -> None:
        start.wait()
        for _ in range(300):
            found = numbers(f.value_and_grad(thetas[k], X[: k % 5 + 1], Y[: k % 5 + 1]))
            if found != expected[k]:
                wrong.append((k, found))

    threads = [threading.Thread(target=work, args=(k,)) for k in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


# --- what a call leaves alone ---------------------------------------------------------------------


def test_value_and_grad_touches_no_value() -> None:
    f = network()
    f.mean(X, Y)
    before = [(p.data, p.grad) for p in f.parameters]
    f.value_and_grad(f.theta + 1.0, X, Y)
    f.map(X, Y)
    assert [(p.data, p.grad) for p in f.parameters] == before


@pytest.mark.parametrize("batched", [True, False])
def test_the_next_call_changes_no_earlier_result_and_no_argument(batched: bool) -> None:
    w = [Value(0.3 * i - 0.5) for i in range(4)]
    kinds: list[Any] = [
        lambda x: [v * v for v in w], lambda x: [v * x[0] for v in w], lambda x: list(x),
        lambda x: [x[1], x[0]], lambda x: list(w), lambda x: [w[0], x[0]], lambda x: x[0],
        lambda x: w[1], lambda x: autograd.dot(w[:2], x), lambda x: [1.0 + 0.0 * w[0]],
    ]  # fmt: skip
    for kind in kinds:
        f = autograd.compile(kind if batched else lambda kind=kind: kind(w[2:]))
        x = np.array([[1.0, 2.0], [3.0, 4.0]])
        batch, other = ((x,), (x * 5.0 - 3.0,)) if batched else ((), ())
        first = f.map(*batch)
        kept = first.copy()
        f.theta = f.theta + 10.0
        f.map(*other)
        assert (first == kept).all()
        first[...] = -7.0  # it is the caller's, so nothing of the function's may live in it
        f.theta = f.theta - 10.0
        np.testing.assert_allclose(f.map(*batch), kept, rtol=1e-14)
        assert (x == [[1.0, 2.0], [3.0, 4.0]]).all()


def test_gradients_are_fresh_arrays_and_theta_is_not_changed() -> None:
    f = network()
    f.mean(X, Y)
    theta = f.theta
    kept = theta.copy()
    value, gradient = f.value_and_grad(theta, X, Y)
    copied = gradient.copy()
    f.value_and_grad(theta + 1.0, X, Y)
    assert (gradient == copied).all()
    gradient[...] = np.nan
    assert numbers(f.value_and_grad(theta, X, Y)) == [value, *copied.tolist()]
    assert (theta == kept).all()


# --- kinds of arrays ------------------------------------------------------------------------------


def test_theta_may_be_a_list_strided_or_of_another_dtype() -> None:
    f = network()
    f.mean(X, Y)
    theta = np.round(f.theta * 8.0)
    expected = numbers(f.value_and_grad(theta, X, Y))
    wide = np.zeros(3 * len(theta))
    wide[::3] = theta
    for other in (theta.tolist(), wide[::3], theta[::-1].copy()[::-1], theta.astype(np.float32),
                  theta.astype(np.int64), theta.astype(object)):  # fmt: skip
        assert numbers(f.value_and_grad(other, X, Y)) == expected


def test_arguments_may_be_fortran_strided_integer_bool_or_lists() -> None:
    f = network()
    x, y = np.round(X * 4.0), (Y > 0.0).astype(float)
    expected = numbers(f.value_and_grad(f.theta, x, y))
    padded = np.full((5, 6, 4), np.nan)
    padded[:, ::2, 1::2] = x
    others = [
        (np.asfortranarray(x), y), (padded[:, ::2, 1::2], y), (x[::-1].copy()[::-1], y),
        (x.astype(np.int32), y.astype(bool)), (x.tolist(), y.tolist()), (x, y > 0.5),
        (list(x), [bool(b) for b in y]), (x.astype(np.float32), y.astype(np.int8)),
        (x.transpose(1, 2, 0).copy().transpose(2, 0, 1), y),
    ]  # fmt: skip
    for other in others:
        assert numbers(f.value_and_grad(f.theta, *other)) == expected
        assert f.map(*other).tolist() == f.map(x, y).tolist()
    assert f.n_traces == 1


# --- names, rows of a user's own, and the text ----------------------------------------------------


def test_arguments_and_parameters_may_be_called_as_the_text_calls_its_own_things() -> None:
    names = ["one", "zero", "number", "numbers", "dtype", "memory", "seed", "sqrt", "tanh", "np"]
    names += ["n", "theta", "gradient", "each", "loss", "m0", "t", "at", "erf", "picked", "scatter"]
    for name in names:
        w = [Value(0.5 + 0.1 * i, name=f"{name}[{i}]") for i in range(5)]
        scope: dict[str, Any] = {"w": w, "autograd": autograd}
        body = "autograd.logsumexp([a * b.sqrt() for a, b in zip(X, w)]).tanh() / w[0] + w[1].erf()"
        f = autograd.compile(eval(f"lambda {name}: {body.replace('X', name)}", scope))
        check_all(f, [([0.1, 0.2, 0.3, 0.4, 0.5],), ([1.0, -2.0, 0.3, 0.0, 0.7],)])


@pytest.fixture
def own() -> Iterator[None]:
    """A primitive that is text, and one with an ``if``, which is called as it is."""
    before = set(TABLE)
    autograd.primitive(
        "bump", lambda m, x, *, wide: m.exp(-x * x * wide),
        lambda m, y, x, *, wide: (-2.0 * wide * x * y,), points=[-0.7, 0.3], settings={"wide": 1.0},
    )  # fmt: skip
    autograd.primitive(
        "bent", lambda m, x, k: x * k if x > 0.0 else m.exp(x) * k,
        lambda m, y, x, k: (k if x > 0.0 else y, y / k), arity=2, points=[(-0.7, 1.5), (0.3, 0.4)],
    )  # fmt: skip
    yield
    for name in set(TABLE) - before:
        del TABLE[name]
        delattr(FLOATS, name)


@pytest.mark.usefixtures("own")
@pytest.mark.parametrize("count", [1, 3, 9, 40])
def test_a_primitive_of_a_users_own_agrees(count: int) -> None:
    points = [(0.1 * i - 1.2, 0.5 + 0.03 * i) for i in range(count)]
    for row, kinds in ((TABLE["bent"], ("pp", "ap", "pa", "aa", "ca")),
                       (TABLE["bump"].bind(wide=0.5), ("p", "a"))):  # fmt: skip
        for kind in kinds:
            made = Copies(row, kind, count)
            first = made.set([point[: len(kind)] for point in points])
            examples = [(first,), ([[x + 0.7 for x in c] for c in first],)] if "a" in kind else []
            over = "a" in kind
            check_all(autograd.compile(function_of(made.total, over)), examples)
            check_map(autograd.compile(function_of(made.copies, over)), examples)


def test_the_text_runs_alone_with_special_functions_odd_constants_and_at_edges() -> None:
    p = [Value(x) for x in (0.0, 0.5, 1.5, -2.5, float("inf"))]
    odd = [float("nan"), float("inf"), -float("inf"), -0.0, 1e-320]
    kinds: list[Any] = [
        lambda x: autograd.sum([v.gamma() + v.erf() + v.erfc() for v in (*p[:4], *x)]),
        lambda x: autograd.sum([v.lgamma() * v.digamma() + v.polygamma(2) for v in p[1:3]]) * x[0],
        lambda x: autograd.sum([autograd.maximum(v, c) for v, c in zip(p, odd, strict=True)]),
        lambda x: autograd.sum([v * c for v, c in zip(p[::-1], odd, strict=True)]) + x[0],
        lambda x: 1.0 / p[0] + p[0].log() * x[1] + float("inf") * p[1],
        lambda x: p[0].sqrt() + p[3].sqrt() + p[4].tanh() + p[0] / p[0],
        lambda x: autograd.choose(x[0], p[:4]) + autograd.choose(p[0], [x[0], x[1]]),
        lambda x: autograd.sum([v / c for v in x for c in odd[1:4]]),
    ]  # fmt: skip
    for kind in kinds:
        check_alone(autograd.compile(kind), [([1.0, 2.0],), ([0.0, -1.5],)])
        check_alone(autograd.compile(lambda kind=kind: kind(p[1:3])))
