"""``no_grad`` and ``detect_anomaly``: how the operations of a block of code are recorded.

A mode belongs to the thread that entered it. The fast paths of ``value.py`` look at one number,
``special``: how many such blocks are open, in any thread. While it is 0 nothing else is checked.
"""

from __future__ import annotations

import threading
from contextlib import ContextDecorator
from types import TracebackType
from typing import Any

special = 0
_lock = threading.Lock()


class _Current(threading.local):
    recording: bool = True
    # where each node of this block was made, or None outside of detect_anomaly
    origins: dict[Any, str] | None = None


current = _Current()


def _count(change: int) -> None:
    global special
    with _lock:
        special += change


class no_grad(ContextDecorator):  # noqa: N801 -- PyTorch's name for it, in PyTorch's case
    """Compute without recording: results have no parents, and nothing is kept for a backward pass.

    A block, or a decorator of a function. It holds for the thread that enters it.

    >>> from autograd import Value, no_grad
    >>> a = Value(2.0)
    >>> with no_grad():
    ...     b = a * 3
    >>> b.data, b.parents
    (6.0, ())
    """

    def __init__(self) -> None:
        self._before: list[bool] = []  # a list, because one decorated function may call itself

    def __enter__(self) -> no_grad:
        self._before.append(current.recording)
        current.recording = False
        _count(+1)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        current.recording = self._before.pop()
        _count(-1)


class detect_anomaly(ContextDecorator):  # noqa: N801 -- PyTorch's name for it, in PyTorch's case
    """Raise ``AnomalyError`` at the first nan or inf, in the forward or in the backward pass.

    The message names the operation, its operands with their values and names, and the line of
    your source that asked for it. It costs time and memory: use it to look for a fault.

    >>> from autograd import Value, detect_anomaly
    >>> with detect_anomaly():
    ...     Value(-1.0, name="x").log()
    Traceback (most recent call last):
    ...
    autograd.errors.AnomalyError: log gave nan from x=-1...
    """

    def __init__(self) -> None:
        self._before: list[dict[Any, str] | None] = []

    def __enter__(self) -> detect_anomaly:
        self._before.append(current.origins)
        current.origins = {} if current.origins is None else current.origins
        _count(+1)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        current.origins = self._before.pop()
        _count(-1)
