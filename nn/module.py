"""``Module``: anything with parameters. Subclass it, keep Values in attributes, write __call__."""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autograd import ShapeError, Value, no_grad
from autograd.errors import InputError, brief
from nn.endless import no_end
from nn.habits import OF_MODELS, refuse
from nn.programs.predicting import predicted
from nn.programs.program import plain_numbers
from nn.state import Stateful


class Module(Stateful):
    """The base of a model: its parameters are the Values, and the modules, in its attributes.

    Lists, tuples and dictionaries are looked into, in order; a Value met twice counts once.

    >>> import nn
    >>> from autograd import Value
    >>> class Line(nn.Module):
    ...     def __init__(self):
    ...         self.slope, self.height = Value(2.0), Value(1.0)
    ...     def __call__(self, x):
    ...         return self.slope * x + self.height
    >>> line = Line()
    >>> [name for name, _ in line.named_parameters()], line(3.0).data
    (['slope', 'height'], 7.0)
    """

    def __call__(self, x: Any) -> Any:
        """Compute the output for one example; each subclass has its own."""
        raise NotImplementedError(f"{type(self).__name__} has no __call__; define it to use it")

    def parameters(self) -> list[Value]:
        """Every parameter once, in a stable order.

        Raises:
            ArgumentError: a part of the model holds itself.
        """
        found: list[Value] = []
        try:
            self._gather(found)
        except RecursionError:
            raise no_end(self, "parameters", Module) from None
        return list(dict.fromkeys(found))

    def _gather(self, found: list[Value]) -> None:
        if type(self).named_parameters is Module.named_parameters:
            _gather(vars(self), found)
        else:  # in a way of its own
            found += [value for _, value in self.named_parameters()]

    def named_parameters(self) -> Iterator[tuple[str, Value]]:
        """Every parameter with its place, such as ``layers.0.neurons.2.w.1``."""
        seen: set[Value] = set()
        try:
            for name, value in _walk("", vars(self)):
                if value not in seen:
                    seen.add(value)
                    yield name, value
        except RecursionError:
            raise no_end(self, "named_parameters", Module) from None

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0, before the next backward pass."""
        for parameter in self.parameters():
            parameter._grad = 0.0

    def predict(self, X: ArrayLike) -> NDArray[np.float64]:
        """Raw outputs for many examples, without recording a graph.

        ``X`` has shape (n, n_inputs). The result has shape (n,) for a model of one output, else
        (n, n_outputs). Few rows are computed one by one; once there have been many, the model is
        compiled, and compiled again when its structure has changed. A model that cannot be
        compiled, or that does something else at each call, is called row by row.

        >>> import nn
        >>> nn.MLP(2, [3, 1], seed=0).predict([[0.0, 1.0], [1.0, 0.0]]).shape
        (2,)
        """
        rows = as_matrix(X, f"{type(self).__name__}.predict")
        compiled = predicted(self, rows)
        if compiled is not None:
            return compiled
        with no_grad():
            outputs = [plain_numbers(self(row)) for row in rows.tolist()]
        return np.array(outputs, dtype=np.float64)

    def summary(self) -> str:
        """A table of the parts and their numbers of parameters, as text to print."""
        parts = [(n, m) for n, m in _children(vars(self)) if m.parameters()]
        lines = [f"{name:<12}{len(m.parameters()):>12,}  {m!r}" for name, m in parts]
        return "\n".join([*lines, f"{'total':<12}{len(self.parameters()):>12,}  {self!r}"])

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    if not TYPE_CHECKING:  # it would let every attribute pass

        def __getattr__(self, name: str) -> Any:
            refuse(self, name, OF_MODELS)


def as_matrix(X: ArrayLike, who: str) -> NDArray[np.float64]:
    """X as a float array of shape (n, n_inputs), or an error that says what came instead."""
    matrix = as_numbers(X, f"{who} expects rows of numbers, all of the same length")
    if matrix.ndim != 2:
        raise ShapeError(
            f"{who} expects an array of shape (n, n_inputs), got shape {matrix.shape}; "
            + ("wrap a single example in a list" if matrix.ndim == 1 else "flatten each example")
        )
    return matrix


def as_numbers(x: ArrayLike, expectation: str) -> NDArray[np.float64]:
    """A float array of x; NumPy alone would also read text, None and complex numbers into one."""
    try:
        array = np.asarray(x)
    except (TypeError, ValueError) as error:
        raise InputError(f"{expectation}, got a {type(x).__name__} that is not: {error}") from None
    if array.dtype.kind in "biuf":
        return array.astype(np.float64)
    strange = [x for x in array.ravel().tolist() if not isinstance(x, (Real, Value))]
    if array.dtype.kind == "O" and not strange:
        return array.astype(np.float64)
    came = brief(strange[0]) if strange else f"numbers of type {array.dtype}"
    raise InputError(f"{expectation}, got {came} in it; convert it, or leave its row out")


def _walk(prefix: str, thing: Any) -> Iterator[tuple[str, Value]]:
    if isinstance(thing, Value):
        yield prefix, thing
    elif isinstance(thing, Module):
        if type(thing).named_parameters is Module.named_parameters:
            # not by asking it: where the walk has no end, the one that was asked is to say so
            yield from _walk(prefix, vars(thing))
        else:  # in a way of its own
            yield from ((_join(prefix, name), value) for name, value in thing.named_parameters())
    elif isinstance(thing, dict):
        for key, item in thing.items():
            yield from _walk(_join(prefix, str(key)), item)
    elif isinstance(thing, (list, tuple)):
        for i, item in enumerate(thing):
            yield from _walk(_join(prefix, str(i)), item)


def _gather(thing: Any, found: list[Value]) -> None:
    """What ``_walk`` finds, without the names: those of 100,000 take as long as all the rest."""
    if isinstance(thing, Value):
        found.append(thing)
    elif isinstance(thing, Module):
        thing._gather(found)
    elif isinstance(thing, (list, tuple)) and set(map(type, thing)) == {Value}:
        found += thing
    elif isinstance(thing, (dict, list, tuple)):
        for item in thing.values() if isinstance(thing, dict) else thing:
            _gather(item, found)


def _join(prefix: str, name: str) -> str:
    return f"{prefix}.{name}" if prefix else name


def _children(attributes: dict[str, Any]) -> Iterator[tuple[str, Module]]:
    for name, thing in attributes.items():
        if isinstance(thing, Module):
            yield name, thing
        elif isinstance(thing, (list, tuple, dict)):
            items = thing.items() if isinstance(thing, dict) else enumerate(thing)
            yield from ((f"{name}.{key}", item) for key, item in items if isinstance(item, Module))
