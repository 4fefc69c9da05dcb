"""What ``fit`` takes beside its data, checked and brought into one form before it begins."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

import numpy as np

from autograd.core import modes
from autograd.errors import ArgumentError, GraphError, InputError, brief
from nn.callbacks.base import Callback, Calling
from nn.checks import at_least
from nn.metrics import METRICS, Metric
from nn.module import Module
from nn.optim import Optimizer


def named_metrics(metrics: Any, threshold: float) -> dict[str, Metric]:
    """Each metric under the name that its column will have; accuracy with its threshold."""
    if isinstance(metrics, str) or not isinstance(metrics, Iterable):
        metrics = (metrics,)
    named: dict[str, Metric] = {}
    for metric in metrics:
        name = metric if isinstance(metric, str) else _name_of(metric)
        # nn.accuracy is to have the right threshold as well
        known = name in METRICS and (name is metric or METRICS[name] is metric)
        if not known and not callable(metric):
            names = ", ".join(METRICS)
            came = brief(metric)
            raise InputError(f"fit expects metrics among {names}, or functions, got {came}")
        if name in named or name == "loss":
            raise ArgumentError(
                f"fit expects each metric to have a name of its own, got {name!r} once more; "
                "define it with def, under another name"
            )
        named[name] = partial(METRICS[name], threshold=threshold) if known else metric
    return named


def _name_of(function: Any) -> str:
    function = getattr(function, "func", function)  # functools.partial has no name of its own
    return str(getattr(function, "__name__", type(function).__name__))


def as_batch_size(batch_size: Any, n: int) -> int:
    """How many of n rows make a step; None means all of them."""
    return n if batch_size is None else min(at_least(1, batch_size, "fit expects batch_size"), n)


def as_verbose(verbose: Any) -> int:
    """0, 1 or 2; False and True are 0 and 1."""
    if isinstance(verbose, (int, np.integer)) and 0 <= verbose <= 2:
        return int(verbose)
    raise ArgumentError(
        "fit expects verbose to be 0 (silent), 1 (a bar, or a line an epoch) or 2 (a line an "
        f"epoch), got {brief(verbose)}"
    )


def as_callbacks(callbacks: Any) -> list[Callback]:
    """Each callback as an object with the methods of ``nn.Callback``."""
    if callbacks is None or isinstance(callbacks, str):
        raise _not_a_callback(callbacks)
    if isinstance(callbacks, Callback) or not isinstance(callbacks, Iterable):
        callbacks = (callbacks,)
    found: list[Callback] = []
    for callback in callbacks:
        if isinstance(callback, type) or not (isinstance(callback, Callback) or callable(callback)):
            raise _not_a_callback(callback)
        if any(callback is other for other in found):
            raise ArgumentError(
                f"fit expects each callback once, got {brief(callback)} once more; leave it out"
            )
        found.append(callback if isinstance(callback, Callback) else Calling(callback))
    return found


def _not_a_callback(given: Any) -> InputError:
    if isinstance(given, type):
        came = f"the class {given.__name__}; write {given.__name__}() with brackets"
    else:
        came = f"{brief(given)}; subclass nn.Callback, or give a function of the run"
    return InputError(
        "fit expects callbacks to be objects of nn.Callback, or functions to call after every "
        f"epoch, got {came}"
    )


def _came(given: Any, kind: type) -> str:
    if isinstance(given, type) and issubclass(given, kind):
        return f"the class {given.__name__}; write {given.__name__}(...) with brackets"
    if kind is Optimizer:
        return brief(given)
    return f"{brief(given)}; give it nn.MLP(...), or subclass nn.Module"


def check_model(model: Any, optimizer: Any) -> None:
    """Refuse what cannot be trained, or trained with."""
    if not isinstance(model, Module):
        raise InputError(f"fit expects an nn.Module, got {_came(model, Module)}")
    if not isinstance(optimizer, Optimizer):
        came = _came(optimizer, Optimizer)
        raise InputError(f"fit expects an optimiser such as nn.SGD(lr=0.1), got {came}")
    if not model.parameters():
        raise ArgumentError(
            f"fit expects a model with parameters, got {model!r} with none; "
            "keep its Values in attributes, or in lists or dictionaries in them, and not in NumPy "
            "arrays"
        )
    if not modes.current().recording:
        raise GraphError(
            "fit expects to record the model's operations, and a no_grad() block is open; leave "
            "the block first"
        )
