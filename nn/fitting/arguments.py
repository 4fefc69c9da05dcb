"""What ``fit`` takes, checked and brought into one form before anything changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import ShapeError, modes
from autograd.errors import ArgumentError, GraphError, InputError, brief
from nn.callbacks.base import Callback, Calling
from nn.checks import as_generator, at_least, in_rows
from nn.data.splits import split_rows
from nn.history import History, Resume
from nn.metrics import METRICS, Metric
from nn.module import Module, as_matrix
from nn.optim import Optimizer

Examples = tuple[NDArray[np.float64], NDArray[Any]]  # rows, and a target for each


_ROWS_AT_ONCE = 4096


def as_data(
    X: Any, y: Any, validation: Any, seed: Any, history: Any
) -> tuple[Examples, Examples | None, Resume]:
    """What to train on, what to hold out, and the order of chance: all as ``fit`` takes it."""
    X, y = as_examples(X, y, "fit")
    fraction = _as_fraction(validation)
    if history is not None and not isinstance(history, History):
        raise InputError(
            "fit expects history to be the nn.History of an earlier fit, which is to go on, got "
            f"{brief(history)}; leave it out to begin anew"
        )
    resume = _resumed(history, len(X), fraction, seed) if history is not None else None
    if resume is None:
        resume = Resume(as_generator("fit", seed), seed, fraction, None, None)
        if fraction is not None:
            by_class = y.ndim == 1 and y.dtype.kind in "biuUS"
            resume.kept, resume.held_out = split_rows(
                y, fraction, resume.rng, by_class, who="fit validation"
            )
    kept, held_out = resume.kept, resume.held_out
    if kept is not None and held_out is not None:
        apart = X[held_out], y[held_out]
        return (_kept_rows(X, kept), y[kept]), apart, resume
    if validation is None:
        return (X, y), None, resume
    apart = as_examples(*_as_pair(validation), "fit validation")
    if apart[0].shape[1] != X.shape[1]:
        raise ShapeError(
            f"fit validation expects rows of {X.shape[1]} numbers, as X has, got rows of "
            f"{apart[0].shape[1]}; prepare both alike"
        )
    return (X, y), apart, resume


def _kept_rows(X: NDArray[np.float64], kept: NDArray[np.intp]) -> NDArray[np.float64]:
    """X[kept] for rising row numbers, in the memory of X, which may be large."""
    for start in range(0, len(kept), _ROWS_AT_ONCE):
        part = kept[start : start + _ROWS_AT_ONCE]
        X[start : start + len(part)] = X[part]  # from further down, so nothing is lost
    return X[: len(kept)]


def _resumed(history: History, n: int, fraction: float | None, seed: Any) -> Resume | None:
    """How an earlier training is to go on; None if none has begun."""
    resume = history._resume
    if resume is None:
        return None
    same = seed is resume.seed or (
        isinstance(seed, (int, np.integer)) and isinstance(resume.seed, (int, np.integer))
        and seed == resume.seed
    )  # fmt: skip
    if seed is not None and not same:
        raise ArgumentError(
            f"fit expects no seed with history, or the one it began with, {resume.seed!r}, got "
            f"{brief(seed)}; leave it out: the order of the rows goes on where it stopped"
        )
    if fraction != resume.fraction:
        raise ArgumentError(
            f"fit expects validation={resume.fraction}, as the history began, got "
            f"{'no fraction' if fraction is None else fraction}; held out are the same rows "
            "again. Leave history out to begin anew"
        )
    if resume.kept is not None and resume.held_out is not None:
        before = len(resume.kept) + len(resume.held_out)
        if n != before:
            raise ShapeError(
                f"fit expects the {before} rows that the history began with, of which it holds "
                f"out the same again, got {n}; leave history out to begin anew"
            )
    return resume


def check_columns(history: History | None, columns: Sequence[str]) -> None:
    """Refuse to go on with a history that has other columns."""
    if history and list(history) != list(columns):
        raise ArgumentError(
            f"fit expects a history with the columns that this training has "
            f"({', '.join(columns)}), got one with {', '.join(history)}; pass the same metrics "
            "and validation again, or leave history out"
        )


def _as_fraction(validation: Any) -> float | None:
    """The share of the rows to hold out, if validation is one."""
    if not isinstance(validation, Real) or isinstance(validation, (bool, np.bool_)):
        return None
    if not 0.0 < float(validation) < 1.0:
        raise ArgumentError(
            "fit expects a validation fraction above 0 and below 1, got "
            f"{validation}; validation=0.2 holds out a fifth of the rows"
        )
    return float(validation)


def _as_pair(validation: Any) -> tuple[Any, Any]:
    """Two arrays out of what was given as validation data."""
    try:
        X, y = validation
    except (TypeError, ValueError):
        raise InputError(
            "fit expects validation to be a fraction of the rows, or a pair of arrays (X, y), got "
            f"{type(validation).__name__}; write validation=0.2 or validation=(X_test, y_test)"
        ) from None
    return X, y


def as_examples(X: Any, y: Any, who: str) -> Examples:
    """X as an array of floats and a target for each row, copies of what was given."""
    listed = isinstance(X, (list, tuple)) and len(X) and isinstance(X[0], Real)
    if listed or getattr(X, "ndim", 2) == 1:
        raise ShapeError(
            f"{who} expects an array of shape (n, n_inputs), got shape {np.shape(X)}; for one "
            "input a row write np.reshape(X, (-1, 1)), and wrap a single example in a list"
        )
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
    return np.ascontiguousarray(matrix), targets


def _targets(y: Any, who: str) -> NDArray[Any]:
    try:
        array = np.array(y)
        if array.dtype == object and all(isinstance(t, Real) for t in array.flat):
            # pandas keeps a column of mixed numbers so; bool, int or float is what they are
            array = np.array(array.tolist())
        return array
    except ValueError as error:
        raise InputError(
            f"{who} expects y to hold targets of one kind and length, got a {type(y).__name__} "
            f"that does not: {error}"
        ) from None


def _check_finite(array: NDArray[Any], name: str, who: str) -> None:
    if not np.isfinite(array).all():
        bad = np.flatnonzero(~np.isfinite(array).reshape(len(array), -1).all(axis=1))
        raise ArgumentError(
            f"{who} expects finite numbers, got nan or inf {in_rows(bad, name)}; drop or fill "
            "them first"
        )


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
    if not modes.current.recording:
        raise GraphError(
            "fit expects to record the model's operations, and a no_grad() block is open; leave "
            "the block first"
        )
