"""``fingerprint``: whether what a computation depends on is still what it was.

A compiled program knows nothing of what happens to its model later: a layer may be exchanged, an
activation, a number that a function reads. Tracing again would tell, and takes as long as a row of
training; this takes a hundredth of that.
"""

from __future__ import annotations

import functools
import random
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from autograd import Value
from autograd.core.user_code import PACKAGE_FOLDERS, is_library_code

_PLAIN = (Value, str, bytes, int, float, complex, bool, type(None), range, CodeType)
# code that names one of these reads what no name of its own leads to
_UNSEEN = {
    "globals", "vars", "eval", "exec", "environ", "environb", "getenv", "open", "__import__",
    "import_module",
}  # fmt: skip
_LARGE = 10_000  # numbers in an array or a list beyond which they are not kept
# those behind random.random() and np.random.normal()
GLOBAL_GENERATORS = (random.random.__self__, np.random.normal.__self__)  # type: ignore[attr-defined]
_NO_FACTS = {
    "__dict__", "__weakref__", "__doc__", "__module__", "__annotations__", "__slots__",
    "__slotnames__",  # which copy.deepcopy and pickle leave in a class
}  # fmt: skip


@dataclass
class Fingerprint:
    """What was found: equal facts mean the same computation, if they are ``complete``.

    ``complete`` is False where something was met that can change unseen, such as a set or a file.
    ``is_plain`` says that no code but this package's own is called. ``generators`` of random
    numbers are met too, and count by their states.
    """

    facts: list[Any] = field(default_factory=list)
    complete: bool = True
    is_plain: bool = True
    generators: list[Any] = field(default_factory=list)

    def agrees(self, other: Fingerprint) -> bool:
        """Whether nothing has changed, as far as can be told."""
        return self.complete and other.complete and self.facts == other.facts


def fingerprint(*things: Any) -> Fingerprint:
    """All that calling ``things`` can depend on: Values, numbers, code, and what the code names.

    >>> import nn
    >>> model = nn.MLP(2, [3, 1], seed=0)
    >>> before = fingerprint(model)
    >>> model.layers[0].neurons[0].b.data = 5.0
    >>> before.agrees(fingerprint(model))
    True
    >>> model.layers[0].activation = "tanh"
    >>> before.agrees(fingerprint(model))
    False
    """
    found = Fingerprint()
    facts, seen = found.facts, set[int]()
    stack = list(reversed(things))
    while stack:
        thing = stack.pop()
        kind = type(thing)
        if kind in _PLAIN or isinstance(thing, Value):
            facts.append(thing)
        elif id(thing) in seen:
            facts.append(kind)
        elif (kind is list or kind is tuple) and set(map(type, thing)) == {Value}:
            facts += [kind, len(thing), *thing]  # the weights of a neuron, in one go
        else:
            seen.add(id(thing))
            facts.append(kind)
            stack += reversed(list(_inside(thing, found)))
    return found


def _inside(thing: Any, found: Fingerprint) -> Iterator[Any]:
    """What a thing consists of. Of what cannot be looked into, the fingerprint takes note."""
    if type(thing) in (list, tuple):
        yield len(thing)
        if len(thing) > _LARGE and not any(isinstance(item, Value) for item in thing):
            found.complete = False
        else:
            yield from thing
    elif type(thing) is dict:
        yield len(thing)
        for item in thing.items():
            yield from item
    elif isinstance(thing, FunctionType):
        yield from _of_function(thing, found)
    elif isinstance(thing, MethodType):
        yield from (thing.__self__, thing.__func__)
    elif isinstance(thing, functools.partial):
        yield from (thing.func, thing.args, thing.keywords)
    elif isinstance(thing, type):
        yield from _of_class(thing, found)
    elif isinstance(thing, (staticmethod, classmethod)):
        yield thing.__func__
    elif isinstance(thing, property):
        yield from (thing.fget, thing.fset)
    elif isinstance(thing, ModuleType):
        found.facts.append(thing)
        found.complete &= is_library_code(_file_of(thing))  # who knows what is read of it
    elif isinstance(thing, (np.ufunc, np.generic)):
        found.facts.append(thing)
    elif isinstance(thing, BuiltinFunctionType):
        found.facts.append(thing.__qualname__)
        yield thing.__self__
    elif isinstance(thing, np.ndarray):
        yield from _of_array(thing, found)
    elif isinstance(thing, (np.random.Generator, np.random.RandomState, random.Random)):
        found.is_plain = False
        found.generators.append(thing)
        yield repr(state_of(thing))
    else:
        yield from _of_object(thing, found)


def state_of(generator: Any) -> Any:
    """What a generator of random numbers will give next, for ``restore``."""
    if isinstance(generator, random.Random):
        return generator.getstate()
    if isinstance(generator, np.random.RandomState):
        return generator.get_state()
    return generator.bit_generator.state


def restore(generator: Any, state: Any) -> None:
    """Put a generator back to where it was."""
    if isinstance(generator, random.Random):
        generator.setstate(state)
    elif isinstance(generator, np.random.RandomState):
        generator.set_state(state)
    else:
        generator.bit_generator.state = state


def _of_function(function: FunctionType, found: Fingerprint) -> Iterator[Any]:
    code = function.__code__
    if is_library_code(code.co_filename):
        found.is_plain &= code.co_filename.startswith(PACKAGE_FOLDERS)
        found.facts.append(function)
        return
    found.is_plain = False
    names = dict.fromkeys(_names(code))
    found.complete &= _UNSEEN.isdisjoint(names)
    # not the function itself: it may hold on to the model
    yield code
    for cell in function.__closure__ or ():
        try:
            yield from _read([cell.cell_contents], names, found)
        except ValueError:  # not filled yet
            found.complete = False
    yield from function.__defaults__ or ()
    yield from (function.__kwdefaults__ or {}).values()
    yield vars(function)
    for name in names:
        yield from _read(_meant(name, function.__globals__), names, found)


def _names(code: CodeType) -> Iterator[str]:
    """The names in a function's code, and in that of the functions within."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _meant(name: str, scope: dict[str, Any]) -> list[Any]:
    """What a name may stand for: a global, or a module that the function itself imports."""
    package = str(scope.get("__package__") or "").split(".")
    paths = [".".join(filter(None, [*package[:i], name])) for i in range(len(package) + 1)]
    modules = [sys.modules[path] for path in dict.fromkeys(paths) if path in sys.modules]
    return [scope.get(name, name), *modules]


def _read(things: list[Any], names: Iterable[str], found: Fingerprint) -> Iterator[Any]:
    """The things, and in place of a user's module what code with these names reads of it."""
    stack, seen = list(reversed(things)), set[int]()
    while stack:
        thing = stack.pop()
        if not isinstance(thing, ModuleType):
            yield thing
            continue
        found.facts.append(thing)
        if id(thing) not in seen and not is_library_code(_file_of(thing)):
            seen.add(id(thing))
            stack += [vars(thing)[name] for name in names if name in vars(thing)]


def _of_class(kind: type, found: Fingerprint) -> Iterator[Any]:
    found.facts.append(kind)
    for base in kind.__mro__:
        if not is_library_code(_file_of(base)):
            found.is_plain = False
            for name, thing in vars(base).items():
                described = hasattr(type(thing), "__get__") and hasattr(type(thing), "__set__")
                if name not in _NO_FACTS and (isinstance(thing, property) or not described):
                    yield thing


def _of_array(array: np.ndarray[Any, Any], found: Fingerprint) -> Iterator[Any]:
    if array.dtype == object:
        yield from array.ravel().tolist()
    elif array.size > _LARGE:
        found.complete = False
    else:
        found.facts += [array.shape, array.dtype.str, array.tobytes()]


def _of_object(thing: Any, found: Fingerprint) -> Iterator[Any]:
    kind = type(thing)
    yield kind
    files = [_file_of(base) for base in kind.__mro__[:-1]]
    hidden = any(is_library_code(file) and not file.startswith(PACKAGE_FOLDERS) for file in files)
    attributes = getattr(thing, "__dict__", None)
    slots = [name for base in kind.__mro__ for name in _slots(base) if hasattr(thing, name)]
    if hidden or (attributes is None and not slots):
        found.complete = found.is_plain = False  # a generator, a set, ...: it keeps things inside
        return
    yield from [getattr(thing, name) for name in slots]
    yield attributes


def _slots(base: type) -> tuple[str, ...]:
    slots = vars(base).get("__slots__", ())
    return (slots,) if isinstance(slots, str) else tuple(slots)


def _file_of(thing: ModuleType | type) -> str:
    """Where a module is, or that of a class; empty if that cannot be told."""
    module: Any = thing
    if isinstance(thing, type):
        name = str(thing.__module__)
        module = sys.modules.get(name) or sys.modules.get(name.split(".")[0])
    if module is None or module is sys.modules.get("__main__"):
        return ""  # python -m timeit runs the user's code in a module of Python's
    if getattr(module, "__file__", None):
        return str(module.__file__)
    origin = getattr(getattr(module, "__spec__", None), "origin", None)
    return "<frozen>" if origin in ("built-in", "frozen") else ""
