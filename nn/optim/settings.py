"""What an optimiser is set up with, and the checks of it."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any, Generic, Self, TypeVar, overload

from autograd._util.format import count
from autograd.core.number_arguments import as_float
from autograd.errors import ArgumentError, InputError, ShapeError, brief

T = TypeVar("T")

Schedule = Callable[[float], float]  # the learning rate at an epoch


class Setting(Generic[T]):
    """An attribute that is checked whenever it is set, not in ``__init__`` alone."""

    def __init__(self, check: Callable[[Any, str], T], default: T) -> None:
        self.check, self.default, self.name = check, default, ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, holder: None, owner: type) -> Self: ...
    @overload
    def __get__(self, holder: object, owner: type) -> T: ...
    def __get__(self, holder: object | None, owner: type) -> Self | T:
        if holder is None:
            return self
        # the default serves subclasses that never call __init__ of the base
        found: T = vars(holder).get(self.name, self.default)
        return found

    def __set__(self, holder: object, value: Any) -> None:
        vars(holder)[self.name] = self.check(value, f"{type(holder).__name__} {self.name}")


def settings_of(kind: type) -> dict[str, Setting[Any]]:
    """The settings of a class by name, those of its bases first."""
    return {
        name: setting
        for base in reversed(kind.__mro__)
        for name, setting in vars(base).items()
        if isinstance(setting, Setting)
    }


# --- checks: each takes a value and what it is called, and returns what is kept -------------------


def at_least_zero(x: Any, what: str) -> float:
    """A finite number of at least 0."""
    number = as_float(x, what)
    if not (math.isfinite(number) and number >= 0.0):
        raise ArgumentError(f"{what} expects a finite number of at least 0, got {number:g}")
    return number


def above_zero(x: Any, what: str, instead: str = "") -> float:
    """A finite number above 0; ``instead`` ends the message."""
    number = as_float(x, what)
    if not (math.isfinite(number) and number > 0.0):
        raise ArgumentError(f"{what} expects a finite number above 0, got {number:g}{instead}")
    return number


def limit(x: Any, what: str) -> float | None:
    """A finite number above 0, or None for no limit."""
    return None if x is None else above_zero(x, what, "; use None for no limit")


def below_one(x: Any, what: str) -> float:
    """A number of at least 0 and below 1."""
    number = as_float(x, what)
    if not 0.0 <= number < 1.0:
        raise ArgumentError(f"{what} expects a number of at least 0 and below 1, got {number:g}")
    return number


def pair_below_one(x: Any, what: str) -> tuple[float, float]:
    """Two numbers of at least 0 and below 1."""
    expects = f"{what} expects two numbers of at least 0 and below 1"
    if not isinstance(x, (tuple, list)):
        raise InputError(f"{expects}, got {brief(x)}; try (0.9, 0.999)")
    if len(x) != 2:
        raise ShapeError(f"{expects}, got {len(x)} ({brief(x)}); try (0.9, 0.999)")
    first, second = (as_float(number, f"{what}[{i}]") for i, number in enumerate(x))
    if not (0.0 <= first < 1.0 and 0.0 <= second < 1.0):
        raise ArgumentError(f"{expects}, got {brief(x)}; try (0.9, 0.999)")
    return first, second


def flag(x: Any, what: str) -> bool:
    """True or False, where any text would count as true."""
    if x is True or x is False or type(x).__name__ in ("bool", "bool_"):
        return bool(x)
    raise InputError(f"{what} expects True or False, got {brief(x)}")


def rate_or_schedule(x: Any, what: str) -> float | Schedule:
    """A learning rate: a number of at least 0, or a function of the epoch."""
    if isinstance(x, type):
        name = x.__name__
        raise InputError(
            f"{what} expects a number or a schedule, got the class {name}; "
            f"make one of it: {name}(...)"
        )
    refuse_parameters(x, what)
    if callable(x):
        _check_callable(x, what)
        schedule: Schedule = x
        return schedule
    return at_least_zero(x, what)


def refuse_parameters(x: Any, what: str) -> None:
    """Refuse what PyTorch's optimisers take first."""
    is_list = isinstance(x, (list, tuple)) and x and hasattr(x[0], "grad")
    if is_list or hasattr(x, "parameters"):
        listed = f"a list of {count(len(x), 'parameter')}" if is_list else ""
        got = listed or f"the model {type(x).__name__}"
        raise InputError(
            f"{what} expects a number or a schedule, got {got}; "
            "give the optimiser no parameters: fit and step hand them over"
        )


def _check_callable(schedule: Callable[..., Any], what: str) -> None:
    """Refuse a function that cannot be called with the epoch and nothing else."""
    try:
        signature = inspect.signature(schedule)
    except (TypeError, ValueError):  # one of Python's own, which does not tell
        return
    try:
        signature.bind(0.0)
    except TypeError:
        name = getattr(schedule, "__name__", type(schedule).__name__)
        raise InputError(
            f"{what} expects a number, or a function of the epoch alone, got {name}{signature}; "
            "write lambda epoch: ..."
        ) from None
