"""Threads: each has its own graphs and memory, and may share what is compiled."""

from __future__ import annotations

import copy
import signal
import sys
import threading
import types
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import (
    AnomalyError,
    Stepper,
    Value,
    check_gradients,
    detect_anomaly,
    draw,
    explain,
    grad,
    no_grad,
    tree,
)
from tests.scale.together import N_THREADS, ROUNDS, in_threads

pytestmark = pytest.mark.usefixtures("often_switched")


def everything(i: int) -> list[Any]:
    """All that a user does with a graph of his own; the numbers depend on i alone."""
    found: list[Any] = []
    model = nn.MLP(2, [3, 1], activation="tanh", seed=i)
    for k in range(3):
        y = (model([0.1 * i, 0.2 * k]) - 1.0) ** 2
        y.backward()
        found += [y.data, *[p.grad for p in model.parameters()]]
        found += [slope.data for slope in grad(y, model.parameters()[:2])]
        with no_grad():
            free = y * 2.0
            found.append((free.parents, free.data))
        with pytest.raises(AnomalyError, match="log gave nan from"), detect_anomaly():
            Value(-1.0 - i).log()
        found.append(tree(y, names={"y": y}))
        found.append(draw(y, names={}, model=model).source)
        found.append(explain(y, model.parameters()[0], names={}).text())
        found.append(repr(Stepper(y, names={}).seek(-1)))
        found.append(check_gradients(lambda a: (a * a).tanh(), [0.5 + i]).max_error)
    f = autograd.compile(lambda x: model(x))
    value, gradient = f.value_and_grad(f.theta, np.full((4, 2), 0.1 * i))
    found += [value, gradient.tolist(), f.source]
    return found


def test_threads_that_each_do_everything_with_graphs_of_their_own_get_what_one_alone_gets() -> None:
    alone = [everything(i) for i in range(N_THREADS)]
    assert in_threads(everything) == alone


def trained(i: int) -> list[Any]:
    X, y = nn.data.moons(16, noise=0.1, seed=i)
    model = nn.MLP(2, [3, 1], activation="tanh", seed=i)
    history = nn.fit(
        model, X, y, loss="binary_cross_entropy_with_logits", optimizer=nn.Adam(lr=0.1),
        epochs=3, batch_size=5, seed=i, verbose=0, metrics=["accuracy"],
    )  # fmt: skip
    return [history["loss"], model.predict(X).tolist(), [p.data for p in model.parameters()]]


def test_threads_that_each_train_a_model_get_what_one_alone_gets() -> None:
    alone = [trained(i) for i in range(N_THREADS)]
    assert in_threads(trained) == alone


@pytest.mark.skipif(
    not getattr(sys, "_is_gil_enabled", lambda: True)(), reason="adds up between the GIL's turns"
)
@pytest.mark.parametrize("way", ["graphs", "compiled"])
def test_no_gradient_is_lost_where_threads_with_graphs_of_their_own_share_parameters(
    way: str,
) -> None:
    weights = [Value(2.0) for _ in range(10)]
    f = autograd.compile(lambda x: autograd.dot(weights, x))

    def work(i: int) -> None:
        for _ in range(10 * ROUNDS):
            if way == "graphs":
                autograd.dot(weights, [float(i)] * 10).backward()
            else:
                f.backward([[float(i)] * 10])

    in_threads(work)
    assert {w.grad for w in weights} == {10.0 * ROUNDS * sum(range(N_THREADS))}


def test_threads_that_share_a_compiled_function_write_into_no_memory_of_another() -> None:
    model = nn.MLP(4, [8, 8, 1], activation="tanh", seed=0)
    f = autograd.compile(lambda x: model(x))
    theta = f.theta
    batches = [np.full((16, 4), 0.1 * i) for i in range(N_THREADS)]
    alone = [(f.map(X), f.value_and_grad(theta, X)) for X in batches]

    def work(i: int) -> None:
        for _ in range(ROUNDS):
            result, (value, gradient) = f.map(batches[i]), f.value_and_grad(theta, batches[i])
            assert np.array_equal(result, alone[i][0])
            assert value == alone[i][1][0]
            assert np.array_equal(gradient, alone[i][1][1])

    in_threads(work)


def test_threads_trace_a_shared_function_once_and_agree_on_its_parameters() -> None:
    w = [Value(0.1 * i, name=f"w{i}") for i in range(30)]
    for _ in range(5):
        f = autograd.compile(lambda x: autograd.dot(w, x).tanh())
        X = np.ones((3, 30))

        def work(i: int, f: Any = f, X: Any = X) -> tuple[Any, ...]:
            before = f.parameters  # nobody may see some of them for all
            value, gradient = f.value_and_grad(f.theta, X)
            return before, f.parameters, value, gradient.tolist(), f.source

        answers = in_threads(work)
        assert answers == [answers[0]] * N_THREADS
        assert answers[0][0] == w
        assert f.n_traces == 1


def test_a_program_runs_on_with_its_own_parameters_while_another_thread_finds_more() -> None:
    hidden: dict[int, Value] = {}  # filled as it is traced, so nothing finds them before

    def fn(x: Value, k: int) -> Value:
        return x * autograd.sum([a, b]) if k < 0 else x * hidden[k] + a

    a, b = Value(2.0), Value(3.0)
    f = autograd.compile(fn, static="k")
    assert f.map([1.0], -1).tolist() == [5.0]
    stop = threading.Event()

    def work(i: int) -> None:
        if i == 0:
            for k in range(10):
                hidden[k] = Value(float(k))
                assert f.map([2.0], k).tolist() == [2.0 * k + 2.0]
            stop.set()
            return
        while not stop.is_set():
            assert f.map([1.0], -1).tolist() == [5.0]
            assert f.mean([1.0], -1) == 5.0
            f.backward([1.0], -1)

    in_threads(work, 3)
    assert len(f.parameters) == 12


@pytest.mark.parametrize("ask", ["map", "mean", "backward"])
def test_parameters_that_are_found_in_the_middle_of_a_call_stay_out_of_it(ask: str) -> None:
    a, b, hidden = Value(2.0), Value(3.0), {}

    def fn(x: Value, k: int) -> Value:
        return x * autograd.sum([a, b]) if k < 0 else x * hidden[k]

    f = autograd.compile(fn, static="k")
    f.map([1.0], -1)
    read = f._read

    def interrupted(*call: Any) -> Any:
        found = read(*call)
        f._read = read  # type: ignore[method-assign]
        hidden[0] = Value(7.0)
        f.map([1.0], 0)  # as another thread may, just now
        return found

    f._read = interrupted  # type: ignore[method-assign]
    assert np.ravel(getattr(f, ask)([1.0], -1)).tolist() == [5.0]
    assert f.parameters == [a, b, hidden[0]]
    assert (a.grad, hidden[0].grad) == (float(ask == "backward"), 0.0)


def test_parameters_are_known_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    module = sys.modules["autograd.compiler.api"]
    w = [Value(0.1 * i) for i in range(5)]
    seen = []

    class Found(list[Value]):
        def __iter__(self) -> Iterator[Value]:
            for value in super().__iter__():
                seen.append(len(f._known))
                yield value

    f = autograd.compile(lambda x: autograd.dot(w, x))
    monkeypatch.setattr(module, "free_parameters", lambda fn: Found(w))
    assert f.parameters == w
    assert seen == [0] * 5


def test_threads_give_up_programs_that_others_use_without_harm(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from autograd.compiler import lru_cache as kept

    monkeypatch.setattr(kept, "MOST_PROGRAMS", 2)
    w = Value(3.0)
    f = autograd.compile(lambda xs: w * autograd.sum(xs))

    def work(i: int) -> None:
        for k in range(4):
            n = 1 + (i + k) % 4
            assert f.map(np.ones((2, n))).tolist() == [3.0 * n] * 2

    in_threads(work)
    assert len(f._executables) <= 2


def test_a_model_predicts_in_many_threads_what_it_predicts_in_one() -> None:
    model = nn.MLP(2, [4, 3], activation="tanh", seed=0)
    X = np.random.default_rng(0).normal(size=(200, 2))
    with no_grad():
        expected = np.array([[float(z) for z in model(row)] for row in X.tolist()])

    def work(i: int) -> None:
        part = slice(i, 150 + i)
        np.testing.assert_allclose(model.predict(X[part]), expected[part], rtol=1e-12)

    in_threads(work)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs POSIX's timers")
def test_a_handler_that_interrupts_a_compiled_function_may_call_it_itself() -> None:
    model = nn.MLP(4, [16, 16, 1], activation="tanh", seed=0)
    f = autograd.compile(lambda x: model(x))
    X, other = np.full((64, 4), 0.5), np.full((64, 4), -2.0)
    expected, theirs = f.value_and_grad(f.theta, X)[1], f.value_and_grad(f.theta, other)[1]
    wrong, calls = [], 0

    def handler(number: int, frame: types.FrameType | None) -> None:
        nonlocal calls
        calls += 1
        with no_grad():  # which takes the same lock as a block that it may interrupt
            if not np.array_equal(f.value_and_grad(f.theta, other)[1], theirs):
                wrong.append("handler")

    before = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
    try:
        while calls < 20:
            with no_grad():
                if not np.array_equal(f.value_and_grad(f.theta, X)[1], expected):
                    wrong.append("interrupted")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
    assert wrong == []


def test_the_memory_of_a_call_is_out_of_reach_while_it_is_used() -> None:
    w = [Value(0.1 * i) for i in range(8)]
    f = autograd.compile(lambda x: autograd.dot(w, x).tanh())
    X = np.ones((5, 8))
    f.value_and_grad(f.theta, X)
    executable = f._executables.get(f._latest)
    assert executable is not None
    function, memory_of = executable._functions["value_and_grad"]
    memories = []

    def nested(theta: Any, x: Any, memory: Any) -> Any:
        memories.append(memory)
        if len(memories) < 2:
            executable._functions["value_and_grad"] = (nested, memory_of)
            f.value_and_grad(theta, x)
        return function(theta, x, memory)

    executable._functions["value_and_grad"] = (nested, memory_of)
    f.value_and_grad(f.theta, X)
    assert memories[0] is not memories[1]


def test_copies_may_be_made_while_another_thread_builds_on_the_same_leaves() -> None:
    leaves = [Value(0.1 * i) for i in range(20)]

    def work(i: int) -> float:
        y = autograd.sum([x * x for x in leaves]).tanh()
        twin = copy.deepcopy(y)
        twin.backward()
        return twin.data

    assert len(set(in_threads(work))) == 1
    assert {x.grad for x in leaves} == {0.0}
