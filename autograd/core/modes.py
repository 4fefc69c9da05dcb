"""``no_grad``, ``detect_anomaly`` and ``tracing``: how the operations of a block are recorded.

What holds is one immutable record, a ``Mode``, in one context variable; ``current()`` reads it. A
block holds for the thread that entered it, and there for the asyncio task that did and the tasks
that are started in it, for as long as it is open.

The fast paths of ``value.py`` look at one number, ``n_open``: how many blocks are open, in any
thread. While it is 0 nothing else is looked at. ``n_traces`` of those are traces.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from contextlib import ContextDecorator
from contextvars import ContextVar
from dataclasses import dataclass
from threading import get_ident
from typing import Any, Protocol, Self

from autograd.errors import InputError

n_open = 0
n_traces = 0
# called with whether any function is traced, in any thread, when that may have changed
on_tracing: list[Callable[[bool], None]] = []


class Tracer(Protocol):
    """What writes operations down while ``compile`` traces a function.

    The first three return symbols of their results; ``made`` takes note of a Value that the
    function makes itself; ``refusal`` is the error for code that asks for a number.
    """

    def apply(self, operation: Any, operands: tuple[Any, ...]) -> Any: ...  # noqa: D102
    def weighted_sum(self, weights: Any, inputs: Any, bias: Any) -> Any: ...  # noqa: D102
    def grad(self, output: Any, inputs: Any) -> list[Any]: ...  # noqa: D102
    def made(self, value: Any) -> None: ...  # noqa: D102
    def refusal(self, value: Any, asked: str) -> Exception: ...  # noqa: D102


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """One entered block: what it decides (None: nothing), and the thread that entered it."""

    thread: int
    recording: bool | None = None
    origins: dict[Any, str] | None = None
    tracer: Tracer | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Mode:
    """What holds: whether results have parents, where nodes were made, who writes a tape.

    ``origins`` is None outside of ``detect_anomaly``, and ``tracer`` outside of a trace. ``blocks``
    are those that decided it, the innermost one last.
    """

    recording: bool = True
    origins: dict[Any, str] | None = None
    tracer: Tracer | None = None
    blocks: tuple[Block, ...] = ()
    version: int = 0  # of the set of open blocks, and the thread, for which this was found
    thread: int = 0


DEFAULT = Mode()
# A context variable and not a threading.local, so that each asyncio task has its own. A context is
# copied for a new task, and in some Pythons for a new thread, so a block knows its thread as well.
_mode: ContextVar[Mode] = ContextVar("glassgrad_mode", default=DEFAULT)
_open: set[Block] = set()  # in all threads
_version = 0  # goes up with each change of it
# what a signal's handler or a __del__ runs may open a block within _count of the same thread
_lock = threading.RLock()


def current() -> Mode:
    """What holds here and now, in this thread and task."""
    mode, version, thread = _mode.get(), _version, get_ident()
    if not mode.blocks or (mode.version == version and mode.thread == thread):
        return mode
    # a task may outlive the block that it was started in, and a context be copied to a thread
    mode = _decided([b for b in mode.blocks if b in _open and b.thread == thread], version)
    _mode.set(mode)
    return mode


def _decided(blocks: Iterable[Block], version: int) -> Mode:
    """What blocks decide together: of those that decide a thing the innermost."""
    recording, origins, tracer = DEFAULT.recording, DEFAULT.origins, DEFAULT.tracer
    for block in blocks:
        recording = recording if block.recording is None else block.recording
        origins = origins if block.origins is None else block.origins
        tracer = tracer if block.tracer is None else block.tracer
    return Mode(recording, origins, tracer, tuple(blocks), version, get_ident())


def _enter(block: Block) -> Block:
    # of no version, so that it decides nothing until it is in _open, where restore() finds it
    _mode.set(_decided([*current().blocks, block], -1))
    _open.add(block)
    _count()
    return block


def _leave(blocks: Iterable[Block]) -> None:
    _open.difference_update(blocks)
    _count()
    _mode.set(current())
    for block in blocks:
        # tasks that were started in it keep the block, and should keep no nodes
        if block.origins is not None and all(b.origins is not block.origins for b in _open.copy()):
            block.origins.clear()


def _count() -> None:
    """Count anew: with sums that are added to, one that Ctrl-C cut short would stay wrong."""
    global n_open, n_traces, _version
    with _free_lock():
        _version += 1
        blocks = list(_open)  # at once, as other threads add theirs meanwhile
        traces = sum(block.tracer is not None for block in blocks)
        if traces or n_traces:
            for notify in on_tracing:
                notify(traces > 0)
        n_open, n_traces = len(blocks), traces


def _free_lock() -> threading.RLock:
    """The lock, or a new one where Ctrl-C on the border of a block kept a thread from releasing it.

    It is held for microseconds, so that whoever waits for a second waits for nothing.
    """
    global _lock
    if _lock.acquire(timeout=1.0):
        _lock.release()
    else:
        _lock = threading.RLock()
    return _lock


def restore(earlier: Mode) -> None:
    """Go back to an earlier mode of this thread, out of blocks that were never left.

    Ctrl-C on the very border of a ``with`` block can keep Python from running its ``__exit__``
    (https://bugs.python.org/issue29988). Who catches it has to put right what that leaves behind.
    """
    _leave([block for block in current().blocks if block not in earlier.blocks])


def _after_fork() -> None:
    # a thread that is gone may have held it; its open blocks stay counted, which only costs time
    global _lock
    _lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def is_tracing() -> bool:
    """Whether a function is being traced in this thread, so that Values have no numbers."""
    return n_traces > 0 and current().tracer is not None


def guard(value: Any, asked: str) -> None:
    """Raise TraceError if this thread traces a function: a number read now would be baked in."""
    tracer = current().tracer if n_traces else None
    if tracer is not None:
        raise tracer.refusal(value, asked)


class _BlockManager(ContextDecorator):
    """A block and a decorator, which several threads and tasks may be in at the same time."""

    def __init__(self, *nothing: Any) -> None:
        if nothing:  # the brackets are easily forgotten, which hands the function over
            name = type(self).__name__
            raise InputError(
                f"{name} expects no arguments, got {nothing[0]!r}; write @{name}() with brackets "
                f"above a function, or 'with {name}():' before a block"
            )
        self._entered: list[Block] = []

    def _block(self) -> Block:
        raise NotImplementedError

    def __enter__(self) -> Self:
        guard(None, f"{type(self).__name__}()")
        self._entered.append(_enter(self._block()))
        return self

    def __exit__(self, *raised: object) -> None:
        # The innermost that this thread and task entered, as several may share this object. If
        # it entered none, another thread ends a generator: the only block, if there is just one.
        entered, thread = list(self._entered), get_ident()
        inside_out = [*reversed(current().blocks), *reversed(entered)]
        mine = [b for b in inside_out if b in entered and b.thread == thread] or entered
        if mine and (mine is not entered or len(entered) == 1):
            self._entered.remove(mine[0])
            _leave(mine[:1])


class no_grad(_BlockManager):  # noqa: N801 -- PyTorch's name for it, in PyTorch's case
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

    def _block(self) -> Block:
        return Block(get_ident(), recording=False)


class detect_anomaly(_BlockManager):  # noqa: N801 -- PyTorch's name for it, in PyTorch's case
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

    def _block(self) -> Block:
        origins = current().origins
        return Block(get_ident(), origins={} if origins is None else origins)


class tracing:  # noqa: N801 -- a block like the two above
    """Hand the operations of this block over to a tracer, and to nobody else in this thread."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    def __enter__(self) -> None:
        self._before = current()
        # inside of an outer no_grad a function is traced all the same
        _enter(Block(get_ident(), recording=True, tracer=self._tracer))

    def __exit__(self, *raised: object) -> None:
        restore(self._before)
