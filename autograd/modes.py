"""``no_grad`` and ``detect_anomaly``: how the operations of a block of code are recorded.

A mode belongs to the thread that entered it. The fast paths of ``value.py`` look at one number,
``special``: how many such blocks are open, in any thread. While it is 0 nothing else is checked.
"""

from __future__ import annotations

import threading
from contextlib import ContextDecorator
from types import TracebackType
from typing import Any

from autograd.errors import InputError

special = 0
_lock = threading.Lock()


class _Current(threading.local):
    def __init__(self) -> None:
        self.recording = True
        # where each node of this block was made, or None outside of detect_anomaly
        self.origins: dict[Any, str] | None = None
        # what the blocks that are open in this thread will put back. It is kept here and not in
        # the blocks, because one decorator serves every thread that calls its function.
        self.before: list[Any] = []


current = _Current()


def _count(change: int) -> None:
    global special
    with _lock:
        special += change


State = tuple[bool, dict[Any, str] | None, int]


def state() -> State:
    """What holds in this thread now, for ``restore``."""
    return current.recording, current.origins, len(current.before)


def restore(earlier: State) -> None:
    """Go back to an earlier state of this thread, out of blocks that were never left.

    Ctrl-C on the very border of a ``with`` block can keep Python from running its ``__exit__``
    (https://bugs.python.org/issue29988). Who catches it has to put right what that leaves behind.
    """
    current.recording, current.origins, depth = earlier
    _count(depth - len(current.before))
    del current.before[depth:]


def _refuse(name: str, arguments: tuple[Any, ...]) -> None:
    """The brackets are easily forgotten: ``@no_grad`` would hand the function over as argument."""
    if arguments:
        raise InputError(
            f"{name} expects no arguments, got {arguments[0]!r}; write @{name}() with brackets "
            f"above a function, or 'with {name}():' before a block"
        )


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

    def __init__(self, *nothing: Any) -> None:
        _refuse("no_grad", nothing)

    def __enter__(self) -> no_grad:
        _count(+1)
        current.before.append(current.recording)
        current.recording = False
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        current.recording = current.before.pop()
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

    def __init__(self, *nothing: Any) -> None:
        _refuse("detect_anomaly", nothing)

    def __enter__(self) -> detect_anomaly:
        _count(+1)
        current.before.append(current.origins)
        current.origins = {} if current.origins is None else current.origins
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        current.origins = current.before.pop()
        _count(-1)
