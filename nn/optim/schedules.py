"""Learning-rate schedules: the rate as a function of the epoch.

An optimiser takes one in place of a number, ``nn.SGD(lr=nn.optim.Cosine(0.1, epochs=20))``, and
asks it before every step. Epochs count from 0 and have fractions: 2.25 is a quarter through the
third. Any function of the epoch will do, such as ``lambda epoch: 0.1 * 0.95**epoch``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from autograd.core.number_arguments import as_float
from autograd.errors import ArgumentError, InputError, brief
from nn.optim.settings import Schedule, above_zero, at_least_zero, rate_or_schedule

# an epoch that was added up from fractions, as 0.1 + 0.1 + ..., may fall short by so much
_ROUNDING = 1e-9


@dataclass(frozen=True)
class StepDecay:
    """Multiply the rate by ``factor`` after every ``every`` epochs.

    >>> import nn
    >>> schedule = nn.optim.StepDecay(lr=0.5, every=10, factor=0.5)
    >>> [schedule(epoch) for epoch in (0, 9.9, 10, 25)]
    [0.5, 0.5, 0.25, 0.125]
    """

    lr: float
    every: float
    factor: float = 0.1

    def __post_init__(self) -> None:
        _check(self, lr=at_least_zero, every=above_zero, factor=at_least_zero)

    def __call__(self, epoch: float) -> float:
        """The learning rate at this epoch."""
        return self.lr * self.factor ** math.floor(_at(self, epoch) / self.every + _ROUNDING)


@dataclass(frozen=True)
class Linear:
    """Go from ``lr`` to ``to`` on a straight line over ``epochs`` epochs, and stay there.

    >>> import nn
    >>> schedule = nn.optim.Linear(lr=0.5, to=0.25, epochs=10)
    >>> [schedule(epoch) for epoch in (0, 5, 10, 20)]
    [0.5, 0.375, 0.25, 0.25]
    """

    lr: float
    to: float
    epochs: float

    def __post_init__(self) -> None:
        _check(self, lr=at_least_zero, to=at_least_zero, epochs=above_zero)

    def __call__(self, epoch: float) -> float:
        """The learning rate at this epoch."""
        share = min(_at(self, epoch) / self.epochs, 1.0)
        return (1.0 - share) * self.lr + share * self.to


@dataclass(frozen=True)
class Cosine:
    """Go from ``lr`` to ``to`` on half a cosine wave over ``epochs`` epochs, and stay there.

    Slow at both ends, steepest in the middle. Source: Loshchilov and Hutter 2017, without
    restarts.

    >>> import nn
    >>> schedule = nn.optim.Cosine(lr=0.5, epochs=10)
    >>> [round(schedule(epoch), 3) for epoch in (0, 1, 5, 9, 10, 20)]
    [0.5, 0.488, 0.25, 0.012, 0.0, 0.0]
    """

    lr: float
    epochs: float
    to: float = 0.0

    def __post_init__(self) -> None:
        _check(self, lr=at_least_zero, epochs=above_zero, to=at_least_zero)

    def __call__(self, epoch: float) -> float:
        """The learning rate at this epoch."""
        share = min(_at(self, epoch) / self.epochs, 1.0)
        return self.to + (self.lr - self.to) * (1.0 + math.cos(math.pi * share)) / 2.0


@dataclass(frozen=True)
class WarmUp:
    """Rise for ``epochs`` epochs to where ``then``, a rate or a schedule, begins; then follow it.

    The rise is a straight line from ``start`` times that rate: from 0 the very first step would
    move nothing. ``then`` counts its epochs from the end of the rise. Source: Goyal et al. 2017.

    >>> import nn
    >>> schedule = nn.optim.WarmUp(nn.optim.Linear(lr=0.5, to=0.25, epochs=10), epochs=2)
    >>> [schedule(epoch) for epoch in (0, 1, 2, 7, 12)]
    [0.05, 0.275, 0.5, 0.375, 0.25]
    """

    then: float | Schedule
    epochs: float
    start: float = 0.1

    def __post_init__(self) -> None:
        _check(self, then=rate_or_schedule, epochs=above_zero, start=_share)

    def __call__(self, epoch: float) -> float:
        """The learning rate at this epoch."""
        after = _at(self, epoch) - self.epochs
        top = self.then(max(after, 0.0)) if callable(self.then) else self.then
        top = at_least_zero(top, "WarmUp then")
        if after >= 0.0:
            return top
        share = 1.0 + after / self.epochs
        return top * (self.start + (1.0 - self.start) * share)

    def __repr__(self) -> str:
        # without the address of a function
        then = name_of(self.then) if callable(self.then) else self.then
        return f"WarmUp(then={then}, epochs={self.epochs}, start={self.start})"


_KINDS: dict[str, type[Any]] = {kind.__name__: kind for kind in (StepDecay, Linear, Cosine, WarmUp)}


def _fields(kind: type[Any]) -> list[str]:
    return [field.name for field in fields(kind)]


def _check(schedule: Any, **checks: Any) -> None:
    for name, check in checks.items():
        value = check(getattr(schedule, name), f"{type(schedule).__name__} {name}")
        object.__setattr__(schedule, name, value)  # it is frozen for everybody else


def _share(x: Any, what: str) -> float:
    number = as_float(x, what)
    if not 0.0 <= number <= 1.0:
        raise ArgumentError(f"{what} expects a share of the rate from 0 to 1, got {number:g}")
    return number


def _at(schedule: Schedule, epoch: float) -> float:
    return at_least_zero(epoch, f"{type(schedule).__name__} epoch")


def rate_at(schedule: Schedule, epoch: float, what: str) -> float:
    """The rate that a schedule gives, checked; ``what`` is the optimiser's rate in messages."""
    rate = schedule(at_least_zero(epoch, f"{what.removesuffix('lr')}epoch"))
    return at_least_zero(rate, f"{what} at epoch {epoch:g}, by {name_of(schedule)},")


def name_of(schedule: Schedule) -> str:
    """What it is called in messages and in an optimiser's repr."""
    if is_dataclass(schedule):
        return repr(schedule)
    return str(getattr(schedule, "__name__", type(schedule).__name__))


def end_of(schedule: Schedule | None) -> float | None:
    """After how many epochs a schedule has gone all its way; None for one that never ends.

    >>> end_of(WarmUp(Cosine(0.1, epochs=8), epochs=2)), end_of(StepDecay(0.1, every=5))
    (10.0, None)
    """
    if isinstance(schedule, (Linear, Cosine)):
        return schedule.epochs
    if isinstance(schedule, WarmUp) and callable(schedule.then):
        end = end_of(schedule.then)
        return None if end is None else schedule.epochs + end
    return None


# --- saved and loaded -----------------------------------------------------------------------------


def as_state(schedule: Schedule | None) -> dict[str, Any] | str | None:
    """A schedule as plain data, or its name if it is a function, which cannot be saved."""
    if schedule is None:
        return None
    if type(schedule) not in _KINDS.values():
        return name_of(schedule)
    state: dict[str, Any] = {"type": type(schedule).__name__}
    for name in _fields(type(schedule)):
        value = getattr(schedule, name)
        state[name] = as_state(value) if callable(value) else value
    inner = state.get("then")
    return name_of(schedule) if isinstance(inner, str) else state


def from_state(state: Any, what: str) -> Schedule:
    """The schedule that ``as_state`` made this dictionary of; ``what`` opens the messages."""
    if not isinstance(state, dict) or not isinstance(state.get("type"), str):
        raise InputError(f"{what} expects a schedule with its type, got {brief(state)}")
    kind = _KINDS.get(state["type"])
    if kind is None:
        raise ArgumentError(
            f"{what} expects a schedule of {', '.join(_KINDS)}, got {state['type']!r}; "
            "was it saved by a newer glassgrad?"
        )
    values = {name: value for name, value in state.items() if name != "type"}
    names = _fields(kind)
    if set(values) != set(names):
        raise ArgumentError(
            f"{what} expects {', '.join(names)} for a {kind.__name__}, got {', '.join(values)}"
        )
    if isinstance(values.get("then"), dict):
        values["then"] = from_state(values["then"], what)
    schedule: Schedule = kind(**values)
    return schedule
