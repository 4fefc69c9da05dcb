"""The rows and targets that ``fit`` takes, and how an earlier training goes on with them."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import ShapeError
from autograd._util.format import count
from autograd.errors import ArgumentError, InputError, brief
from nn.checks import as_generator, in_rows
from nn.data.dataset import Dataset
from nn.data.loader import DataLoader
from nn.data.splits import split_rows
from nn.history import History, Resume
from nn.module import as_matrix

Examples = tuple[NDArray[np.float64], NDArray[Any]]  # rows, and a target for each


_ROWS_AT_ONCE = 4096


def as_data(
    X: Any, y: Any, validation: Any, seed: Any, history: Any
) -> tuple[Examples, Examples | None, Resume]:
    """What to train on, what to hold out, and the order of chance: all as ``fit`` takes it."""
    X, y = as_examples(*(_taken_apart(X) if y is None else (X, y)), "fit")
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
            f"fit validation expects rows of {count(X.shape[1], 'number')}, as X has, got rows of "
            f"{apart[0].shape[1]}; prepare both alike"
        )
    return (X, y), apart, resume


def _taken_apart(data: Any) -> tuple[Any, Any]:
    """Rows and targets that came as one."""
    if isinstance(data, Dataset) or (isinstance(data, tuple) and len(data) == 2):
        X, y = data
        return X, y
    if isinstance(data, DataLoader):
        advice = "fit makes batches itself: give it the arrays, and batch_size=..."
    else:
        advice = "write nn.fit(model, X, y, ...)"
    raise InputError(
        "fit expects targets in y, or both as one, a pair (X, y) or an nn.data.Dataset, got y=None "
        f"and X of type {type(data).__name__}; {advice}"
    )


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
                f"fit expects the {count(before, 'row')} that the history began with, of which it "
                f"holds out the same again, got {n}; leave history out to begin anew"
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
            f"{who} expects one target per row, got {count(len(matrix), 'row')} and y of shape "
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
