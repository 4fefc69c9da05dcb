"""``no_grad``, ``detect_anomaly`` and ``tracing``: how the operations of a block are recorded.

A mode belongs to the thread that entered it, and there to the asyncio task that did and the tasks
that are started in its block, for as long as it is open. The fast paths of ``value.py`` look at one
number, ``special``: how many such blocks are open, in any thread. While it is 0 nothing else is
checked. Of those blocks ``traces`` are traces and ``anomalies`` look for anomalies, so that reading
a number asks no more than this either.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import ContextDecorator
from contextvars import ContextVar
from itertools import chain
from threading import get_ident
from types import TracebackType
from typing import Any, Protocol, Self

from autograd.errors import InputError

special = 0
traces = 0
anomalies = 0
# what a signal's handler or a __del__ runs may open a block within _count of the same thread
_lock = threading.RLock()


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


class Open:
    """An open block: what it decides, who entered it, and the block that it was entered in.

    It decides one thing, and leaves None for the others. A block that is left has no thread: tasks
    that were started in it keep it in their context, where it decides nothing any more.
    """

    __slots__ = ("origins", "outer", "recording", "thread", "tracer")

    def __init__(
        self,
        recording: bool | None = None,
        origins: dict[Any, str] | None = None,
        tracer: Tracer | None = None,
    ) -> None:
        self.recording, self.origins, self.tracer = recording, origins, tracer
        self.thread, self.outer = get_ident(), _latest.get() and next(_blocks(), None)
        # in this order, so that restore() finds it wherever Ctrl-C has come in between
        _latest.set(self)
        _open.add(self)
        _count()

    def close(self) -> None:
        """Let it decide nothing from now on; a second time does nothing."""
        if self.thread:
            _open.discard(self)
            _count()
            self.thread = 0  # the last: until then restore() would close it once more
            self.origins = self.tracer = None  # nodes that nobody else may hold
        if _latest.get() is self:
            _latest.set(self.outer and next(_blocks(), None))


# A context variable and not a threading.local, so that asyncio's tasks have one each. A context is
# copied for a new task, and in some Pythons for a new thread, so a block knows its thread as well.
_latest: ContextVar[Open | None] = ContextVar("glassgrad_modes", default=None)


def _blocks() -> Iterator[Open]:
    """The blocks that are open in this thread and task, the innermost one first."""
    block = _latest.get()
    while block is not None:
        if block.thread == get_ident():
            yield block
        block = block.outer


class _Current:
    """What holds here and now: in this thread, and in this asyncio task."""

    @property
    def recording(self) -> bool:
        """Whether the results of operations have parents."""
        block = _latest.get()
        while block is not None:
            if block.recording is not None and block.thread == get_ident():
                return block.recording
            block = block.outer
        return True

    @property
    def origins(self) -> dict[Any, str] | None:
        """Where each node of the block was made; None outside of detect_anomaly."""
        block = _latest.get() if anomalies else None
        while block is not None:
            if block.origins is not None and block.thread == get_ident():
                return block.origins
            block = block.outer
        return None

    @property
    def tracer(self) -> Tracer | None:
        """Who writes operations down instead; None outside of a trace."""
        block = _latest.get() if traces else None
        while block is not None:
            if block.tracer is not None and block.thread == get_ident():
                return block.tracer
            block = block.outer
        return None

    @property
    def before(self) -> list[Open]:
        """The blocks that are open, the innermost one first."""
        return list(_blocks())


current = _Current()


_open: set[Open] = set()  # in all threads


def _count() -> None:
    """Count anew: with sums that are added to, one that Ctrl-C cut short would stay wrong."""
    global special, traces, anomalies
    with _lock:
        blocks = list(_open)  # at once, as other threads add theirs meanwhile
        special = len(blocks)
        traces = sum(block.tracer is not None for block in blocks)
        anomalies = sum(block.origins is not None for block in blocks)


def _after_fork() -> None:
    # a thread that is not there any more may have held it. What such threads have open stays
    # counted, which costs time and changes nothing.
    global _lock
    _lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)

State = list[Open]


def state() -> State:
    """What holds in this thread now, for ``restore``."""
    return current.before


def restore(earlier: State) -> None:
    """Go back to an earlier state of this thread, out of blocks that were never left.

    Ctrl-C on the very border of a ``with`` block can keep Python from running its ``__exit__``
    (https://bugs.python.org/issue29988). Who catches it has to put right what that leaves behind.
    """
    for block in current.before:
        if block not in earlier:
            block.close()
    _count()


def is_tracing() -> bool:
    """Whether a function is being traced in this thread, so that Values have no numbers."""
    return traces > 0 and current.tracer is not None


def guard(value: Any, asked: str) -> None:
    """Raise TraceError if this thread traces a function: a number read now would be baked in."""
    tracer = current.tracer
    if tracer is not None:
        raise tracer.refusal(value, asked)


def _refuse(name: str, arguments: tuple[Any, ...]) -> None:
    """The brackets are easily forgotten: ``@no_grad`` would hand the function over as argument."""
    if arguments:
        raise InputError(
            f"{name} expects no arguments, got {arguments[0]!r}; write @{name}() with brackets "
            f"above a function, or 'with {name}():' before a block"
        )


class _Mode(ContextDecorator):
    """A block and a decorator, which several threads and tasks may be in at the same time."""

    def __init__(self, *nothing: Any) -> None:
        _refuse(type(self).__name__, nothing)
        self._open: list[Open] = []

    def _decision(self) -> Open:
        raise NotImplementedError

    def __enter__(self) -> Self:
        guard(None, f"{type(self).__name__}()")
        self._open.append(self._decision())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # The one entered here, and not by another thread or task that shares this object. Where
        # none was, another thread ends a generator: a block that is the only one is meant.
        block = _latest.get()
        if block not in self._open:
            entered = list(self._open)
            inside_out = chain(_blocks(), reversed(entered))
            mine = (b for b in inside_out if b in entered and b.thread == get_ident())
            block = next(mine, entered[0] if len(entered) == 1 else None)
        if block is not None:
            self._open.remove(block)
            block.close()


class no_grad(_Mode):  # noqa: N801 -- PyTorch's name for it, in PyTorch's case
    """Compute without recording: results have no parents, and nothing is kept for a backward pass.

    A block, or a decorator of a function. It holds for the thread that enters it, and there for
    the asyncio task that does and the tasks that are started in it.

    >>> from autograd import Value, no_grad
    >>> a = Value(2.0)
    >>> with no_grad():
    ...     b = a * 3
    >>> b.data, b.parents
    (6.0, ())
    """

    def _decision(self) -> Open:
        return Open(recording=False)


class detect_anomaly(_Mode):  # noqa: N801 -- PyTorch's name for it, in PyTorch's case
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

    def _decision(self) -> Open:
        origins = current.origins
        return Open(origins={} if origins is None else origins)


class tracing:  # noqa: N801 -- a block like the two above
    """Hand the operations of this block over to a tracer, and to nobody else in this thread."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        self._before: State = []

    def __enter__(self) -> None:
        self._before = state()
        # inside of an outer no_grad a function is traced all the same
        Open(recording=True, tracer=self._tracer)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        restore(self._before)
