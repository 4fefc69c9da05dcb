"""``Stateful``: a model's numbers as arrays, under the names and in the shapes that PyTorch has."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from autograd import ShapeError, Value
from autograd.errors import ArgumentError, InputError, brief
from nn.endless import no_end

Array = NDArray[np.float64]
Shape = tuple[int, ...]

_MOST_NAMED = 8  # problems of one sort in a message; the rest is counted


class Entry(NamedTuple):
    """One array of a state: its name, its shape, and its parameters in NumPy's order, by rows."""

    name: str
    shape: Shape
    values: list[Value]


class LoadedKeys(NamedTuple):
    """What ``load_state_dict(strict=False)`` passed over, under PyTorch's names for it."""

    missing_keys: list[str]
    unexpected_keys: list[str]


class Stateful:
    """The half of ``Module`` that gives its numbers away and takes them back."""

    def _parts(self) -> Iterable[tuple[str, Any]]:
        """What the state consists of, by name; layers say it in PyTorch's words."""
        return vars(self).items()

    def state_dict(self) -> dict[str, Array]:
        """Every parameter in float64 arrays by name, copies, as in PyTorch.

        An ``MLP`` is a ``torch.nn.Sequential``: each layer takes a number and so does each
        activation but "linear", so the second layer's weights are mostly "2.weight", of shape
        (n_outputs, n_inputs), beside "2.bias", (n_outputs,). In a module of your own an attribute
        that is a Value has shape (); lists of Values, nested or not, are one array, if all rows
        are equally long, else numbered: "rows.0", "rows.1". What is inside of a module, a list or
        a dictionary has its place before its name: "encoder.0.weight". A parameter with two
        places is under both names.

        Raises:
            ArgumentError: two parameters have the same name.

        >>> import nn
        >>> model = nn.MLP(2, [3, 1], "tanh", seed=0)
        >>> {name: array.shape for name, array in model.state_dict().items()}
        {'0.weight': (3, 2), '0.bias': (3,), '2.weight': (1, 3), '2.bias': (1,)}
        """
        return {name: _as_array(values, shape) for name, shape, values in entries(self)}

    def load_state_dict(self, state: Mapping[str, Any], strict: bool = True) -> LoadedKeys:
        """Set the parameters to the numbers of a state, such as that of the same PyTorch model.

        ``state`` holds arrays, nested lists or PyTorch's tensors by name, of any real dtype, in
        the shapes of ``state_dict()``. All are checked before the first number is written.
        With ``strict=False`` names that are missing, or too many, are passed over and returned.
        Gradients stay as they are.

        Raises:
            ArgumentError, ShapeError, InputError: names, shapes or kinds are not those of this
                model; the message lists every one, and the model is as it was.

        >>> import nn
        >>> one, other = nn.MLP(2, [3, 1], seed=0), nn.MLP(2, [3, 1], seed=1)
        >>> other.load_state_dict(one.state_dict())
        LoadedKeys(missing_keys=[], unexpected_keys=[])
        >>> float(one([1.0, 2.0])) == float(other([1.0, 2.0]))
        True
        """
        who = f"{type(self).__name__}.load_state_dict"
        if not isinstance(state, Mapping):
            raise InputError(_no_mapping(who, state))
        found = entries(self)
        expected = {entry.name for entry in found}
        missing = [entry for entry in found if entry.name not in state]
        unexpected = [name for name in state if name not in expected]
        arrays, wrong = _read([entry for entry in found if entry.name in state], state)
        if wrong or (strict and (missing or unexpected)):
            named = (missing, unexpected) if strict else ([], [])
            raise _refusal(f"{who} expects the state of {self!r}", *named, wrong)
        _write(arrays, who)
        return LoadedKeys([entry.name for entry in missing], unexpected)


def entries(model: Stateful) -> list[Entry]:
    """The arrays that a model's parameters make up, in order, each under a name of its own."""
    found: dict[str, Entry] = {}
    for entry in _all(model):
        if entry.name in found:
            raise ArgumentError(
                f"{type(model).__name__}.state_dict expects a name of its own for each parameter, "
                f"got two that are called {entry.name!r}; rename an attribute or a dictionary's key"
            )
        found[entry.name] = entry
    return list(found.values())


def _all(model: Stateful) -> list[Entry]:
    try:
        return list(_walk("", model))
    except RecursionError:
        raise no_end(model, "state_dict", Stateful) from None


def are_shared(found: Sequence[Entry]) -> bool:
    """Whether some parameter is in two places."""
    values = [value for entry in found for value in entry.values]
    return len(set(values)) < len(values)


def places(activations: Sequence[Any]) -> list[str]:
    """The numbers that layers have in PyTorch's Sequential, where activations are modules too.

    >>> places(["relu", "linear", "tanh"])
    ['0', '2', '3']
    """
    taken = itertools.accumulate((1 if a == "linear" else 2 for a in activations), initial=0)
    return [str(number) for number in taken][: len(activations)]


def _walk(name: str, thing: Any) -> Iterator[Entry]:
    if isinstance(thing, Stateful):
        parts: Iterable[tuple[Any, Any]] = thing._parts()
    elif isinstance(thing, dict):
        parts = thing.items()
    else:
        grid = _grid(thing)
        if grid is not None:
            yield Entry(name, *grid)
        parts = enumerate(thing) if grid is None and isinstance(thing, (list, tuple)) else ()
    for part, inner in parts:
        yield from _walk(f"{name}.{part}" if name else str(part), inner)


def _grid(thing: Any) -> tuple[Shape, list[Value]] | None:
    """The shape of a Value or of lists of Values, and the Values; None where rows differ."""
    if isinstance(thing, Value):
        return (), [thing]
    if not isinstance(thing, (list, tuple)) or not thing:
        return None
    if set(map(type, thing)) == {Value}:  # a neuron's weights, in one go
        return (len(thing),), list(thing)
    values: list[Value] = []
    shapes = set()
    for item in thing:
        grid = _grid(item)
        if grid is None:
            return None
        shapes.add(grid[0])
        values += grid[1]
    return ((len(thing), *shapes.pop()), values) if len(shapes) == 1 else None


def _as_array(values: Sequence[Value], shape: Shape) -> Array:
    return np.array([value.data for value in values], dtype=np.float64).reshape(shape)


# --- what load_state_dict takes ------------------------------------------------------------------


class _Wrong(NamedTuple):
    """One array that cannot be taken, and the class of error that this is."""

    text: str
    error: type[ArgumentError] | type[InputError]


def _read(
    found: Sequence[Entry], state: Mapping[str, Any]
) -> tuple[list[tuple[Entry, Array]], list[_Wrong]]:
    """The arrays for the entries, and what is wrong with those that are none."""
    arrays, wrong = [], []
    for entry in found:
        try:
            array = _as_numbers(state[entry.name])
        except (TypeError, ValueError, OverflowError, RuntimeError) as error:
            wrong.append(_Wrong(f"{entry.name!r} expects real numbers, got {error}", InputError))
            continue
        if array.shape == entry.shape:
            arrays.append((entry, array))
        else:
            text = f"{entry.name!r} expects shape {entry.shape}, got {array.shape}"
            wrong.append(_Wrong(text, ShapeError))
    return arrays, wrong


def _as_numbers(x: Any) -> Array:
    """A float64 array of x; the text of what is raised says what x is instead."""
    if hasattr(x, "detach"):  # a tensor of PyTorch, which may record gradients or be on a GPU
        x = x.detach().cpu()
        if str(x.dtype) == "torch.bfloat16":  # NumPy has no such numbers
            x = x.float()
    try:
        array = np.asarray(x)
    except ValueError:
        raise ValueError("rows of different lengths") from None
    if array.dtype.kind in "biuf":
        return array.astype(np.float64)
    strange = [item for item in array.ravel().tolist() if not isinstance(item, (Real, Value))]
    if strange or array.dtype.kind != "O":
        raise TypeError(brief(strange[0] if strange else x))
    return array.astype(np.float64)


def _no_mapping(who: str, state: Any) -> str:
    hint = "pass what state_dict() returns"
    if isinstance(state, (str, bytes)) or hasattr(state, "__fspath__"):
        hint = "a file is read by nn.load(path, into=model)"
    elif hasattr(state, "state_dict"):
        hint = "pass its state_dict()"
    return f"{who} expects a dictionary of arrays by name, got {brief(state)}; {hint}"


def _refusal(
    expectation: str, missing: Sequence[Entry], unexpected: Sequence[Any], wrong: Sequence[_Wrong]
) -> Exception:
    parts = [
        _listed("missing: ", [f"{entry.name!r} {entry.shape}" for entry in missing]),
        _listed("not of this model: ", [brief(name) for name in unexpected]),
        _listed("", [one.text for one in wrong]),
    ]
    repair = "build the model with the sizes and activations of the one that the state is from"
    if missing or unexpected:
        repair += ", or pass strict=False to load what agrees"
    kinds = {one.error for one in wrong} if not (missing or unexpected) else set()
    kind = kinds.pop() if len(kinds) == 1 else ArgumentError
    return kind("\n".join([f"{expectation}, got one that differs:", *filter(None, parts), repair]))


def _listed(title: str, items: Sequence[str]) -> str:
    more = f"; and {len(items) - _MOST_NAMED} more" if len(items) > _MOST_NAMED else ""
    return f"- {title}{'; '.join(items[:_MOST_NAMED])}{more}" if items else ""


def _write(arrays: Sequence[tuple[Entry, Array]], who: str) -> None:
    """Set all parameters, Ctrl-C or not."""
    values = [value for entry, _ in arrays for value in entry.values]
    numbers = [number for _, array in arrays for number in array.ravel().tolist()]
    if are_shared([entry for entry, _ in arrays]):
        _check_shared(arrays, who)
    try:
        _set(values, numbers)
    except KeyboardInterrupt:
        # half old and half new parameters would be a model that nobody trained
        _set(values, numbers)
        raise


def _set(values: Sequence[Value], numbers: Sequence[float]) -> None:
    for value, number in zip(values, numbers, strict=True):
        value._data = number


def _check_shared(arrays: Sequence[tuple[Entry, Array]], who: str) -> None:
    first: dict[Value, tuple[str, float]] = {}
    for entry, array in arrays:
        for value, number in zip(entry.values, array.ravel().tolist(), strict=True):
            name, known = first.setdefault(value, (entry.name, number))
            if number != known and not (number != number and known != known):  # nan is not itself
                raise ArgumentError(
                    f"{who} expects the same numbers for {name!r} and {entry.name!r}, which share "
                    f"parameters, got {known} and {number}; leave one of them out, with "
                    "strict=False"
                )
