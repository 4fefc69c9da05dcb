"""``no_grad``, ``detect_anomaly`` and ``tracing``: how the operations of a block are recorded.

A mode belongs to the thread that entered it. The fast paths of ``value.py`` look at one number,
``special``: how many such blocks are open, in any thread. While it is 0 nothing else is checked.
Of those blocks ``traces`` are traces, so that reading a number asks no more than this either.
"""

from __future__ import annotations

import threading
from contextlib import ContextDecorator
from types import TracebackType
from typing import Any, Protocol

from autograd.errors import InputError

special = 0
traces = 0
_lock = threading.Lock()


class Tracer(Protocol):
    """What the operations of a block are handed over to while ``compile`` traces a function."""

    def apply(self, operation: Any, operands: tuple[Any, ...]) -> Any:
        """Write an operation down; the symbol of its result."""
        ...

    def weighted_sum(self, weights: Any, inputs: Any, bias: Any) -> Any:
        """Write w1*x1 + w2*x2 + ... + bias down; the symbol of the sum."""
        ...

    def made(self, value: Any) -> None:
        """Take note of a Value that the traced function makes itself."""
        ...

    def grad(self, output: Any, inputs: Any) -> list[Any]:
        """Write the derivatives of ``output`` down; a symbol for each of ``inputs``."""
        ...

    def refusal(self, value: Any, asked: str) -> Exception:
        """The error for code that asks for the number of a Value, or for what has no meaning."""
        ...


class _Current(threading.local):
    def __init__(self) -> None:
        self.recording = True
        # where each node of this block was made, or None outside of detect_anomaly
        self.origins: dict[Any, str] | None = None
        # who writes the operations of this thread down instead, or None outside of a trace
        self.tracer: Tracer | None = None
        # what the blocks that are open in this thread will put back. It is kept here and not in
        # the blocks, because one decorator serves every thread that calls its function.
        self.before: list[Any] = []


current = _Current()
_TRACE = object()  # what a trace leaves in current.before, so that restore() can count traces


def _count(change: int, of_traces: int = 0) -> None:
    global special, traces
    with _lock:
        special += change
        traces += of_traces


State = tuple[bool, dict[Any, str] | None, Tracer | None, int]


def state() -> State:
    """What holds in this thread now, for ``restore``."""
    return current.recording, current.origins, current.tracer, len(current.before)


def restore(earlier: State) -> None:
    """Go back to an earlier state of this thread, out of blocks that were never left.

    Ctrl-C on the very border of a ``with`` block can keep Python from running its ``__exit__``
    (https://bugs.python.org/issue29988). Who catches it has to put right what that leaves behind.
    """
    current.recording, current.origins, current.tracer, depth = earlier
    left_behind = current.before[depth:]
    _count(-len(left_behind), -left_behind.count(_TRACE))
    del current.before[depth:]


def is_tracing() -> bool:
    """Whether a function is being traced in this thread, so that Values have no numbers."""
    return traces > 0 and current.tracer is not None


def guard(value: Any, asked: str) -> None:
    """Raise TraceError if this thread traces a function: a number read now would be baked in."""
    if current.tracer is not None:
        raise current.tracer.refusal(value, asked)


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
        guard(None, "no_grad()")
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
        guard(None, "detect_anomaly()")
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


class tracing:  # noqa: N801 -- a block like the two above
    """Hand the operations of this block over to a tracer, and to nobody else in this thread."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        self._before: State | None = None

    def __enter__(self) -> None:
        self._before = state()
        _count(+1, +1)
        current.before.append(_TRACE)
        # inside of an outer no_grad a function is traced all the same
        current.tracer, current.recording = self._tracer, True

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._before is not None
        restore(self._before)
