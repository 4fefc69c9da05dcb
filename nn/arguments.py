"""What ``fit`` takes, checked and brought into one form before anything changes."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import ShapeError, modes
from autograd.errors import ArgumentError, GraphError, InputError
from nn import losses
from nn.callbacks import Callback, Calling
from nn.layers import MLP
from nn.metrics import METRICS, Metric
from nn.module import Module, as_matrix
from nn.optim import Optimizer


def as_pair(validation: Any) -> tuple[Any, Any]:
    """Two arrays out of what was given as validation data."""
    try:
        X, y = validation
    except (TypeError, ValueError):
        raise InputError(
            "fit expects validation to be a pair of arrays (X, y), got "
            f"{type(validation).__name__}; write validation=(X_test, y_test)"
        ) from None
    return X, y


def as_examples(X: Any, y: Any, who: str) -> tuple[list[Any], NDArray[Any]]:
    """The rows of X as lists of floats, and a target for each of them."""
    matrix = as_matrix(X, who)
    targets = _targets(y, who)
    if targets.ndim == 0 or len(targets) != len(matrix):
        raise ShapeError(
            f"{who} expects one target per row, got {len(matrix)} rows and y of shape "
            f"{targets.shape}; give y as many entries as X has rows"
        )
    if not len(matrix):
        raise ShapeError(f"{who} expects at least one row, got X of shape {matrix.shape}")
    _check_finite(matrix, "X", who)
    if targets.dtype.kind == "f":
        _check_finite(targets, "y", who)
    return matrix.tolist(), targets


def _targets(y: Any, who: str) -> NDArray[Any]:
    try:
        return np.asarray(y)
    except ValueError as error:
        raise InputError(
            f"{who} expects y to hold targets of one kind and length, got a {type(y).__name__} "
            f"that does not: {error}"
        ) from None


def _check_finite(array: NDArray[Any], name: str, who: str) -> None:
    bad = np.flatnonzero(~np.isfinite(array).reshape(len(array), -1).all(axis=1))
    if len(bad):
        raise ArgumentError(
            f"{who} expects finite numbers, got nan or inf in row {bad[0]} of {name} "
            f"({len(bad)} such rows); drop or fill them first"
        )


def named_metrics(metrics: Any, threshold: float) -> dict[str, Metric]:
    """Each metric under the name that its column will have; accuracy with its threshold."""
    if isinstance(metrics, str) or not isinstance(metrics, Iterable):
        metrics = (metrics,)
    named: dict[str, Metric] = {}
    for metric in metrics:
        known = isinstance(metric, str) and metric in METRICS
        if not known and not callable(metric):
            names = ", ".join(METRICS)
            raise InputError(f"fit expects metrics among {names}, or functions, got {metric!r}")
        name = metric if known else getattr(metric, "__name__", type(metric).__name__)
        if name in named or name == "loss":
            raise ArgumentError(
                f"fit expects each metric to have a name of its own, got {name!r} once more; "
                "define it with def, under another name"
            )
        named[name] = partial(METRICS[metric], threshold=threshold) if known else metric
    return named


def threshold_of(model: Any, loss: losses.Loss) -> float:
    """Above which an output means yes: 0.5 for a probability, 0 for a raw score."""
    squashed = isinstance(model, MLP) and model.layers[-1].activation == "sigmoid"
    return 0.5 if squashed or loss is losses.binary_cross_entropy else 0.0


def as_batch_size(batch_size: Any, n: int) -> int:
    """How many of n rows make a step; None means all of them."""
    return n if batch_size is None else min(at_least(1, batch_size, "fit expects batch_size"), n)


def at_least(least: int, n: Any, expectation: str) -> int:
    """A whole number that is not below the least one that will do."""
    if isinstance(n, bool) or not isinstance(n, (int, np.integer)) or n < least:
        raise ArgumentError(f"{expectation} to be a whole number of at least {least}, got {n!r}")
    return int(n)


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
                f"fit expects each callback once, got {callback!r} once more; leave it out"
            )
        found.append(callback if isinstance(callback, Callback) else Calling(callback))
    return found


def _not_a_callback(given: Any) -> InputError:
    if isinstance(given, type):
        came = f"the class {given.__name__}; write {given.__name__}() with brackets"
    else:
        came = f"{given!r}; subclass nn.Callback, or give a function of the run"
    return InputError(
        "fit expects callbacks to be objects of nn.Callback, or functions to call after every "
        f"epoch, got {came}"
    )


def check_model(model: Any, optimizer: Any) -> None:
    """Refuse what cannot be trained, or trained with."""
    if not isinstance(model, Module):
        raise InputError(f"fit expects an nn.Module, got {model!r}; subclass nn.Module")
    if not isinstance(optimizer, Optimizer):
        raise InputError(f"fit expects an optimiser such as nn.SGD(lr=0.1), got {optimizer!r}")
    if not model.parameters():
        raise ArgumentError(
            f"fit expects a model with parameters, got {model!r} with none; "
            "keep its Values in attributes"
        )
    if not modes.current.recording:
        raise GraphError(
            "fit expects to record the model's operations, and a no_grad() block is open; leave "
            "the block first"
        )
