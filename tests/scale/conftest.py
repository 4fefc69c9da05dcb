"""What holds for the tests of scale: no block stays open."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator

import pytest

from autograd.core import modes


@pytest.fixture(autouse=True)
def no_block_stays_open() -> Iterator[None]:
    yield
    assert (modes.n_open, modes.n_traces) == (0, 0)


@pytest.fixture
def often_switched() -> Iterator[None]:
    """Threads take turns after every few operations."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


@pytest.fixture
def no_collector() -> Iterator[None]:
    """Memory is given back by counting references, or not at all."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
