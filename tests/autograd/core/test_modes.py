"""``no_grad``: what it changes, for whom, and for how long."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import autograd
import nn
from autograd import InputError, Value, detect_anomaly, no_grad
from autograd.core import modes
from autograd.core.graph import topological_order
from tests.autograd.messages import raises


@pytest.fixture(autouse=True)
def _no_block_stays_open() -> Iterator[None]:
    yield
    assert modes.n_open == 0
    assert modes.current().recording
    assert modes.current().origins is None
    assert modes.current().blocks == ()


def in_a_thread(work: Callable[[], Any]) -> Any:
    results: list[Any] = []
    thread = threading.Thread(target=lambda: results.append(work()))
    thread.start()
    thread.join()
    return results[0]


# --- no_grad --------------------------------------------------------------------------------------

OPERATIONS: dict[str, Callable[[Value, Value], Value]] = {
    "+": lambda a, b: a + b,
    "*": lambda a, b: a * b,
    "- and /": lambda a, b: (a - b) / b,
    "a number on the left": lambda a, b: 3 * a + (2 - b),
    "**": lambda a, b: b**a + a**2,
    "abs and neg": lambda a, b: abs(-a),
    "relu": lambda a, b: a.relu(),
    "relu of a negative": lambda a, b: b.relu(),
    "relu of nan": lambda a, b: (a * math.nan).relu(),
    "tanh": lambda a, b: a.tanh(),
    "sum": lambda a, b: autograd.sum([a, b, a]),
    "sum with a number": lambda a, b: autograd.sum([a, 2.0]),
    "dot": lambda a, b: autograd.dot([a, b], [b, a]),
    "maximum": lambda a, b: autograd.maximum(a, b),
    "logsumexp": lambda a, b: autograd.logsumexp([a, b]),
    "a neuron": lambda a, b: nn.Neuron(2, "tanh", rng=0)([a, b]),
}


@pytest.mark.parametrize("case", OPERATIONS)
def test_under_no_grad_every_operation_gives_the_same_data_and_a_leaf(case: str) -> None:
    a, b = Value(0.75), Value(-0.5)
    usual = OPERATIONS[case](a, b)
    with no_grad():
        y = OPERATIONS[case](a, b)
    assert y.data.hex() == usual.data.hex()
    assert (y.parents, y.partials, y.op, type(y)) == ((), (), "", Value)
    assert usual.parents


@pytest.mark.parametrize("case", OPERATIONS)
def test_a_block_in_another_thread_changes_no_bit_of_a_graph_in_this_one(case: str) -> None:
    def facts(y: Value) -> list[Any]:
        order = topological_order(y)
        return [(n.op, n.data.hex(), [p.hex() for p in n.partials], len(n.parents)) for n in order]

    a, b = Value(0.75), Value(-0.5)
    usual = facts(OPERATIONS[case](a, b))
    opened, done = threading.Event(), threading.Event()

    def hold() -> None:
        with no_grad(), detect_anomaly():
            opened.set()
            done.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    opened.wait(10)
    try:
        assert modes.n_open == 2
        assert facts(OPERATIONS[case](a, b)) == usual
    finally:
        done.set()
        thread.join()


def test_recording_goes_on_after_the_block_even_if_it_raised() -> None:
    a = Value(2.0)
    with pytest.raises(KeyError), no_grad():
        raise KeyError
    assert (a * a).parents == (a, a)


def test_no_grad_blocks_nest() -> None:
    a = Value(2.0)
    with no_grad():
        with no_grad():
            assert (a * a).parents == ()
        assert (a * a).parents == ()
    assert (a * a).parents == (a, a)


def test_one_no_grad_object_can_be_entered_again_within_itself() -> None:
    a, block = Value(2.0), no_grad()
    with block:
        with block:
            pass
        assert (a * a).parents == ()
    assert (a * a).parents == (a, a)


def test_no_grad_decorates_a_function_that_calls_itself() -> None:
    @no_grad()
    def power(a: Value, n: int) -> Value:
        """The docstring stays."""
        return a if n == 1 else power(a, n - 1) * a

    a = Value(2.0)
    y = power(a, 5)
    assert (y.data, y.parents) == (32.0, ())
    assert (power.__name__, power.__doc__) == ("power", "The docstring stays.")
    assert (a * a).parents == (a, a)


def test_no_grad_holds_for_the_thread_that_enters_it_alone() -> None:
    a = Value(2.0)
    with no_grad():
        elsewhere = in_a_thread(lambda: a * a)
        assert (a * a).parents == ()
    assert elsewhere.parents == (a, a)


def test_a_lock_that_ctrl_c_kept_from_being_released_holds_up_no_other_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    left = threading.RLock()
    left.acquire()  # by this thread, which never releases it
    monkeypatch.setattr(modes, "_lock", left)
    found: list[Value] = []

    def work() -> None:
        with no_grad():
            found.append(Value(2.0) * 3.0)

    other = threading.Thread(target=work, daemon=True)
    other.start()
    other.join(10.0)
    assert not other.is_alive()
    assert [y.data for y in found] == [6.0]
    assert modes.n_open == 0


def test_a_decorated_function_gives_each_thread_its_own_mode_back() -> None:
    entered, leave = threading.Event(), threading.Event()

    @no_grad()
    def work(enter: Callable[[], Any]) -> None:
        enter()

    def first() -> bool:
        work(lambda: (entered.set(), leave.wait(10)))
        return modes.current().recording

    def second() -> None:  # comes in after the first, and the first goes out before it
        leave.set()
        thread.join()

    answers: list[bool] = []
    thread = threading.Thread(target=lambda: answers.append(first()))
    thread.start()
    entered.wait(10)
    with no_grad():
        work(second)
        assert not modes.current().recording
    assert answers == [True]


def test_backward_of_a_result_under_no_grad_reaches_no_parameter() -> None:
    a = Value(2.0)
    with no_grad():
        y = a * a
    y.backward()
    assert (y.grad, a.grad) == (1.0, 0.0)


@pytest.mark.parametrize("mode", [no_grad, detect_anomaly])
def test_a_decorator_without_its_brackets_is_an_error_that_says_so(mode: Any) -> None:
    with raises(InputError, mode.__name__, "<function", f"@{mode.__name__}()"):

        @mode
        def work() -> None: ...
