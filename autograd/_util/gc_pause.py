"""``gc_paused``: no garbage collection while many objects are made that stay."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def gc_paused() -> Iterator[None]:
    """Without the garbage collector, which would go through all that is kept again and again.

    It is for making what stays, such as a network of 100,000 Values or the tape of one. All threads
    have one collector: it is on again when the one leaves that switched it off.

    >>> with gc_paused():
    ...     gc.isenabled()
    False
    """
    was_enabled = gc.isenabled()
    try:
        gc.disable()  # in here, for the sake of Ctrl-C
        yield
    finally:
        if was_enabled:
            gc.enable()
