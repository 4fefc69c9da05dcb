"""``Program``: a function of one row, compiled, and whether it is still what it was compiled from.

All that ``nn`` asks of the compiler beside ``autograd.compile`` is asked here, of ``compiler.api``.
"""

from __future__ import annotations

import copy
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

import autograd
from autograd import Value
from autograd.core import modes
from autograd.errors import GraphError
from nn.programs.fingerprint import GLOBAL_GENERATORS, Fingerprint, fingerprint, restore, state_of

Array = NDArray[np.float64]
Shape = tuple[int, ...]
# Given a way to get hold of the model, the function to compile. It must not hold the model itself,
# which could then not be freed as long as there is its program.
Making = Callable[[Callable[[], Any]], Callable[..., Any]]

MOST_ROWS = 2048  # at once: what lies between input and output takes memory for each row
_TRIALS = 8  # rows for which a program is compared with its function


class Program:
    """``making(model)``, compiled for rows of given shapes: the base of what there is to compile.

    ``shapes`` are those of one example's arguments by name. ``others`` is what the function calls
    beside the model. Raises what tracing raises, and GraphError for a function that does not
    compute the same at each call. ``has_aux`` is that of ``autograd.compile``. Whether it computes
    what its function does is left to see by ``agree``.
    """

    has_aux: Any = False  # a bool, on which the types of what is compiled depend

    def __init__(
        self, model: Any, making: Making, shapes: Mapping[str, Shape], others: Sequence[Any] = ()
    ) -> None:
        self.shapes, self.others = dict(shapes), others
        self._print = fingerprint(model, *others)
        self._check_leaves()
        if not self._print.is_plain:
            self._check_steady(model, making)
        self._function = making(_access(model))
        self._compiled = autograd.compile(
            self._function, has_aux=self.has_aux, parameters=model.parameters()
        )
        with _random_state(self._print.generators):  # one row, so that it is traced
            self._compiled.map(*[np.zeros((1, *shape)) for shape in shapes.values()])
        self.parameters = self._compiled.parameters

    def outputs(self, theta: Array, X: Array) -> Array:
        """The outputs of the model at given parameters: shape (n,), or (n, k) for a list of k."""
        raise NotImplementedError

    def _check_leaves(self) -> None:
        # A graph goes on with what was recorded when the result was computed, and a program
        # would compute it again. It may also be what the model has kept of its last call.
        for value in self._print.facts:
            if isinstance(value, Value) and value._first is not None:
                raise GraphError(
                    f"it keeps {value.name or value!r}, the result of an operation; compute it "
                    "within the function, and keep its number only"
                )

    def _check_steady(self, model: Any, making: Making) -> None:
        from autograd.compiler.api import Symbol  # not before: it takes a while to load

        # in a copy: the model's counters are to stay where they are
        trial = _copied(model)
        function = making(lambda: trial)
        generators = [*fingerprint(trial).generators, *self._print.generators]
        with _random_state(generators) as has_drawn:
            first, second = self._trace(function), self._trace(function)
            drawn = has_drawn()
        if any(isinstance(fact, Symbol) for fact in fingerprint(trial, *self.others).facts):
            raise GraphError("it keeps what it computes, for somebody to look at")
        if drawn:
            raise GraphError("it draws random numbers at each call")
        if not first.agrees(second):
            raise GraphError("it does not compute the same at each call")

    def _trace(self, function: Callable[..., Any]) -> Any:
        from autograd.compiler.api import trace

        return trace(function, self.shapes, has_aux=self.has_aux)

    def is_current(self, model: Any) -> bool:
        """Whether the function would still be compiled to the same program."""
        now: Fingerprint = fingerprint(model, *self.others)
        if self._print.agrees(now):
            return True
        try:
            with _random_state(self._print.generators):
                traced = self._trace(self._function)
        except Exception:
            return False
        self._print = now
        return bool(traced.agrees(self._compiled.traced))

    @property
    def theta(self) -> Array:
        """The numbers of ``parameters``."""
        return np.array([p._data for p in self.parameters])


def agree(results: ArrayLike, expected: ArrayLike) -> None:
    """Raise GraphError unless a program's results are those of the graph.

    Code can see that it is traced, by ``isinstance(x, float)``, and then do something else.
    Results that are not finite may differ: who gets one has to ask the graph.
    """
    found = np.asarray(results, dtype=np.float64)
    known = np.asarray(expected, dtype=np.float64)
    finite = np.isfinite(found)
    if found.shape != known.shape or not np.allclose(
        found[finite], known[finite], rtol=1e-6, atol=1e-9
    ):
        raise GraphError("it does not compute the same while it is traced")


def is_compiling_apt() -> bool:
    """Whether this is no place where a graph is asked for: a trace, or ``detect_anomaly``."""
    return modes.current().tracer is None and modes.current().origins is None


def trial_rows(n: int) -> list[int]:
    """Some of n rows for which to see whether program and graph ``agree``, evenly spread.

    The first and the last are among them. One would not do: code can take another way for some
    numbers without asking for them, such as ``{(0.0, 1.0): 2.0}.get(tuple(x), 1.0)``, where a
    symbol equals no number.
    """
    return sorted({round(i * (n - 1) / (_TRIALS - 1)) for i in range(_TRIALS)})


def plain_numbers(output: Any) -> Any:
    """A model's output as a float, or a list of them."""
    if isinstance(output, (list, tuple)):
        return [float(x) for x in output]
    return float(output)


def in_parts(arrays: Sequence[NDArray[Any]]) -> Iterator[list[NDArray[Any]]]:
    """The arrays in pieces of at most ``MOST_ROWS`` rows each."""
    for start in range(0, len(arrays[0]), MOST_ROWS):
        yield [array[start : start + MOST_ROWS] for array in arrays]


def joined(parts: Sequence[Array]) -> Array:
    """The results for all pieces, along the rows."""
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _access(model: Any) -> Callable[[], Any]:
    try:
        return weakref.ref(model)
    except TypeError:  # a class with slots
        return lambda: model


def _copied(model: Any) -> Any:
    """The model with the same parameters, and all else its own; itself if that cannot be had."""
    shared: dict[int, Any] = {id(parameter): parameter for parameter in model.parameters()}
    try:
        return copy.deepcopy(model, shared)
    except Exception:
        return model


@contextmanager
def _random_state(generators: Sequence[Any]) -> Iterator[Callable[[], bool]]:
    """Leave generators as they were, the global ones too; gives a way to ask if any has moved."""
    every = [*GLOBAL_GENERATORS, *generators]
    before = [state_of(generator) for generator in every]
    try:
        yield lambda: repr(before) != repr([state_of(generator) for generator in every])
    finally:
        for generator, state in zip(every, before, strict=True):
            restore(generator, state)


def as_symbols(target: Any) -> Any:
    """A traced target as the array of which a loss gets one row; a single one stays as it is."""
    if not isinstance(target, list):
        return target
    first: Any = target
    shape: list[int] = []
    while isinstance(first, list):
        shape.append(len(first))
        first = first[0] if first else None
    array = np.empty(shape, dtype=object)
    for place in np.ndindex(*shape):
        inner: Any = target
        for i in place:
            inner = inner[i]
        array[place] = inner
    return array
