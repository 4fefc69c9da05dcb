"""The text of whole programs: what it says, and that it runs on its own."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Value
from autograd.compiler.api import Compiled
from tests.autograd.compiler.texts import batch, matrix, vector

# A network of two inputs, three hidden neurons and one output, and its squared error. Whoever
# changes the compiler sees here what it does to the text.
NETWORK = '''\
import numpy as np

number = np.float64

dtype = np.float64

def memory_of_value_and_grad(n):
    """Arrays to write into, for n examples; they may be used again."""
    m0 = np.empty((n, 3), dtype)
    m1 = np.empty((n, 3), dtype)
    m2 = np.empty((n,), dtype)
    m3 = np.empty((n,), dtype)
    m4 = np.empty((n, 3), dtype)
    seed = np.full(n, 1.0 / n, dtype)
    ones = np.ones(n, dtype)
    return m0, m1, m2, m3, m4, seed, ones


def value_and_grad(theta, x, y, memory=None):
    """The mean over the examples, and its gradient by theta."""
    n = len(x)
    m0, m1, m2, m3, m4, seed, ones = memory or memory_of_value_and_grad(n)
    W1 = theta[:9].reshape(3, 3)[:, :2]  # (3, 2)
    z1 = np.matmul(x, W1.T, out=m0)  # (n, 3)
    b1 = theta[2:9:3]  # (3,)
    z1 = np.add(z1, b1, out=m0)  # (n, 3)
    h1 = np.tanh(z1, out=m1)  # (n, 3)
    W2 = theta[9:12]  # (3,)
    z2 = np.dot(h1, W2, out=m2)  # (n,)
    z2 = np.add(z2, number(theta[12]), out=m2)  # (n,)
    v = np.subtract(z2, y, out=m2)  # (n,)
    loss = np.square(v, out=m3)  # (n,)

    # backward
    dv = np.multiply(seed, 2.0 * v, out=m2)  # (n,)
    db2_0 = number(np.dot(ones, dv))
    gradient = np.empty(13, dtype)
    dW2 = np.matmul(dv, h1, out=gradient[9:12])  # (3,)
    dh1 = np.multiply(dv[:, None], W2, out=m1)  # (n, 3)
    tmp = np.exp(z1)
    tmp2 = 2.0 / (tmp + 1.0 / tmp)
    dz1 = np.multiply(dh1, tmp2 * tmp2, out=m4)  # (n, 3)
    db1 = np.matmul(ones, dz1, out=gradient[2:9:3])  # (3,)
    dW1 = np.matmul(dz1.T, x, out=gradient[:9].reshape(3, 3)[:, :2])  # (3, 2)
    gradient[12] = db2_0
    return float(np.dot(seed, loss)), gradient


def memory_of_values(n):
    """Arrays to write into, for n examples; they may be used again."""
    m0 = np.empty((n, 3), dtype)
    m1 = np.empty((n,), dtype)
    return m0, m1


def values(theta, x, y, memory=None):
    """The result for every example."""
    n = len(x)
    m0, m1 = memory or memory_of_values(n)
    W1 = theta[:9].reshape(3, 3)[:, :2]  # (3, 2)
    z1 = np.matmul(x, W1.T, out=m0)  # (n, 3)
    b1 = theta[2:9:3]  # (3,)
    z1 = np.add(z1, b1, out=m0)  # (n, 3)
    h1 = np.tanh(z1, out=m0)  # (n, 3)
    W2 = theta[9:12]  # (3,)
    z2 = np.dot(h1, W2, out=m1)  # (n,)
    z2 = np.add(z2, number(theta[12]), out=m1)  # (n,)
    v = np.subtract(z2, y, out=m1)  # (n,)
    loss = np.empty((n,), dtype)
    loss = np.square(v, out=loss)  # (n,)
    return loss
'''

# and the first example of README
EXPRESSION = '''\
import numpy as np

one = np.float64(1.0)
numbers = list
exp = np.exp
tanh = np.tanh

dtype = np.float64

def value_and_grad(theta):
    """The mean over the examples, and its gradient by theta."""
    a, b, c = numbers(theta)
    v = a * b + c
    loss = tanh(v)

    # backward
    tmp = exp(v)
    tmp2 = 2.0 / (tmp + 1.0 / tmp)
    dv = one * (tmp2 * tmp2)
    da = dv * b
    db = dv * a
    gradient = np.array([da, db, dv], dtype)
    return float(loss), gradient


def values(theta):
    """The result for every example."""
    a, b, c = numbers(theta)
    v = a * b + c
    loss = tanh(v)
    return loss
'''


def network() -> Compiled:
    model = nn.MLP(2, [3, 1], activation="tanh", seed=0)
    f = autograd.compile(lambda x, y: (model(x) - y) ** 2)
    f.mean(np.zeros((4, 2)), np.zeros(4))
    return f


def expression() -> Compiled:
    a, b, c = Value(2.0, name="a"), Value(-3.0, name="b"), Value(10.0, name="c")
    return autograd.compile(lambda: (a * b + c).tanh())


def test_the_text_of_a_network() -> None:
    assert network().source == NETWORK


def test_the_text_of_an_expression() -> None:
    assert expression().source == EXPRESSION


# --- on its own -----------------------------------------------------------------------------------

W, B = matrix("W", 3, 2), vector("b", 3)
ONE = Value(0.7, name="w")


def attention(x: list[list[Value]]) -> Value:
    shares = [autograd.softmax([autograd.dot(q, k) * ONE for k in x]) for q in x]
    mixed = [autograd.sum([p * v[0] for p, v in zip(row, x, strict=True)]) for row in shares]
    return autograd.mean(mixed)


def chosen(x: list[Value], y: Value) -> Value:
    z = [autograd.dot(w, x) + b for w, b in zip(W, B, strict=True)]
    return nn.cross_entropy(z, y) + autograd.choose(y, [ONE, *z[:2]])


def edges(x: Value) -> Value:
    return (ONE * 0.0) / (ONE * 0.0 + x * 0.0) + autograd.maximum(x, -1.0) * (1.0 / (ONE - 0.7))


def special(x: Value) -> Value:
    return (ONE * x).erf() + autograd.gamma(ONE + 1.0) + autograd.lgamma(x * x + 1.0)


def keyed(x: dict[str, Any]) -> Value:
    return ONE * x["a"] + x["b"][1].exp()


FUNCTIONS: dict[str, tuple[Callable[..., Any], list[Any]]] = {
    "a layer": (lambda x: autograd.sum([autograd.dot(w, x).sin() for w in W]), batch(4, (2,))),
    "attention": (attention, batch(3, (4, 5))),
    "an index": (chosen, [batch(3, (2,))[0], np.array([0.0, 2.0, 1.0])]),
    "edges": (edges, [np.array([0.0, 1.0])]),
    "special functions": (special, [np.array([0.5, 2.0, -1.0])]),
    "a constant": (lambda x: Value(3.0), [np.zeros(2)]),
    "an argument alone": (lambda x: x, [np.arange(2.0)]),
    "a parameter alone": (lambda x: ONE, [np.arange(2.0)]),
    "infinite constants": (
        lambda x: autograd.sum([B[0] * np.inf, B[1] * np.nan, B[2] * -0.0]) * x,
        [np.arange(2.0)],
    ),
    "no arguments": (lambda: ONE * autograd.sum([b * k for k, b in enumerate(B)]).tanh(), []),
}  # fmt: skip


def run_alone(text: str, f: Compiled, arrays: list[Any], theta: Any) -> tuple[float, Any]:
    """Run the text by itself, as its reader would."""
    scope: dict[str, Any] = {}
    exec(compile(text, "alone", "exec"), scope)
    memory = scope.get("memory_of_value_and_grad")
    n = len(arrays[0]) if arrays else 1
    with np.errstate(all="ignore"):
        value, gradient = scope["value_and_grad"](theta, *arrays)
        if memory:  # which need not be made anew for each call
            kept = memory(n)
            for _ in range(2):
                again, slopes = scope["value_and_grad"](theta, *arrays, kept)
                np.testing.assert_array_equal([again, *slopes], [value, *gradient])
        return value, gradient


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_text_runs_on_its_own_and_gives_the_same(name: str, dtype: str) -> None:
    fn, arrays = FUNCTIONS[name]
    f = autograd.compile(fn, dtype=dtype)
    value, gradient = f.value_and_grad(f.theta, *arrays)
    cast = [np.array(a, dtype) for a in arrays]
    alone, slopes = run_alone(f.source, f, cast, f.theta)
    np.testing.assert_allclose(alone, value, rtol=1e-15 if dtype == "float64" else 1e-6)
    np.testing.assert_allclose(slopes, gradient, rtol=1e-14 if dtype == "float64" else 1e-5)
    assert slopes.dtype == gradient.dtype == dtype


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_results_of_the_text_need_no_memory_either(name: str) -> None:
    fn, arrays = FUNCTIONS[name]
    f = autograd.compile(fn)
    wanted = f.map(*arrays)
    scope: dict[str, Any] = {}
    exec(f.source, scope)
    with np.errstate(all="ignore"):
        found = scope["values"](f.theta, *map(np.asarray, arrays))
    np.testing.assert_allclose(np.broadcast_to(found, wanted.shape), wanted, rtol=1e-15)


def test_the_text_makes_memory_of_its_own_for_any_number_of_examples() -> None:
    f = network()
    scope: dict[str, Any] = {}
    exec(f.source, scope)
    for n in (1, 3, 50):
        x, y = batch(n, (2,), ())
        value, gradient = scope["value_and_grad"](f.theta, x, y)
        assert value == f.value_and_grad(f.theta, x, y)[0]
        np.testing.assert_array_equal(gradient, f.value_and_grad(f.theta, x, y)[1])
        np.testing.assert_array_equal(scope["values"](f.theta, x, y), f.map(x, y))


def test_what_is_returned_without_memory_is_the_callers_own() -> None:
    f = network()
    scope: dict[str, Any] = {}
    exec(f.source, scope)
    x, y = batch(3, (2,), ())
    _, first = scope["value_and_grad"](f.theta, x, y)
    kept = first.copy()
    scope["value_and_grad"](f.theta + 1.0, x, y)
    np.testing.assert_array_equal(first, kept)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_of_the_text_says_what_it_gives(name: str) -> None:
    fn, arrays = FUNCTIONS[name]
    f = autograd.compile(fn)
    f.map(*arrays)
    said = {
        function.name: ast.get_docstring(function)
        for function in ast.parse(f._current().source.body).body
        if isinstance(function, ast.FunctionDef)
    }
    memory = "Arrays to write into, for n examples; they may be used again."
    assert said.pop("memory_of_value_and_grad", memory) == memory
    assert said.pop("memory_of_values", memory) == memory
    assert said == {
        "value_and_grad": "The mean over the examples, and its gradient by theta.",
        "values": "The result for every example.",
    }


def test_the_text_alone_needs_numpy_and_nothing_of_ours(tmp_path: Path) -> None:
    f = network()
    program = tmp_path / "program.py"
    program.write_text(
        f.source + "\n"
        "import sys\n"
        "x, y = np.ones((2, 2)), np.zeros(2)\n"
        f"theta = np.array({f.theta.tolist()})\n"
        "print(value_and_grad(theta, x, y)[0])\n"
        "print([m for m in sys.modules if m in ('autograd', 'nn')])\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, "-I", "-W", "error", str(program)],
        capture_output=True, text=True, check=True, cwd=tmp_path,
    )  # fmt: skip
    value, modules = done.stdout.splitlines()
    assert float(value) == f.mean(np.ones((2, 2)), np.zeros(2))
    assert modules == "[]"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_text_has_no_name_that_is_assigned_and_never_read_but_its_results(name: str) -> None:
    fn, arrays = FUNCTIONS[name]
    f = autograd.compile(fn)
    f.map(*arrays)
    for function in ast.walk(ast.parse(f.source)):
        if isinstance(function, ast.FunctionDef) and function.name.startswith("memory"):
            made = {n.id for n in ast.walk(function)
                    if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}  # fmt: skip
            read = {n.id for n in ast.walk(function)
                    if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}  # fmt: skip
            assert made <= read


def test_constants_stand_above_and_are_shared_by_both_functions() -> None:
    numbers = [0.5 * k for k in range(9)]
    ws = vector("w", 9)
    f = autograd.compile(
        lambda: autograd.sum([(w * k).sin() for w, k in zip(ws, numbers, strict=False)])
    )
    assert f.source.count(repr(numbers)) == 1
    body = f._current().source.body
    name = f.source.split(f" = np.array({numbers!r}, dtype)")[0].split("\n")[-1]
    assert body.count(f", {name}, out=") == 3  # twice forward, once backward


def test_static_values_are_in_the_text_as_they_were() -> None:
    f = autograd.compile(lambda x, k: ONE * x**k, static="k")
    f.map([2.0], k=3)
    assert "k" not in f.source.split("def value_and_grad")[1].split("\n")[0]
    cubed = f.source
    f.map([2.0], k=5)
    assert f.source != cubed
    assert f.map([2.0], k=3).tolist() == [0.7 * 8.0]


def test_float32_is_named_once() -> None:
    f = autograd.compile(lambda x: autograd.sum([autograd.dot(w, x) for w in W]), dtype="float32")
    f.map([[1.0, 2.0]])
    assert "dtype = np.float32" in f.source
    assert "float64" not in f._current().source.body
