"""An optimiser as plain data, and back: every part is checked before the first is used."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from autograd._util.format import count
from autograd.errors import ArgumentError, InputError, ShapeError, brief
from nn.optim.base import Optimizer
from nn.optim.schedules import as_state, from_state
from nn.optim.settings import Schedule, at_least_zero, settings_of

Arrays = dict[str, NDArray[np.float64]]
Kept = Callable[[Mapping[str, Any]], tuple[str, ...]]  # the names of arrays, by the settings

_PARTS = ("type", "settings", "schedule", "steps", "epoch", "state")


class Remembered(Protocol):
    """What there is to save of an optimiser's steps."""

    @property
    def steps(self) -> int: ...  # noqa: D102 -- named by the class
    @property
    def shape(self) -> tuple[int, ...]: ...  # noqa: D102
    @property
    def arrays(self) -> Mapping[str, NDArray[np.float64]]: ...  # noqa: D102


def saved(optimizer: Optimizer, memory: Remembered, kept: Kept) -> dict[str, Any]:
    """See ``BuiltIn.state_dict``."""
    settings = {name: getattr(optimizer, name) for name in settings_of(type(optimizer))}
    names = kept(settings) if memory.steps else ()
    return {
        "type": type(optimizer).__name__,
        "settings": {"lr": optimizer.lr}
        | {name: list(x) if isinstance(x, tuple) else x for name, x in settings.items()},
        "schedule": as_state(optimizer.schedule),
        "steps": memory.steps,
        "epoch": float(optimizer.epoch),
        # an array that a setting asks for since the last step is still to begin, at zero
        "state": {
            name: np.array(memory.arrays[name]) if name in memory.arrays else np.zeros(memory.shape)
            for name in names
        },
    }


def checked(
    optimizer: Optimizer, shape: tuple[int, ...], state: Mapping[str, Any], kept: Kept
) -> tuple[dict[str, Any], tuple[int, tuple[int, ...], Arrays]]:
    """The attributes that a saved state stands for, and steps, shape and arrays of its memory."""
    name = type(optimizer).__name__
    who = f"{name}.load_state_dict"
    _same_names(state, _PARTS, who)
    if state["type"] != name:
        raise ArgumentError(
            f"{who} expects the state of {name}, got that of {state['type']}; "
            "load it into an optimiser of the same kind"
        )
    checks = settings_of(type(optimizer))
    given = state["settings"]
    _same_names(given, ("lr", *checks), f"{who} settings")
    new: dict[str, Any] = {
        setting: check.check(given[setting], f"{who} {setting}")
        for setting, check in checks.items()
    }
    steps = state["steps"]
    if type(steps) is not int or steps < 0:
        raise ArgumentError(f"{who} steps expects a whole number of at least 0, got {brief(steps)}")
    arrays = _arrays(state["state"], kept(new) if steps else (), f"{who} state")
    shapes = {array.shape for array in arrays.values()}
    loaded = shapes.pop() if shapes else ()
    if arrays and shape not in ((), loaded):
        raise ShapeError(
            f"{who} expects a state of {count(math.prod(shape), 'parameter')}, which {name} has "
            f"moved so far, got one of {math.prod(loaded)}; use a new optimiser, or "
            "reset() this one"
        )
    new["epoch"] = at_least_zero(state["epoch"], f"{who} epoch")
    new["_rate"] = _rate(optimizer, state["schedule"], at_least_zero(given["lr"], f"{who} lr"), who)
    return new, (steps, loaded, arrays)


def _rate(optimizer: Optimizer, schedule: Any, number: float, who: str) -> float | Schedule:
    if schedule is None:
        return number
    if not isinstance(schedule, str):
        return from_state(schedule, f"{who} schedule")
    own = optimizer.schedule
    # a function has not been saved: the one that is here is taken for the same
    return own if own is not None and isinstance(as_state(own), str) else number


def _arrays(given: Any, names: tuple[str, ...], who: str) -> Arrays:
    _same_names(given, names, who)
    arrays: Arrays = {}
    for name in names:
        try:
            array = np.array(given[name])
        except ValueError:
            array = np.array(None)  # rows of different lengths
        if array.dtype.kind not in "fiu" or not array.ndim:
            came = brief(given[name])
            raise InputError(f"{who} expects an array of numbers as {name}, got {came}")
        arrays[name] = array.astype(np.float64)
    if len({array.shape for array in arrays.values()}) > 1:
        sizes = ", ".join(f"{name} of shape {array.shape}" for name, array in arrays.items())
        raise ShapeError(f"{who} expects arrays of one shape, got {sizes}")
    return arrays


def _same_names(given: Any, names: tuple[str, ...], who: str) -> None:
    if not isinstance(given, Mapping):
        kind = type(given).__name__
        raise InputError(f"{who} expects a dictionary, as state_dict() returns it, got {kind}")
    missing = [name for name in names if name not in given]
    others = [str(name) for name in given if name not in names]
    if missing or others:
        said = [f"without {', '.join(missing)}"] * bool(missing)
        said += [f"with {', '.join(others)}"] * bool(others)
        raise ArgumentError(
            f"{who} expects a dictionary of {', '.join(names) or 'nothing'}, as state_dict() "
            f"returns it, got one {' and '.join(said)}"
        )
