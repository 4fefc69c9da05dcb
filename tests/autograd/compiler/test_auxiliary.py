"""``has_aux``: a value with auxiliary outputs is the same as two functions, in one program."""

from __future__ import annotations

import copy
import pickle
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import ShapeError, TraceError, Value
from autograd.compiler.api import Compiled
from tests.autograd.messages import raises

X = np.random.default_rng(0).normal(size=(7, 3))
SHARED = Value(3.0, name="shared")


def network(sizes: list[int], loss: Callable[[Any, Any], Any], output: str = "linear") -> Any:
    model = nn.MLP(3, sizes, "tanh", output, seed=0)

    def alone(x: Any, target: Any) -> Any:
        return loss(model(x), target)

    def both(x: Any, target: Any) -> Any:
        outputs = model(x)
        return loss(outputs, target), outputs

    return model, alone, both


def squared(x: Any) -> tuple[Value, Value]:
    y = SHARED * x
    return y**2, y


def raised(x: Any, k: int) -> tuple[Value, list[Value]]:
    y = SHARED * x
    return y**k, [y * i for i in range(k)]


NETWORKS: list[tuple[list[int], Any, str, Any]] = [
    ([4, 3], nn.cross_entropy, "linear", [0, 1, 2, 0, 1, 2, 0]),
    ([4, 3], nn.mse_loss, "softmax", np.eye(3)[[0, 1, 2, 0, 1, 2, 0]]),
    ([1], nn.hinge_loss, "linear", [1, -1, 1, -1, 1, -1, 1]),
    ([5, 1], nn.binary_cross_entropy, "sigmoid", [0, 1, 0, 1, 0, 1, 1]),
    ([1], nn.mse_loss, "linear", [0.5] * 7),
]


# --- what the methods return ----------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 2, 7])
@pytest.mark.parametrize(("dtype", "rtol"), [("float64", 1e-12), ("float32", 2e-4)])
@pytest.mark.parametrize(("sizes", "loss", "output", "targets"), NETWORKS)
def test_every_method_agrees_with_those_of_two_functions(
    sizes: list[int], loss: Any, output: str, targets: Any, dtype: str, rtol: float, n: int
) -> None:
    model, alone, both = network(sizes, loss, output)
    x, y = X[:n], np.asarray(targets, dtype=np.float64)[:n]
    f: Any = autograd.compile(both, has_aux=True, dtype=dtype, parameters=model.parameters())
    g = autograd.compile(alone, dtype=dtype, parameters=model.parameters())
    h = autograd.compile(model, dtype=dtype, parameters=model.parameters())
    theta, expected = f.theta, h.map(x)

    def check(found: Any, value: Any) -> None:
        same, outputs = found
        np.testing.assert_allclose(same, value, rtol=rtol)
        np.testing.assert_allclose(outputs, expected, rtol=rtol, atol=1e-7)
        assert (outputs.shape, outputs.dtype) == (expected.shape, np.dtype(dtype))

    check(f.map(x, y), g.map(x, y))
    check(f.values(theta, x, y), g.values(theta, x, y))
    check(f.mean(x, y), g.mean(x, y))
    pair, gradient = f.value_and_grad(theta, x, y)
    value, slopes = g.value_and_grad(theta, x, y)
    check(pair, value)
    np.testing.assert_allclose(gradient, slopes, rtol=10 * rtol, atol=1e-15 + 1e-3 * rtol)
    assert [type(pair[0]), type(f.mean(x, y)[0])] == [float, float]
    check(f.backward(x, y), value)
    np.testing.assert_array_equal([p.grad for p in model.parameters()], gradient)


def test_aux_has_the_structure_in_which_the_function_returns_it() -> None:
    for aux, shape in [
        (lambda y: y, (2,)), (lambda y: [y], (2, 1)), (lambda y: (y, y * 2.0, 5.0), (2, 3)),
        (lambda y: 5.0, (2,)), (lambda y: [5.0], (2, 1)),
    ]:  # fmt: skip
        f = autograd.compile(lambda x, aux=aux: (x * SHARED, aux(x)), has_aux=True)
        value, found = f.map([1.0, 2.0])
        assert (value.tolist(), found.shape) == ([3.0, 6.0], shape)
        assert f.traced.aux_shape == (shape[1] if len(shape) > 1 else None)


def test_a_list_of_two_is_a_pair_as_well() -> None:
    f = autograd.compile(lambda x: [x * SHARED, x], has_aux=True)
    assert [a.tolist() for a in f.map([2.0])] == [[6.0], [2.0]]


def test_what_does_not_depend_on_the_example_is_there_for_each() -> None:
    w = Value(3.0, name="w")
    f = autograd.compile(lambda x: (w * x, [w, w * w]), has_aux=True)
    (value, aux), gradient = f.value_and_grad([2.0], [1.0, 5.0])
    assert (value, gradient.tolist(), aux.tolist()) == (6.0, [3.0], [[2.0, 4.0], [2.0, 4.0]])
    values, aux = f.values([2.0], [1.0, 5.0])
    assert (values.tolist(), aux.tolist()) == ([2.0, 10.0], [[2.0, 4.0], [2.0, 4.0]])
    g = autograd.compile(lambda x: (w * w, x), has_aux=True)
    values, aux = g.values([2.0], [1.0, 5.0])
    assert (values.tolist(), aux.tolist()) == ([4.0, 4.0], [1.0, 5.0])
    assert g.mean([1.0, 5.0])[0] == 9.0


def test_a_function_without_arguments_has_one_row_of_aux() -> None:
    f = autograd.compile(lambda: (SHARED**2, [SHARED, 2.0]), has_aux=True)
    (value, aux), gradient = f.value_and_grad([2.0])
    assert (value, gradient.tolist(), aux.tolist()) == (4.0, [4.0], [[2.0, 2.0]])


def test_aux_has_no_gradient() -> None:
    p, q = Value(2.0), Value(3.0)
    f = autograd.compile(lambda x: (p * x, p * q), has_aux=True, parameters=[p, q])
    (_, aux), gradient = f.value_and_grad([2.0, 3.0], [1.0, 3.0])
    assert (aux.tolist(), gradient.tolist()) == ([6.0, 6.0], [2.0, 0.0])
    f.backward([1.0, 3.0])
    assert (p.grad, q.grad) == (2.0, 0.0)


def test_a_call_on_one_example_returns_the_pair_of_the_function_itself() -> None:
    value, aux = autograd.compile(squared, has_aux=True)(2.0)
    assert (value.data, value.op, aux.data, value.parents) == (36.0, "**n", 6.0, (aux,))


def test_static_arguments_make_programs_with_aux_of_their_own() -> None:
    f = autograd.compile(raised, has_aux=True, static="k")
    for k in (2, 3, 2):
        values, aux = f.map([1.0, 2.0], k=k)
        assert values.tolist() == [3.0**k, 6.0**k]
        assert aux.tolist() == [[3.0 * i for i in range(k)], [6.0 * i for i in range(k)]]
    assert f.n_traces == 2


def test_parameters_that_only_a_trace_finds_are_used_with_their_own_numbers() -> None:
    w, hidden = Value(3.0, name="w"), Value(5.0)
    f = autograd.compile(lambda x: (w * x + [hidden][0], x), has_aux=True, parameters=[w])
    assert f.map([1.0])[0].tolist() == [8.0]


def test_it_is_a_decorator_with_aux_and_its_repr_says_so() -> None:
    @autograd.compile(has_aux=True)
    def fn(x):  # type: ignore[no-untyped-def]
        return x**2, x

    assert fn.mean([1.0, 3.0])[0] == 5.0
    assert repr(fn) == "<Compiled fn(x), float64, has_aux>"


def test_scipy_minimizes_the_value_and_the_last_aux_is_at_hand() -> None:
    optimize = pytest.importorskip("scipy.optimize")
    p, q = Value(-1.2), Value(1.0)
    f = autograd.compile(lambda: ((1 - p) ** 2 + 100 * (q - p * p) ** 2, [p, q]), has_aux=True)
    seen = []

    def value_and_grad(theta: Any) -> Any:
        (value, aux), gradient = f.value_and_grad(theta)
        seen.append(aux)
        return value, gradient

    found = optimize.minimize(value_and_grad, f.theta, jac=True)
    np.testing.assert_allclose(found.x, [1.0, 1.0], rtol=1e-4)
    assert seen[0].tolist() == [[-1.2, 1.0]]


# --- memory, threads, text, copies ----------------------------------------------------------------


def test_aux_is_an_array_of_its_own() -> None:
    model, _, both = network([4, 3], nn.cross_entropy)
    f: Any = autograd.compile(both, has_aux=True, parameters=model.parameters())
    for run in (
        lambda theta: f.value_and_grad(theta, X, np.zeros(7))[0][1],
        lambda theta: f.values(theta, X, np.zeros(7))[1],
        lambda theta: f.values(theta, X, np.zeros(7))[0],
    ):
        first = run(f.theta)
        kept = first.copy()
        second = run(2.0 * f.theta)
        np.testing.assert_array_equal(first, kept)
        assert not np.array_equal(first, second)
        first[:] = 0.0  # neither the program's memory nor anybody else's
        np.testing.assert_array_equal(run(f.theta), kept)


def test_threads_get_the_aux_of_their_own_batches() -> None:
    model, _, both = network([4, 3], nn.cross_entropy)
    f: Any = autograd.compile(both, has_aux=True, parameters=model.parameters())
    expected = [f.values(f.theta, X + k, np.zeros(7))[1] for k in range(6)]
    found: list[list[Any]] = [[] for _ in expected]
    barrier = threading.Barrier(6)

    def work(k: int) -> None:
        barrier.wait()
        for _ in range(20):
            (_, aux), _ = f.value_and_grad(f.theta, X + k, np.zeros(7))
            found[k].append(aux)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for aux, results in zip(expected, found, strict=True):
        assert len(results) == 20
        for result in results:
            np.testing.assert_array_equal(result, aux)


def test_the_text_returns_all_three_and_runs_alone() -> None:
    f = autograd.compile(squared, has_aux=True)
    f.map([1.0, 2.0])
    scope: dict[str, Any] = {}
    exec(f.source, scope)
    value, gradient, aux = scope["value_and_grad"](np.array([3.0]), np.array([1.0, 2.0]))
    assert (value, gradient.tolist(), aux.tolist()) == (22.5, [15.0], [[3.0], [6.0]])


def test_copies_and_pickles_return_aux_too() -> None:
    f = autograd.compile(squared, has_aux=True, dtype="float32", backend="numpy")
    for g in (pickle.loads(pickle.dumps(f)), copy.copy(f), copy.deepcopy(f)):
        values, aux = g.map([2.0])
        assert (values.tolist(), aux.tolist(), aux.dtype) == ([36.0], [6.0], np.float32)


# --- what is refused ------------------------------------------------------------------------------


def three(x: Any) -> Any:
    return [x, x, x]


@pytest.mark.parametrize(
    ("result", "named"),
    [
        (lambda x: x, ("Symbol(x)",)),
        (lambda x: (x, x, x), ("(Symbol(x), Symbol(x), Symbol(x))",)),
        (lambda x: (x,), ("(Symbol(x),)",)),
        (lambda x: None, ("None", "return?")),
        (lambda x: ([x, x], x), ("[Symbol(x), Symbol(x)]",)),
        (lambda x: (x, []), ("an empty list",)),
        (lambda x: (x, [[x]]), ("[Symbol(x)]",)),
        (lambda x: (x, "y"), ("'y'",)),
        (lambda x: (x, {"y": x}), ("{'y': Symbol(x)}",)),
    ],
)
def test_what_is_no_pair_is_refused_with_the_pair_that_is_expected(
    result: Callable[..., Any], named: tuple[str, ...]
) -> None:
    with raises(TraceError, "the lambda", "(value, aux)", *named):
        autograd.compile(result, has_aux=True).map([1.0])


def test_a_pair_without_has_aux_is_told_of_it() -> None:
    with raises(TraceError, "squared_and_list", "[Symbol(*)]", "has_aux=True"):
        autograd.compile(squared_and_list).map([1.0])


def squared_and_list(x: Any) -> Any:
    return x * x, [x * x]


def test_a_list_still_has_no_mean_without_has_aux() -> None:
    with raises(ShapeError, "mean", "three", 3):
        autograd.compile(three).mean([1.0])


@pytest.mark.parametrize("method", ["map", "value_and_grad", "mean", "backward"])
def test_a_call_that_comes_between_does_not_write_into_what_is_returned(
    monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    w = Value(2.0, name="w")
    f: Any = autograd.compile(lambda x: ((w * x).tanh(), [w * x, x.exp()]), has_aux=True)
    first = [] if method != "value_and_grad" else [f.theta]
    x, other = np.array([0.1, 0.2]), np.array([5.0, 6.0])
    expected = getattr(f, method)(*first, x)
    copy, busy = Compiled._rows, list[bool]()

    def interrupted(self: Any, *given: Any) -> Any:
        if not busy:  # as a signal's handler would, before the first array is copied
            busy.append(True)
            getattr(f, method)(*first, other)
        return copy(self, *given)

    monkeypatch.setattr(Compiled, "_rows", interrupted)
    found = getattr(f, method)(*first, x)
    assert busy
    np.testing.assert_equal(found, expected)
