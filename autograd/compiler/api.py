"""``Compiled``: a scalar function as a NumPy program, traced once for each structure it meets.

With ``trace`` and ``Symbol``, it is all of the compiler that other packages see.
"""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Callable, Hashable, Sequence
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autograd._util.gc_pause import gc_paused
from autograd._util.serialization import PublicName
from autograd.compiler.executable import TEXTS, Executable

from autograd.compiler.frontend.conversion import (  # isort: skip
    as_dtype, as_theta, as_values, numbers_of, ready, write,
)  # fmt: skip
from autograd.compiler.frontend.parameters import free_parameters
from autograd.compiler.frontend.signature import Batch, Signature, Static, read_batch, structure_key
from autograd.compiler.frontend.symbol import Symbol
from autograd.compiler.frontend.trace import Trace, trace
from autograd.compiler.lru_cache import LRUCache
from autograd.compiler.pipeline import parameter_order, simplified
from autograd.core.value import Value
from autograd.errors import ArgumentError, GraphError, InputError, ShapeError

__all__ = ["Compiled", "Symbol", "trace"]

BACKENDS = ("numpy",)

Array = NDArray[Any]
Call = tuple[Executable, list[Array], int]  # the program, its arrays, the number of examples
# with has_aux, a pair of it and the auxiliary outputs
Mean = TypeVar("Mean")  # float
Values = TypeVar("Values")  # an array with a row for each example


class Compiled(Generic[Mean, Values]):
    """A function of one example, written in scalars, that runs as NumPy on many at once.

    ``autograd.compile`` makes one. It traces the function when it is first given arguments, and
    again for every new structure of them, or new value of a static argument; ``n_traces`` counts.
    It keeps the 64 programs used last. Threads may share it: each works in memory of its own.

    Where the function is compiled with ``has_aux``, and returns (value, aux), the methods return
    such a pair in place of the value: aux is for each example, an array (n,), or (n, k) for a list.

    >>> import autograd
    >>> from autograd import Value
    >>> w, b = Value(2.0, name="w"), Value(1.0, name="b")
    >>> f = autograd.compile(lambda x: (w * x + b).tanh())
    >>> f.map([0.0, 1.0]).round(6).tolist()
    [0.761594, 0.995055]
    >>> f(0.0).op, f.theta.tolist()
    ('tanh', [2.0, 1.0])
    """

    def __init__(
        self, fn: Callable[..., Any], *, static: Static = (), dtype: str = "float64",
        backend: str = "numpy", has_aux: bool = False, parameters: Sequence[Value] = (),
    ) -> None:  # fmt: skip
        if backend not in BACKENDS:
            raise ArgumentError(
                f"compile expects a backend among {', '.join(map(repr, BACKENDS))}, got "
                f"{backend!r}; leave it out for NumPy"
            )
        self.fn, self.dtype, self.has_aux = fn, as_dtype(dtype), has_aux
        self._signature = Signature.of(fn, static)
        self._settings = {
            "static": static, "dtype": self.dtype.name, "backend": backend, "has_aux": has_aux,
            "parameters": list(parameters),
        }  # fmt: skip
        self._known = {value: i for i, value in enumerate(dict.fromkeys(parameters))}
        self._executables: LRUCache[Executable] = LRUCache()
        self._latest: Hashable = None
        self._lock, self._local = threading.RLock(), threading.local()
        self.n_traces = 0
        functools.update_wrapper(self, fn, updated=())

    def __call__(self, *example: Any, **named: Any) -> Any:
        """Run the function itself on one example: its real graph, to step, draw and explain."""
        call = self._signature.bind(example, named)
        passed = {name: as_values(value, name) for name, value in call.given.items()}
        positional, keywords = self._signature.arguments({**passed, **call.static})
        return self.fn(*positional, **keywords)

    def map(self, *batch: ArrayLike, **named: Any) -> Values:
        """The function's result for each example: shape (n,), or (n, k) for a list of k.

        Every array has a leading axis of n examples. A function without arguments is its own
        single example: n is 1.
        """
        rows: Values = self._run("map", batch, named, single=False)
        return rows

    def values(self, theta: ArrayLike, *batch: ArrayLike, **named: Any) -> Values:
        """The same as ``map`` with these numbers for the parameters; no Value is read."""
        rows: Values = self._run("values", batch, named, theta, single=False)
        return rows

    def mean(self, *batch: ArrayLike, **named: Any) -> Mean:
        """The mean over the examples of the function's one result."""
        mean: Mean = self._run("mean", batch, named)
        return mean

    def value_and_grad(
        self, theta: ArrayLike, *batch: ArrayLike, **named: Any
    ) -> tuple[Mean, Array]:
        """The mean over the examples, and its gradient by ``theta``, a fresh array.

        ``theta`` are the parameters' numbers, as ``f.theta`` has them. No Value is read or
        changed, so this is what ``scipy.optimize.minimize(..., jac=True)`` asks for.
        """
        if getattr(theta, "ndim", 1) != 1:
            raise ShapeError(
                "value_and_grad expects theta first, a flat array, got an argument of shape "
                f"{np.shape(theta)}; write f.value_and_grad(f.theta, ...)"
            )
        result: tuple[Mean, Array] = self._run("value_and_grad", batch, named, theta, grad=True)
        return result

    def backward(self, *batch: ArrayLike, **named: Any) -> Mean:
        """The mean over the examples; adds its derivative by each parameter to the ``.grad``."""
        mean: Mean
        mean, gradient = self._run("backward", batch, named, grad=True)
        parameters = self.parameters[: len(gradient)]
        for parameter, slope in zip(parameters, gradient.tolist(), strict=True):
            parameter._grad += slope
        return mean

    def _run(
        self, asked: str, batch: Sequence[Any], named: dict[str, Any], *theta: Any,
        single: bool = True, grad: bool = False,
    ) -> Any:  # fmt: skip
        """What the method ``asked`` returns, for the parameters' own numbers or for ``theta``.

        ``single`` asks for a function of one result: for its mean, and with ``grad`` its gradient.
        """
        executable, arrays, n = self._read(batch, named)
        k = executable.traced.outputs_shape
        if single and k is not None:
            raise ShapeError(
                f"{asked} expects a function of one result, got {self._signature.name}, which "
                f"returns a list of {k}; return one Value, such as their sum, or (value, aux) and "
                "compile it with has_aux=True, or call map"
            )
        if theta:
            flat = as_theta(theta[0], executable.n_parameters, self.dtype, asked)
        else:  # another thread may have found more parameters since; they come after a program's
            flat = numbers_of(self.parameters[: executable.n_parameters], self.dtype)
        name = "value_and_grad" if grad else "values"
        as_it_is = grad and not self.has_aux
        taken = None if as_it_is else lambda y: self._taken(y, executable, n, single, grad)
        return executable.run(self._local, name, flat, arrays, n, taken)

    def _taken(self, result: Any, executable: Executable, n: int, single: bool, grad: bool) -> Any:
        """What a method returns, made of its program's result by copying."""
        value = result[0] if grad or self.has_aux else result
        if single and not grad:
            with np.errstate(all="ignore"):
                value = float(np.add.reduce(np.ravel(value)) / np.size(value))
        elif not grad:
            value = self._rows(value, n, executable.features)
        if self.has_aux:
            k = executable.traced.aux_shape
            rows = self._rows(result[-1], n, (1 if k is None else k,))
            value = value, rows[:, 0] if k is None else rows
        return (value, result[1]) if grad else value

    def _rows(self, result: Any, n: int, shape: tuple[int, ...]) -> Array:
        """A row for each example, in an array of its own: the program uses its memory again."""
        if np.shape(result) != (n, *shape):
            result = np.broadcast_to(result, (n, *shape))
        return np.array(result, dtype=self.dtype)

    # --- parameters ------------------------------------------------------------------------------

    @property
    def parameters(self) -> list[Value]:
        """The leaf Values that the function reaches and that are not its arguments.

        They are in the order in which they are found in what the function refers to: a model's as
        ``model.parameters()`` has them. What is not found there comes after, in the order in
        which its sums use them. Before the first call they are those found, reached or not; a
        later trace may add to them, at the end.
        """
        if not self._executables and not self._known:
            if self._signature.names:
                with self._lock:
                    if not self._known:  # all at once, or another thread would see some of them
                        self._known = {v: i for i, v in enumerate(free_parameters(self.fn))}
            else:
                self._read((), {})
        return list(self._known)

    @property
    def theta(self) -> Array:
        """The parameters' numbers as a flat array, a copy; assign an array to write them back."""
        return numbers_of(self.parameters, self.dtype)

    @theta.setter
    def theta(self, theta: ArrayLike) -> None:
        parameters = self.parameters
        flat = as_theta(theta, len(parameters), self.dtype, "the setter of f.theta")
        write(parameters, flat.tolist())

    # --- looking inside --------------------------------------------------------------------------

    @property
    def traced(self) -> Trace:
        """The latest trace: its tape, and the parameters that it reached."""
        return self._current().traced

    @property
    def source(self) -> str:
        """The NumPy program of the latest trace, as text that runs on its own."""
        return self._current().source.text()

    def text(self, kind: str = "numpy") -> str:
        """The program of the latest trace as text: ``"numpy"`` as it runs, ``f.source``.

        ``"plain"`` is the same program in NumPy without buffers and ``out=``, to be read. Raises
        ``ArgumentError`` for a kind that there is not.

        >>> import autograd
        >>> f = autograd.compile(lambda: autograd.Value(2.0).tanh())
        >>> f.text("numpy") == f.source
        True
        """
        if kind not in TEXTS:
            known = " or ".join(map(repr, TEXTS))
            raise ArgumentError(f"text expects {known}, got {kind!r}; leave it out for 'numpy'")
        return TEXTS[kind](self._current())

    def stages(self) -> dict[str, str]:
        """What the latest trace became, pass by pass: the text of the program after each.

        >>> import autograd
        >>> from autograd import Value
        >>> w = [Value(0.5, name="w[0]"), Value(2.0, name="w[1]")]
        >>> f = autograd.compile(lambda x: autograd.dot(w, x))
        >>> f.mean([[1.0, 2.0]])
        4.5
        >>> print(f.stages()["sums of products"])
        v4 = w[0]*x[0] + w[1]*x[1]
        return v4
        """
        return self._current().stages()

    def _current(self) -> Executable:
        if not self._executables and not self._signature.names:
            self._read((), {})
        executable = self._executables.get(self._latest)
        if executable is None:
            raise GraphError(
                f"{self._signature.name} has not been compiled yet, because the shapes of its "
                "arguments are not known; call f.map(...) or f.mean(...) first"
            )
        return self._up_to_date(self._latest, executable)

    def __repr__(self) -> str:
        aux = ", has_aux" if self.has_aux else ""
        return f"<Compiled {self._signature.name}{self._signature.signature}, {self.dtype}{aux}>"

    # --- tracing and running ---------------------------------------------------------------------

    def _read(self, batch: Sequence[Any], named: dict[str, Any]) -> Call:
        if not named and (known := self._seen(batch)) is not None:
            return known
        call = self._signature.bind(batch, named)
        read = read_batch(call.given, self.dtype)
        if read.n == 0:
            raise ShapeError(f"{self._signature.name} expects at least one example, got none")
        key = (structure_key(read.structures), call.key)
        with self._lock:
            executable = self._executables.get(key)
            if executable is None:
                with gc_paused():
                    executable = self._trace(key, read, call.static)
                nested = any(isinstance(s, dict) for s in read.structures.values())
                if not call.static and not named and not nested:
                    self._executables.alias(tuple(np.shape(a)[1:] for a in batch), key)
            self._latest = key
            executable = self._up_to_date(key, executable)
        return executable, read.arrays, read.n or 1

    def _seen(self, batch: Sequence[Any]) -> Call | None:
        """The same for arrays of shapes that have been met before, without much ado."""
        try:
            key = self._executables.key_of(tuple([a.shape[1:] for a in batch]))
            executable, arrays = self._executables.get(key), ready(batch, self.dtype)
        except (AttributeError, KeyError, TypeError):
            return None
        if executable is None or arrays is None:
            return None
        return self._up_to_date(key, executable), arrays, len(arrays[0]) if arrays else 1

    def _trace(self, key: Hashable, read: Batch, static: dict[str, Any]) -> Executable:
        traced = trace(self.fn, read.structures, static, self._signature, has_aux=self.has_aux)
        self.n_traces += 1
        tape = simplified(traced.tape)
        reached = set(traced.parameters)
        if not self._known.keys() >= reached:
            # the first are in the order they would have if somebody had asked for them before
            named = [] if self._known else [v for v in free_parameters(self.fn) if v in reached]
            used = [traced.parameters[i] for i in parameter_order(tape)]
            known = dict.fromkeys([*self._known, *named, *used, *traced.parameters])
            self._known = {value: i for i, value in enumerate(known)}
        executable = Executable(traced, tape, self._known, self.dtype.name)
        self._executables.put(key, executable)
        return executable

    def _up_to_date(self, key: Hashable, executable: Executable) -> Executable:
        """The program of a trace, made again if parameters have been found since."""
        if executable.n_parameters != len(self._known):
            with self._lock:  # who traces holds it until all that was found is known
                if executable.n_parameters != len(self._known):
                    traced, tape = executable.traced, executable.tape
                    executable = Executable(traced, tape, self._known, self.dtype.name)
                    self._executables.put(key, executable)
        return executable

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        name = self._signature.name
        raise InputError(
            f"compile expects a function, got {name}, a method of {type(instance).__name__}; leave "
            f"the decorator out, and compile it for one object: f = autograd.compile(model.{name})"
        )

    # --- copies ----------------------------------------------------------------------------------

    def __reduce__(self) -> Any:
        module = sys.modules.get(getattr(self, "__module__", ""))
        name = getattr(self, "__qualname__", "")
        if name and getattr(module, name, None) is self:
            return name  # a decorated function: pickled by its name, as functions are
        return PublicName("autograd:compile"), (self.fn,), self._settings

    def __setstate__(self, settings: dict[str, Any]) -> None:
        self.__init__(self.fn, **settings)  # type: ignore[misc]
