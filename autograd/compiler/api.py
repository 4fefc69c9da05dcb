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
from autograd.compiler.executable import TEXTS, Executable, frozen
from autograd.compiler.frontend.conversion import (
    as_dtype,
    as_theta,
    as_values,
    numbers_of,
    ready,
    write,
)
from autograd.compiler.frontend.parameters import free_parameters
from autograd.compiler.frontend.signature import Batch, Signature, Static, read_batch
from autograd.compiler.frontend.symbol import Symbol
from autograd.compiler.frontend.trace import Trace, trace
from autograd.compiler.lru_cache import LRUCache
from autograd.compiler.pipeline import parameter_order, simplified
from autograd.core.value import Value
from autograd.errors import ArgumentError, GraphError, InputError, ShapeError

__all__ = ["Compiled", "Symbol", "trace"]

BACKENDS = ("numpy",)

Array = NDArray[Any]
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

    # --- one example -----------------------------------------------------------------------------

    def __call__(self, *example: Any, **named: Any) -> Any:
        """Run the function itself on one example: its real graph, to step, draw and explain."""
        call = self._signature.bind(example, named)
        passed = {name: as_values(value, name) for name, value in call.given.items()}
        positional, keywords = self._signature.arguments({**passed, **call.static})
        return self.fn(*positional, **keywords)

    # --- many examples ---------------------------------------------------------------------------

    def map(self, *batch: ArrayLike, **named: Any) -> Values:
        """The function's result for each example: shape (n,), or (n, k) for a list of k.

        Every array has a leading axis of n examples. A function without arguments is its own
        single example: n is 1.
        """
        executable, arrays, n = self._read(batch, named)
        return self._values(executable, self._own_theta(executable), arrays, n)

    def values(self, theta: ArrayLike, *batch: ArrayLike, **named: Any) -> Values:
        """The same as ``map`` with these numbers for the parameters; no Value is read."""
        executable, arrays, n = self._read(batch, named)
        flat = as_theta(theta, executable.n_parameters, self.dtype, "values")
        return self._values(executable, flat, arrays, n)

    def _values(self, executable: Executable, theta: Array, arrays: list[Array], n: int) -> Values:
        def taken(result: Any) -> Any:
            values, *aux = result if self.has_aux else (result,)
            rows = self._rows(values, n, executable.features)
            return self._with_aux(rows, aux, executable, n)

        found: Values = executable.run(self._local, "values", theta, arrays, n, taken)
        return found

    def mean(self, *batch: ArrayLike, **named: Any) -> Mean:
        """The mean over the examples of the function's one result."""
        executable, arrays, n = self._read(batch, named)
        self._check_single(executable, "mean")

        def taken(result: Any) -> Any:
            values, *aux = result if self.has_aux else (result,)
            with np.errstate(all="ignore"):
                value = float(np.add.reduce(np.ravel(values)) / np.size(values))
            return self._with_aux(value, aux, executable, n)

        theta = self._own_theta(executable)
        mean: Mean = executable.run(self._local, "values", theta, arrays, n, taken)
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
        executable, arrays, n = self._read(batch, named)
        self._check_single(executable, "value_and_grad")
        flat = as_theta(theta, executable.n_parameters, self.dtype, "value_and_grad")
        taken = self._taken(executable, n) if self.has_aux else None
        result: tuple[Mean, Array]
        result = executable.run(self._local, "value_and_grad", flat, arrays, n, taken)
        return result

    def backward(self, *batch: ArrayLike, **named: Any) -> Mean:
        """The mean over the examples; adds its derivative by each parameter to the ``.grad``."""
        executable, arrays, n = self._read(batch, named)
        self._check_single(executable, "backward")
        theta, parameters = self._own_theta(executable), self.parameters[: executable.n_parameters]
        taken = self._taken(executable, n) if self.has_aux else None
        mean, gradient = executable.run(self._local, "value_and_grad", theta, arrays, n, taken)
        for parameter, slope in zip(parameters, gradient.tolist(), strict=True):
            parameter._grad += slope
        result: Mean = mean
        return result

    def _taken(self, executable: Executable, n: int) -> Callable[[Any], Any]:
        """What makes ((value, aux), gradient) of what ``value_and_grad`` of the program returns."""
        return lambda result: (self._with_aux(result[0], result[2:], executable, n), result[1])

    def _with_aux(self, value: Any, aux: Sequence[Array], executable: Executable, n: int) -> Any:
        """The value, or where the program has auxiliary outputs, the value and those."""
        if not aux:
            return value
        k = executable.traced.aux_shape
        rows = self._rows(aux[0], n, (1 if k is None else k,))
        return value, rows[:, 0] if k is None else rows

    def _rows(self, result: Any, n: int, shape: tuple[int, ...]) -> Array:
        """A row for each example, in an array of its own: the program uses its memory again."""
        if np.shape(result) != (n, *shape):
            result = np.broadcast_to(result, (n, *shape))
        return np.array(result, dtype=self.dtype)

    def _own_theta(self, executable: Executable) -> Array:
        # another thread may have found more parameters since; they come after those of a program
        return numbers_of(self.parameters[: executable.n_parameters], self.dtype)

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
                    # at once: another thread must not see some of them for all
                    if not self._known:
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
        asked = "the setter of f.theta"
        write(parameters, as_theta(theta, len(parameters), self.dtype, asked).tolist())

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
        return self._current().text(kind)

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

    def _read(
        self, batch: Sequence[Any], named: dict[str, Any]
    ) -> tuple[Executable, list[Array], int]:
        """The program for a batch, its arrays, and the number of examples."""
        if not named and (known := self._seen(batch)) is not None:
            return known
        call = self._signature.bind(batch, named)
        read = read_batch(call.given, self.dtype)
        if read.n == 0:
            raise ShapeError(f"{self._signature.name} expects at least one example, got none")
        key = (frozen(read.structures), call.key)
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

    def _seen(self, batch: Sequence[Any]) -> tuple[Executable, list[Array], int] | None:
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
        if not self._known.keys() >= set(traced.parameters):
            used = [traced.parameters[i] for i in parameter_order(tape)]
            found = dict.fromkeys([*used, *traced.parameters])
            if not self._known:  # as they would be if somebody had asked for them before
                named = [v for v in free_parameters(self.fn) if v in found]
                found = dict.fromkeys([*named, *found])
            new = [value for value in found if value not in self._known]
            self._known |= {value: i for i, value in enumerate(new, start=len(self._known))}
        executable = Executable(traced, tape, self._known, self.dtype.name)
        self._executables.put(key, executable)
        return executable

    def _up_to_date(self, key: Hashable, executable: Executable) -> Executable:
        """The program of a trace, made again if parameters have been found since."""
        if executable.n_parameters != len(self._known):
            with self._lock:  # who traces holds it until all that was found is known
                if executable.n_parameters != len(self._known):
                    executable = executable.with_parameters(self._known)
                    self._executables.put(key, executable)
        return executable

    def _check_single(self, executable: Executable, asked: str) -> None:
        if (k := executable.traced.outputs_shape) is not None:
            raise ShapeError(
                f"{asked} expects a function of one result, got {self._signature.name}, which "
                f"returns a list of {k}; return one Value, such as their sum, or (value, aux) and "
                "compile it with has_aux=True, or call map"
            )

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
