"""``free_parameters``: closure discovery, the leaf Values a function refers to.

Tracing knows them for certain, but needs arguments. Before the first call this looks where a
function keeps things: its closure, the globals that its code names, defaults, the object it is
a method of, and the same again for the functions that it calls.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from autograd.core.graph import leaves
from autograd.core.operation import CONSTANT
from autograd.core.user_code import is_library_code
from autograd.core.value import Value
from autograd.errors import GlassgradError

# how many containers and objects deep a function's things are looked into
_DEPTH = 12
_PLAIN = (str, bytes, bytearray, int, float, complex, bool, type(None), range, type, ModuleType)


def free_parameters(fn: Callable[..., Any]) -> list[Value]:
    """The leaf Values that ``fn`` can reach, each once, in the order in which they are found.

    Of an interior Value that it keeps, the leaves count. It is a guess: a Value that the function
    would never use is found too, and one that it makes itself, or asks another library for, is
    not. Nothing of ``fn`` is run but ``parameters`` and ``named_parameters``, where an
    object has them.

    >>> from autograd import Value
    >>> w, b = Value(2.0), Value(1.0)
    >>> free_parameters(lambda x: w * x + b) == [w, b]
    True
    """
    found: dict[Value, None] = {}
    seen: set[int] = set()
    kept: list[Any] = []  # what was seen, so that no id is given out anew
    stack: list[tuple[Any, int]] = [(fn, 0)]
    while stack:
        thing, depth = stack.pop()
        if isinstance(thing, Value):
            near = [thing] if thing._first is None else leaves(thing)
            found |= dict.fromkeys(leaf for leaf in near if leaf._operation is not CONSTANT)
        elif not isinstance(thing, _PLAIN) and id(thing) not in seen and depth <= _DEPTH:
            seen.add(id(thing))
            kept.append(thing)
            # the first is looked into first, so it goes on the stack last
            stack += [
                (inner, depth + 1)
                for inner in reversed(list(_inside(thing)))
                # a model's parameters are met again in its layers, and in their neurons
                if not (type(inner) is Value and inner in found)
            ]
    return list(found)


def _inside(thing: Any) -> Iterator[Any]:
    """What a function, a container or an object refers to."""
    if isinstance(thing, FunctionType):
        yield from _of_function(thing)
    elif isinstance(thing, MethodType):
        yield from (thing.__self__, thing.__func__)
    elif isinstance(thing, BuiltinFunctionType):
        yield thing.__self__
    elif isinstance(thing, functools.partial):
        yield from (thing.func, thing.args, thing.keywords)
    elif isinstance(thing, Mapping):
        yield from thing.values()
    elif isinstance(thing, (list, tuple)):
        yield from thing
    elif isinstance(thing, np.ndarray):
        yield from thing.flat if thing.dtype.kind == "O" else ()
    else:
        yield from _of_object(thing)


def _of_object(thing: Any) -> Iterator[Any]:
    yield from _parameters_by_method(thing)
    calls = [base.__dict__["__call__"] for base in type(thing).__mro__ if "__call__" in vars(base)]
    yield from calls[:1]
    if hasattr(thing, "__wrapped__"):
        yield thing.__wrapped__
    yield from getattr(thing, "__dict__", {}).values()
    for base in type(thing).__mro__:
        slots = base.__dict__.get("__slots__", ())
        for name in [slots] if isinstance(slots, str) else slots:
            if hasattr(thing, name):
                yield getattr(thing, name)


def _parameters_by_method(thing: Any) -> list[Any]:
    """What an object gives as its parameters, if it has methods for that."""
    if not callable(getattr(type(thing), "named_parameters", None)):
        return []
    try:
        # without the names, if it gives its parameters so too: a network has many
        if callable(getattr(type(thing), "parameters", None)):
            return list(thing.parameters())
        return [value for _, value in thing.named_parameters()]
    except GlassgradError:
        raise
    except Exception:  # another library's methods, which may want arguments, or fail
        return []


def _of_function(function: FunctionType) -> Iterator[Any]:
    if is_library_code(function.__code__.co_filename):  # what it keeps is nobody's parameter
        return
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # not filled yet
            continue
    # in the order of the source, as far as a code object tells
    for names in _names(function.__code__):
        if names[0] in function.__globals__:
            yield _attribute(function.__globals__[names[0]], names[1:])
    yield from function.__defaults__ or ()
    yield from (function.__kwdefaults__ or {}).values()
    yield from vars(function).values()  # __wrapped__, and what a decorator keeps


def _names(code: CodeType) -> Iterator[list[str]]:
    """Each global name in a function's code and in the functions within, with what may follow.

    The names of attributes stand in the same list as those of globals, in the order of use: of
    ``module.w`` both are kept together.
    """
    for i, name in enumerate(code.co_names):
        yield [name, *code.co_names[i + 1 :]]
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _attribute(thing: Any, names: list[str]) -> Any:
    """The thing itself, or of a user's module the things in it that the code may name."""
    if isinstance(thing, ModuleType) and not is_library_code(vars(thing).get("__file__") or ""):
        return [vars(thing)[name] for name in names if name in vars(thing)]
    return thing
