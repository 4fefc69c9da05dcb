"""Python's garbage collector is left as it was found."""

from __future__ import annotations

import gc

import pytest

import autograd
import nn
from autograd._util.gc_pause import gc_paused


@pytest.mark.parametrize("first_out", [0, 1])
def test_the_collector_is_on_again_in_whatever_order_threads_leave(first_out: int) -> None:
    blocks = [gc_paused(), gc_paused()]  # as of two threads
    assert gc.isenabled()
    for block in blocks:
        block.__enter__()
    assert not gc.isenabled()
    for i in (first_out, 1 - first_out):
        blocks[i].__exit__(None, None, None)
    assert gc.isenabled()


def test_a_collector_that_the_user_switched_off_stays_off(no_collector: None) -> None:
    with gc_paused():
        nn.MLP(2, [3, 1])
    autograd.compile(lambda x: x * x).map([1.0])
    assert not gc.isenabled()
