"""The signature of a compiled function: an example or a batch, and static values.

A *structure* says how the numbers of one example are nested: ``()`` for a number, ``(k,)`` for a
vector, ``(a, b)`` for a matrix, any shape of an array, or a dictionary from keys to structures.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from autograd.core.value import Value
from autograd.errors import ArgumentError, InputError, ShapeError, brief

Structure = tuple[int, ...] | dict[str | int, "Structure"]

_KINDS = inspect.Parameter


# --- which arguments there are -------------------------------------------------------------------


@dataclass(frozen=True)
class Call:
    """The arguments of one call, in the order of the signature, by name.

    ``given`` are those to trace, ``static`` those that are passed on as they are, and ``key``
    stands for the latter in a cache.
    """

    given: dict[str, Any]
    static: dict[str, Any]
    key: Hashable


@dataclass(frozen=True)
class Signature:
    """The arguments of a function: their names in order, and which of them are static."""

    name: str
    names: tuple[str, ...]
    static: frozenset[str]
    signature: inspect.Signature

    @classmethod
    def of(cls, fn: Callable[..., Any], static: str | int | Iterable[str | int] = ()) -> Signature:
        """The signature of a function; ``static`` has names or places of its arguments."""
        if not callable(fn):
            raise InputError(f"compile expects a function, got {fn!r}; write lambda x: ...")
        inner = inspect.unwrap(getattr(fn, "func", fn))
        name = getattr(inner, "__name__", type(inner).__name__).replace("<lambda>", "the lambda")
        try:
            signature = inspect.signature(fn)
        except (TypeError, ValueError):
            raise InputError(
                f"compile expects a function whose arguments are known, got {fn!r}; "
                "write a lambda around it"
            ) from None
        for parameter in signature.parameters.values():
            if parameter.kind in (_KINDS.VAR_POSITIONAL, _KINDS.VAR_KEYWORD):
                raise InputError(
                    f"compile expects a function of so many arguments, got {name} with "
                    f"{parameter}; take one argument that is a list or a dictionary instead"
                )
        names = tuple(signature.parameters)
        return cls(name, names, _static_names(static, names, name), signature)

    def bind(self, positional: Sequence[Any], keywords: Mapping[str, Any]) -> Call:
        """Assign the arguments of a call to names, and check that none is missing or too many.

        An argument that is left out keeps its default, and is no part of the batch.
        """
        try:
            bound = self.signature.bind(*positional, **keywords)
        except TypeError as error:
            came = ", ".join([f"{len(positional)} by place", *[f"{name}=" for name in keywords]])
            raise InputError(
                f"{self.name} expects the arguments {', '.join(self.names) or 'none'}, got {came}: "
                f"{error}; pass each of them that has no default"
            ) from None
        given = {k: v for k, v in bound.arguments.items() if k not in self.static}
        bound.apply_defaults()
        static = {k: v for k, v in bound.arguments.items() if k in self.static}
        key = tuple((k, _frozen(v, f"{self.name}, static {k},")) for k, v in static.items())
        return Call(given, static, key)

    def arguments(self, values: Mapping[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """What to call the function with, positional and by keyword, from values by name."""
        ordered = {name: values[name] for name in self.names if name in values}
        bound = inspect.BoundArguments(self.signature, ordered)
        return bound.args, bound.kwargs


def _static_names(
    static: str | int | Iterable[str | int], names: tuple[str, ...], function: str
) -> frozenset[str]:
    listed = [static] if isinstance(static, (str, int)) else list(static)
    found = set()
    for item in listed:
        if isinstance(item, int) and not isinstance(item, bool) and 0 <= item < len(names):
            found.add(names[item])
        elif isinstance(item, str) and item in names:
            found.add(item)
        else:
            raise ArgumentError(
                f"compile expects static to name arguments of {function}, which has "
                f"{', '.join(names) or 'none'}, got {item!r}; write static=('n',), or a place"
            )
    return frozenset(found)


def _frozen(value: Any, who: str) -> Hashable:
    """A key for a static value: two values of one key make the function do the same."""
    if isinstance(value, (list, tuple)):
        return (type(value), *[_frozen(item, who) for item in value])
    try:
        hash(value)
    except TypeError:
        array = isinstance(value, np.ndarray)
        came = f"an array of shape {value.shape}" if array else brief(value)
        raise InputError(
            f"{who} expects a value that can be a key, got {came}; pass a number, text, or a "
            "tuple of them, or do not make the argument static"
        ) from None
    # 1, 1.0 and True are equal, and so are 0.0 and -0.0, but not to every function
    number = repr(value) if isinstance(value, float) else value
    return type(value), number


# --- how an argument is nested -------------------------------------------------------------------


def structure_of_example(value: Any, name: str = "argument") -> Structure:
    """The structure of one example: a number, a nested sequence of numbers, or a dictionary.

    >>> structure_of_example([[1.0, 2.0], [3.0, 4.0]]), structure_of_example({"t": 1.0})
    ((2, 2), {'t': ()})
    """
    if isinstance(value, Mapping):
        return {key: structure_of_example(value[key], item) for key, item in _items(value, name)}
    return _as_array(value, name, values=True).shape


def _structure_of_batch(value: Any, name: str, lengths: dict[str, int]) -> Structure:
    if isinstance(value, Mapping):
        return {
            key: _structure_of_batch(value[key], item, lengths) for key, item in _items(value, name)
        }
    array = _as_array(value, name)
    if not array.ndim:
        raise ShapeError(
            f"{name} expects an array with a leading axis of n examples, got one number; pass a "
            "list with one entry per example"
        )
    lengths[name] = len(array)
    return array.shape[1:]


def _same_length(lengths: Mapping[str, int]) -> int:
    first, n = next(iter(lengths.items()))
    for name, other in lengths.items():
        if other != n:
            raise ShapeError(
                f"a batch expects the same number of examples in every argument, got {n} in "
                f"{first} and {other} in {name}; give each example one entry in both"
            )
    return n


@dataclass(frozen=True)
class Batch:
    """The arguments of n examples: a structure for each by name, and the arrays of ``flatten``.

    ``n`` is None for a call without arguments to batch.
    """

    structures: dict[str, Structure]
    n: int | None
    arrays: list[NDArray[Any]]


def read_batch(given: Mapping[str, Any], dtype: DTypeLike = np.float64) -> Batch:
    """The arguments of a batch, checked and flattened; each is converted only once."""
    arrays = {name: _as_arrays(value, name) for name, value in given.items()}
    lengths: dict[str, int] = {}
    structures = {name: _structure_of_batch(arrays[name], name, lengths) for name in arrays}
    n = _same_length(lengths) if lengths else None
    return Batch(structures, n, flatten_batch(list(arrays.values()), structures.values(), dtype))


def flatten_batch(
    values: Iterable[Any], structures: Iterable[Structure], dtype: DTypeLike = np.float64
) -> list[NDArray[Any]]:
    """One array of shape (n, size) for each array in ``values``, in order, C-contiguous.

    An array that is of ``dtype`` and contiguous already is not copied.
    """
    flat = []
    for value, structure in zip(values, structures, strict=True):
        if isinstance(structure, dict):
            parts = [value[key] for key in structure]
            flat += flatten_batch(parts, structure.values(), dtype)
        else:
            array = np.ascontiguousarray(_as_array(value, "argument"), dtype=dtype)
            flat.append(array.reshape(len(array), math.prod(structure)))
    return flat


def nest(structure: Structure, leaves: Iterable[Any]) -> Any:
    """The leaves, which are flat in C order, nested as the function sees its argument.

    >>> nest((2, 2), "abcd"), nest({"t": (), "x": (2,)}, "abc")
    ([['a', 'b'], ['c', 'd']], {'t': 'a', 'x': ['b', 'c']})
    """
    return _nest(structure, iter(leaves))


def _nest(structure: Structure, leaves: Iterator[Any]) -> Any:
    if isinstance(structure, dict):
        return {key: _nest(part, leaves) for key, part in structure.items()}
    if not structure:
        return next(leaves)
    return [_nest(structure[1:], leaves) for _ in range(structure[0])]


def leaf_names(structure: Structure, name: str) -> list[str]:
    """The name of each number of an argument, flat in C order.

    >>> leaf_names((1, 2), "x"), leaf_names({"t": ()}, "batch")
    (['x[0,0]', 'x[0,1]'], ["batch['t']"])
    """
    if isinstance(structure, dict):
        parts = [leaf_names(part, f"{name}[{key!r}]") for key, part in structure.items()]
        return [leaf for part in parts for leaf in part]
    if not structure:
        return [name]
    return [f"{name}[{','.join(map(str, place))}]" for place in np.ndindex(structure)]


# --- what counts as numbers ----------------------------------------------------------------------


def _items(value: Mapping[Any, Any], name: str) -> list[tuple[Any, str]]:
    """The keys of a dictionary, each with the name of what stands there."""
    if not value:
        raise InputError(f"{name} expects numbers, got an empty dictionary; leave it out")
    for key in value:
        if not isinstance(key, (str, int)):
            raise InputError(f"{name} expects keys that are text or whole numbers, got {key!r}")
    return [(key, f"{name}[{key!r}]") for key in value]


def _as_arrays(value: Any, name: str) -> Any:
    if isinstance(value, Mapping):
        return {key: _as_arrays(value[key], item) for key, item in _items(value, name)}
    return _as_array(value, name)


def _as_array(value: Any, name: str, *, values: bool = False) -> NDArray[Any]:
    """An array of real numbers; with ``values``, Values are taken too, and stay objects."""
    advice = "pass a number or a nested list of numbers, each row of the same length"
    try:
        array = np.asarray(value)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"{name} expects numbers, got {brief(value)} ({error}); {advice}"
        ) from None
    if array.dtype.kind in "biuf":
        return array
    if values and array.dtype.kind == "O":
        strange = [x for x in array.flat if not isinstance(x, (Value, int, float, np.number))]
        if not strange:
            return array
    raise InputError(f"{name} expects numbers, got {brief(value)}; {advice}")
