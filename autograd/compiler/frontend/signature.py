"""The signature of a compiled function: an example or a batch, and static values.

A *structure* says how the numbers of one example are nested: ``()`` for a number, ``(k,)`` for a
vector, ``(a, b)`` for a matrix, any shape of an array, or a dictionary from keys to structures.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from autograd.core.value import Value
from autograd.errors import ArgumentError, InputError, ShapeError, brief

Structure = tuple[int, ...] | dict[str | int, "Structure"]
Static = str | int | Sequence[str | int]

_ONE = (Value, int, float, np.number)  # one number of an example


# --- which arguments there are -------------------------------------------------------------------


@dataclass(frozen=True)
class BoundCall:
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
    def of(cls, fn: Callable[..., Any], static: Static = ()) -> Signature:
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
            if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                raise InputError(
                    f"compile expects a function of so many arguments, got {name} with "
                    f"{parameter}; take one argument that is a list or a dictionary instead"
                )
        names = tuple(signature.parameters)
        return cls(name, names, _static_names(static, names, name), signature)

    def bind(self, positional: Sequence[Any], keywords: Mapping[str, Any]) -> BoundCall:
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
        key = tuple((k, _static_key(v, f"{self.name}, static {k},")) for k, v in static.items())
        return BoundCall(given, static, key)

    def arguments(self, values: Mapping[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """What to call the function with, positional and by keyword, from values by name."""
        ordered = {name: values[name] for name in self.names if name in values}
        bound = inspect.BoundArguments(self.signature, ordered)
        return bound.args, bound.kwargs


def _static_names(static: Static, names: tuple[str, ...], function: str) -> frozenset[str]:
    found = set()
    for item in [static] if isinstance(static, (str, int)) else static:
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


def _static_key(value: Any, who: str) -> Hashable:
    """A key for a static value: two values of one key make the function do the same."""
    if isinstance(value, (list, tuple)):
        return (type(value), *[_static_key(item, who) for item in value])
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


@dataclass(frozen=True)
class Batch:
    """The arguments of n examples: a structure for each by name, and all of their arrays in order.

    ``n`` is None for a call without arguments to batch. An array is of shape (n, ...).
    """

    structures: dict[str, Structure]
    n: int | None
    arrays: list[NDArray[Any]]


def read_batch(given: Mapping[str, Any], dtype: DTypeLike = np.float64) -> Batch:
    """The arguments of a batch, checked and converted to C-contiguous arrays.

    An array that is of ``dtype`` and contiguous already is not copied. Raises ``InputError`` for
    what is no number, ``ShapeError`` for arguments with different numbers of examples.
    """
    leaves: list[tuple[str, NDArray[Any]]] = []
    structures = {name: _read(value, name, dtype, leaves) for name, value in given.items()}
    for name, array in leaves:
        first, n = leaves[0][0], len(leaves[0][1])
        if len(array) != n:
            raise ShapeError(
                f"a batch expects the same number of examples in every argument, got {n} in "
                f"{first} and {len(array)} in {name}; give each example one entry in both"
            )
    return Batch(structures, len(leaves[0][1]) if leaves else None, [a for _, a in leaves])


def _read(
    value: Any, name: str, dtype: DTypeLike, leaves: list[tuple[str, NDArray[Any]]]
) -> Structure:
    """The structure of one argument; its arrays go to ``leaves``, each with its name."""
    if isinstance(value, Mapping):
        return {key: _read(value[key], item, dtype, leaves) for key, item in items_of(value, name)}
    array = as_array(value, name)
    if not array.ndim:
        raise ShapeError(
            f"{name} expects an array with a leading axis of n examples, got one number; pass a "
            "list with one entry per example"
        )
    leaves.append((name, np.ascontiguousarray(array, dtype=dtype)))
    return array.shape[1:]


def nest(structure: Structure, leaves: Iterable[Any]) -> Any:
    """The leaves, which are flat in C order, nested as the function sees its argument.

    >>> nest((2, 2), "abcd"), nest({"t": (), "x": (2,)}, "abc")
    ([['a', 'b'], ['c', 'd']], {'t': 'a', 'x': ['b', 'c']})
    """
    leaves = iter(leaves)  # each part goes on where the one before it ended
    if isinstance(structure, dict):
        return {key: nest(part, leaves) for key, part in structure.items()}
    if not structure:
        return next(leaves)
    return [nest(structure[1:], leaves) for _ in range(structure[0])]


def leaf_names(structure: Structure, name: str) -> list[str]:
    """The name of each number of an argument, flat in C order.

    >>> leaf_names((1, 2), "x"), leaf_names({"t": ()}, "batch")
    (['x[0,0]', 'x[0,1]'], ["batch['t']"])
    """
    if isinstance(structure, dict):
        return [leaf for k, s in structure.items() for leaf in leaf_names(s, f"{name}[{k!r}]")]
    if not structure:
        return [name]
    return [f"{name}[{','.join(map(str, place))}]" for place in np.ndindex(structure)]


def arrays_of(structure: Structure, name: str) -> list[tuple[str, tuple[int, ...]]]:
    """The names and shapes of an argument's arrays, one for each leaf of its structure."""
    if isinstance(structure, dict):
        return [leaf for key, s in structure.items() for leaf in arrays_of(s, f"{name}_{key}")]
    return [(name, structure)]


def structure_key(structure: Mapping[Any, Structure] | Structure) -> Hashable:
    """A structure, or several by name, as a key for a dictionary."""
    if isinstance(structure, Mapping):
        return ("dict", *[(key, structure_key(part)) for key, part in structure.items()])
    return structure


# --- what counts as numbers ----------------------------------------------------------------------


def items_of(value: Mapping[Any, Any], name: str) -> list[tuple[Any, str]]:
    """The keys of a dictionary, each with the name of what stands there."""
    if not value:
        raise InputError(f"{name} expects numbers, got an empty dictionary; leave it out")
    for key in value:
        if not isinstance(key, (str, int)):
            raise InputError(f"{name} expects keys that are text or whole numbers, got {key!r}")
    return [(key, f"{name}[{key!r}]") for key in value]


def as_array(value: Any, name: str, *, values: bool = False) -> NDArray[Any]:
    """An array of real numbers; with ``values``, Values are taken too, and stay objects."""
    advice = "pass a number or a nested list of numbers, each row of the same length"
    try:
        array = np.asarray(value)
    except (TypeError, ValueError) as error:
        came = f"{brief(value)} ({error})"
        raise InputError(f"{name} expects numbers, got {came}; {advice}") from None
    with_values = values and array.dtype.kind == "O"
    if array.dtype.kind in "biuf" or (with_values and all(isinstance(x, _ONE) for x in array.flat)):
        return array
    raise InputError(f"{name} expects numbers, got {brief(value)}; {advice}")
