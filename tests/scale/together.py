"""Threads that start together, and take turns often."""

from __future__ import annotations

import threading
from collections.abc import Callable
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
