"""Modes belong to a thread, and in it to a task of asyncio; and generators may hold blocks."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import autograd
from autograd import (
    AnomalyError,
    Value,
    detect_anomaly,
    no_grad,
)
from autograd.core import modes
from tests.scale.together import ROUNDS, in_an_event_loop, in_threads

pytestmark = pytest.mark.usefixtures("often_switched")


@pytest.mark.parametrize("context", ["empty", "copied"])
def test_a_block_does_not_hold_in_a_thread_that_is_started_in_it(context: str) -> None:
    # some Pythons give a new thread a copy of the context, as this does
    a = Value(2.0)
    with no_grad(), detect_anomaly():
        run = contextvars.copy_context().run if context == "copied" else contextvars.Context().run
        with ThreadPoolExecutor(1) as pool:
            made = pool.submit(run, lambda: a * a).result()
            there = pool.submit(
                run, lambda: (modes.current().blocks, modes.current().origins)
            ).result()
    assert made.parents == (a, a)
    assert there == ((), None)


def test_one_block_object_serves_many_threads_at_once() -> None:
    block, a = no_grad(), Value(2.0)

    def work(i: int) -> None:
        for _ in range(ROUNDS):
            with block:
                assert (a * a).parents == ()
                with block:
                    assert (a * a).parents == ()
                assert (a * a).parents == ()
            assert (a * a).parents == (a, a)

    in_threads(work)
    assert block._entered == []


def test_a_function_that_another_thread_traces_is_no_business_of_this_one() -> None:
    w, entered, leave = Value(2.0), threading.Event(), threading.Event()

    def fn(x: Value) -> Value:
        entered.set()
        leave.wait(10)
        return w * x

    thread = threading.Thread(target=autograd.compile(fn).map, args=([1.0],))
    thread.start()
    entered.wait(10)
    try:
        y = w * w
        y.backward()
        assert (float(y), w.grad, y > 1.0) == (4.0, 4.0, True)
    finally:
        leave.set()
        thread.join()


def test_a_block_may_be_opened_by_what_interrupts_the_counting_of_blocks() -> None:
    def interrupted() -> None:
        with modes._lock, no_grad():  # as a signal's handler or a __del__ may
            pass

    thread = threading.Thread(target=interrupted, daemon=True)
    thread.start()
    thread.join(10)
    assert not thread.is_alive()


# --- modes in asyncio -----------------------------------------------------------------------------


def test_a_block_of_one_task_does_not_hold_in_another_that_comes_in_between() -> None:
    a = Value(2.0)

    async def without(order: list[str]) -> None:
        with no_grad():
            order.append("in")
            await asyncio.sleep(0)
            assert (a * a).parents == ()
            await asyncio.sleep(0)
        order.append("out")
        assert (a * a).parents == (a, a)

    async def beside(order: list[str]) -> None:
        for _ in range(5):
            assert (a * a).parents == (a, a)
            order.append("beside")
            await asyncio.sleep(0)

    async def program() -> list[str]:
        order: list[str] = []
        await asyncio.gather(without(order), beside(order), without(order), beside(order))
        return order

    order = in_an_event_loop(program())
    assert order.index("beside") < order.index("out")
    assert order.index("in") < order.index("beside")


def test_an_anomaly_is_looked_for_in_the_task_that_asked_alone() -> None:
    async def looking() -> None:
        with detect_anomaly():
            await asyncio.sleep(0)
            with pytest.raises(AnomalyError):
                Value(-1.0).log()

    async def beside() -> None:
        await asyncio.sleep(0)
        y = Value(-1.0).log()
        assert y.data != y.data

    async def program() -> None:
        await asyncio.gather(looking(), beside(), looking(), beside())

    in_an_event_loop(program())


def test_a_task_that_is_started_in_a_block_is_in_it_for_as_long_as_it_is_open() -> None:
    a = Value(2.0)

    async def inner(opened: asyncio.Event) -> list[int]:
        lengths = [len((a * a).parents)]
        await opened.wait()
        return [*lengths, len((a * a).parents)]

    async def program() -> list[int]:
        opened = asyncio.Event()
        with no_grad():
            task = asyncio.create_task(inner(opened))
            await asyncio.sleep(0)
        other = no_grad()
        with other:  # one that is open elsewhere must not bring the old one back
            opened.set()
            return await task

    assert in_an_event_loop(program()) == [0, 2]


def test_a_decorated_coroutine_of_many_tasks_gives_each_its_own_mode_back() -> None:
    a, block = Value(2.0), no_grad()

    async def work(pauses: int) -> None:
        with block:
            for _ in range(pauses):
                await asyncio.sleep(0)
                assert (a * a).parents == ()
        assert (a * a).parents == (a, a)

    async def program() -> None:
        await asyncio.gather(*[work(pauses) for pauses in (5, 1, 3, 2, 4)])

    in_an_event_loop(program())
    assert block._entered == []


def test_generators_that_hold_blocks_and_end_in_any_order_leave_none_open() -> None:
    a = Value(2.0)

    def holding(block: Any) -> Iterator[None]:
        with block:
            yield

    first, second = holding(no_grad()), holding(detect_anomaly())
    next(first)
    next(second)
    first.close()
    assert (a * a).parents == (a, a)
    assert modes.current().origins is not None
    second.close()
    assert modes.current().blocks == ()


def test_a_generator_that_is_closed_in_another_context_leaves_its_block() -> None:
    def holding() -> Iterator[None]:
        with no_grad():
            yield

    left = holding()
    contextvars.Context().run(next, left)
    assert modes.n_open == 1
    assert modes.current().recording
    left.close()
    assert modes.n_open == 0


def test_a_generator_that_is_closed_in_another_thread_leaves_its_block() -> None:
    def holding() -> Iterator[None]:
        with no_grad():
            yield

    left = holding()
    next(left)
    assert not modes.current().recording
    thread = threading.Thread(target=left.close)
    thread.start()
    thread.join()
    assert modes.n_open == 0
    assert modes.current().recording
