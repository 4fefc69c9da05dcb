"""Nothing grows: sweeps, graphs, readers, compiled calls, programs, blocks."""

from __future__ import annotations

import asyncio
import gc
import pickle
import tracemalloc
import weakref
from collections.abc import Callable
from contextvars import ContextVar, copy_context
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import (
    Stepper,
    Value,
    check_gradients,
    detect_anomaly,
    draw,
    explain,
    forward_steps,
    grad,
    no_grad,
    steps,
    tree,
    wrong_order,
)
from autograd.compiler import lru_cache as kept
from autograd.core import modes
from tests.scale.sizes import sized
from tests.scale.together import in_an_event_loop

SWEEPS = sized(2_000, 10_000)
FIRST = slice(0, 2)
# bytes that Python keeps of small tuples for later; a leak would be 16 and more at each call
SLACK = 12_000


@pytest.fixture(scope="module")
def model() -> nn.MLP:
    return nn.MLP(3, [4, 1], activation="tanh", seed=0)


def loss_of(model: nn.MLP) -> Value:
    y: Value = (model([0.1, 0.2, 0.3]) - 1.0) ** 2
    return y


def grown(work: Callable[[], Any], times: int) -> tuple[int, int]:
    """How many objects and bytes there are more after so many calls, less those of the first."""
    for _ in range(20):
        work()
    tracemalloc.start()
    try:
        before, objects = tracemalloc.get_traced_memory()[0], len(gc.get_objects())
        for _ in range(times):
            work()
        return len(gc.get_objects()) - objects, tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()


def test_thousands_of_sweeps_of_one_graph_leave_nothing_behind(
    model: nn.MLP, no_collector: None
) -> None:
    y = loss_of(model)
    objects, size = grown(y.backward, SWEEPS)
    assert objects < 10
    assert size < SLACK


def test_thousands_of_fresh_graphs_leave_nothing_behind_without_the_collector(
    model: nn.MLP, no_collector: None
) -> None:
    objects, size = grown(lambda: loss_of(model).backward(), SWEEPS)
    assert objects < 10
    assert size < SLACK


READERS: dict[str, Callable[[Value, nn.MLP], Any]] = {
    "grad": lambda y, m: grad(y, m.parameters()[FIRST]),
    "grad of grad": lambda y, m: grad(grad(y, m.parameters()[FIRST])[0], m.parameters()[FIRST]),
    "steps": lambda y, m: list(steps(y)),
    "half of the steps": lambda y, m: next(steps(y)),
    "forward_steps": lambda y, m: list(forward_steps(y)),
    "tree": lambda y, m: tree(y, names={}),
    "draw": lambda y, m: draw(y, names={}, model=m),
    "explain": lambda y, m: explain(y, m.parameters()[0], names={}).text(),
    "Stepper": lambda y, m: repr(Stepper(y, names={}, model=m).seek(-1)),
    "page": lambda y, m: Stepper(y, names={}, model=m).html(),
    "wrong_order": lambda y, m: str(wrong_order(y, names={})),
    "check_gradients": lambda y, m: check_gradients(lambda a: (a * a).tanh(), [0.5]),
    "pickle": lambda y, m: pickle.loads(pickle.dumps(y)),
}


@pytest.mark.parametrize("reader", READERS)
def test_a_reader_leaves_no_value_for_the_collector(
    reader: str, model: nn.MLP, no_collector: None
) -> None:
    def read() -> None:
        y = loss_of(model)
        y.backward()
        READERS[reader](y, model)

    def values() -> int:
        return sum(type(thing) is Value for thing in gc.get_objects())

    read()
    before = values()
    read()
    assert values() == before


@pytest.mark.parametrize("block", [no_grad, detect_anomaly])
def test_blocks_leave_nothing_behind(block: Any, model: nn.MLP, no_collector: None) -> None:
    shared = block()

    def work() -> None:
        with block(), shared, shared:
            loss_of(model).backward()

    objects, size = grown(work, 1_000)
    assert objects < 10
    assert size < SLACK
    assert modes.n_open == 0


def test_tasks_that_outlive_a_block_hold_none_of_its_nodes(no_collector: None) -> None:
    class Watched(Value):
        __slots__ = ("__weakref__",)

    async def waiting(end: asyncio.Event) -> None:
        await end.wait()

    async def program() -> bool:
        end = asyncio.Event()
        with detect_anomaly():
            bottom = Watched(1.0)
            alive = weakref.ref(bottom)
            y = bottom * 2.0
            task = asyncio.create_task(waiting(end))
            await asyncio.sleep(0)
        del bottom, y
        freed = alive() is None
        end.set()
        await task
        return freed

    assert in_an_event_loop(program())


# --- compiled -------------------------------------------------------------------------------------


def test_thousands_of_calls_with_changing_rows_leave_nothing_behind(model: nn.MLP) -> None:
    f = autograd.compile(lambda x: model(x))
    rng = np.random.default_rng(0)

    def work() -> None:
        X = rng.normal(size=(rng.integers(1, 40), 3))
        f.map(X)
        f.value_and_grad(f.theta, X)

    work()
    for n in range(1, 40):
        f.map(np.ones((n, 3)))
    _, size = grown(work, SWEEPS)
    assert size < 50_000  # the memory of other numbers of rows than before, and no more of them
    assert f.n_traces == 1
    assert len(f._local.memory) <= 8


def test_programs_of_static_values_are_kept_up_to_a_number_and_made_again_after() -> None:
    w = Value(3.0)
    f = autograd.compile(lambda x, k: w * x + k, static="k")
    for k in range(kept.MOST_PROGRAMS + 10):
        assert f.map([2.0], k).tolist() == [6.0 + k]
    assert len(f._executables) == kept.MOST_PROGRAMS
    assert f.n_traces == kept.MOST_PROGRAMS + 10
    f.map([2.0], kept.MOST_PROGRAMS)
    assert f.n_traces == kept.MOST_PROGRAMS + 10  # still there
    assert f.map([2.0], 0).tolist() == [6.0]
    assert f.n_traces == kept.MOST_PROGRAMS + 11  # the first had gone


def test_the_program_that_is_given_up_is_the_one_used_longest_ago(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(kept, "MOST_PROGRAMS", 2)
    w = Value(3.0)
    f = autograd.compile(lambda xs: w * autograd.sum(xs))
    arrays = {n: np.ones((1, n)) for n in (1, 2, 3)}
    f.map(arrays[1])
    f.map(arrays[2])
    f.map(arrays[1])  # by the quick way, which counts as a use as well
    f.map(arrays[3])
    assert f.n_traces == 3
    assert f.map(arrays[1]).tolist() == [3.0]
    assert f.n_traces == 3
    assert f.map(arrays[2]).tolist() == [6.0]
    assert f.n_traces == 4
    assert "def values" in f.source
    assert (len(f._executables), len(f._executables._by_shapes)) == (2, 2)


def test_a_program_that_was_given_up_is_freed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST_PROGRAMS", 3)
    w = Value(3.0)
    f = autograd.compile(lambda x, k: w * x + k, static="k")
    first = weakref.ref(f._read(([1.0], 0), {})[0])
    for k in range(1, 5):
        f.map([1.0], k)
    assert first() is None


def test_compiled_functions_that_were_dropped_are_freed_without_the_collector(
    no_collector: None,
) -> None:
    def one() -> list[Any]:
        w = [Value(0.1 * i) for i in range(10)]
        f = autograd.compile(lambda x: autograd.dot(w, x).tanh())
        f.value_and_grad(f.theta, np.ones((3, 10)))
        return [weakref.ref(f), weakref.ref(f._executables.get(f._latest))]

    assert [reference() for _ in range(100) for reference in one()] == [None] * 200


def test_what_dropped_functions_leave_to_the_collector_is_their_code_and_nothing_large(
    no_collector: None,
) -> None:
    rng = np.random.default_rng(0)

    def one() -> None:
        table = rng.normal(size=1_000).tolist()
        w = Value(2.0)
        f = autograd.compile(lambda x: autograd.sum([w * x * c for c in table]))
        f.map([1.0])

    one()
    values = sum(type(thing) is Value for thing in gc.get_objects())
    one()
    assert sum(type(thing) is Value for thing in gc.get_objects()) == values


def test_a_compiled_function_keeps_nothing_of_the_context_it_was_called_in(
    no_collector: None,
) -> None:
    class Large:
        pass

    variable: ContextVar[Large] = ContextVar("of the user")
    w = Value(2.0)
    f = autograd.compile(lambda x: w * x)

    def work() -> weakref.ref[Large]:
        thing = Large()
        variable.set(thing)
        f.map([1.0])
        return weakref.ref(thing)

    alive = copy_context().run(work)
    assert alive() is None


def test_models_that_were_trained_and_dropped_are_freed_without_the_collector(
    no_collector: None,
) -> None:
    X, y = nn.data.moons(20, noise=0.1, seed=0)
    references = []
    for seed in range(5):
        model = nn.MLP(2, [3, 1], activation="tanh", seed=seed)
        nn.fit(
            model, X, y, loss="binary_cross_entropy_with_logits", optimizer=nn.SGD(lr=0.1),
            epochs=2, verbose=0,
        )  # fmt: skip
        model.predict(X)
        references.append(weakref.ref(model))
        del model
    assert [reference() for reference in references] == [None] * 5
