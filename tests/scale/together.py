"""Threads that start together, and take turns often."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.scale.sizes import sized

N_THREADS = 6
ROUNDS = sized(20, 400)


def in_threads(work: Callable[[int], Any], n: int = N_THREADS) -> list[Any]:
    """What each of n threads returns that start together; an error of one is raised here."""
    start = threading.Barrier(n)

    def run(i: int) -> Any:
        start.wait(30)
        return work(i)

    with ThreadPoolExecutor(n) as pool:
        return list(pool.map(run, range(n)))


def in_an_event_loop(program: Coroutine[Any, Any, Any]) -> Any:
    """What a coroutine returns, run in a thread of its own: Playwright's loop holds this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, program).result()
