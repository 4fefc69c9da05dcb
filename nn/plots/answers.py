"""What a model answers beside what is true: the classes, whatever way labels are written."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Sized
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autograd._util.format import one_line
from autograd.core.number_arguments import as_float
from autograd.errors import ArgumentError, InputError, ShapeError, brief
from nn.checks import in_rows
from nn.module import Module, as_matrix

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Answers:
    """Predicted and true classes as whole numbers from 0, and the classes' names.

    ``scores`` are the outputs, (n,) less their threshold or (n, n_classes).
    """

    scores: Array
    truth: NDArray[np.intp]
    names: list[str]

    @property
    def predicted(self) -> NDArray[np.intp]:
        """The class of the largest output; of one output, whether it is above the threshold."""
        if self.scores.ndim == 1:
            return (self.scores > 0.0).astype(np.intp)
        return np.asarray(self.scores.argmax(axis=1), dtype=np.intp)

    @property
    def accuracy(self) -> float:
        """The share of right predictions, 0 to 1."""
        return float(np.mean(self.predicted == self.truth))

    @property
    def sureness(self) -> Array:
        """By how much the output of the predicted class is above that of the true one."""
        if self.scores.ndim == 1:
            return np.where(self.predicted != self.truth, np.abs(self.scores), 0.0)
        rows = np.arange(len(self.truth))
        lead: Array = self.scores[rows, self.predicted] - self.scores[rows, self.truth]
        return lead


def answers(
    model: Module,
    X: ArrayLike,
    y: ArrayLike,
    who: str,
    *,
    threshold: float | None = None,
    names: Sequence[str] | None = None,
) -> Answers:
    """What a model answers for the rows of X, checked against y."""
    check_module(model, who)
    rows = as_matrix(X, who)
    if not len(rows) or np.shape(y)[:1] != (len(rows),):
        raise ShapeError(
            f"{who} expects one label per row of X and one row or more, got X of shape "
            f"{rows.shape} and y of shape {np.shape(y)}"
        )
    outputs = model.predict(rows)
    if not np.isfinite(outputs).all():
        raise not_finite(who)
    truth, known = classes_of(y, n_classes_of(outputs), who)
    return Answers(less_threshold(model, outputs, threshold, who), truth, named(names, known, who))


def check_module(model: Any, who: str) -> None:
    """Refuse what has no outputs."""
    if not isinstance(model, Module):
        raise InputError(f"{who} expects an nn.Module, got {model!r}; pass the model first")


def not_finite(who: str) -> ArgumentError:
    """The error of somebody whose model has gone astray."""
    return ArgumentError(
        f"{who} expects finite outputs, got nan or inf from the model; "
        "has the training diverged? A smaller learning rate may help"
    )


def n_classes_of(outputs: NDArray[Any]) -> int:
    """How many classes outputs tell apart: one output says yes or no."""
    return 2 if outputs.ndim == 1 else outputs.shape[1]


def less_threshold(model: Module, outputs: Array, threshold: float | None, who: str) -> Array:
    """The outputs, less the threshold above which one output means yes; as ``fit`` has it."""
    if outputs.ndim > 1:
        if threshold is not None:
            raise ArgumentError(
                f"{who} expects a threshold for a model of one output only, got {threshold!r} "
                f"and {outputs.shape[1]} outputs, of which the largest counts; leave it out"
            )
        return outputs
    if threshold is None:
        last = getattr(model, "layers", None) or [model]
        threshold = 0.5 if getattr(last[-1], "activation", None) == "sigmoid" else 0.0
    return outputs - as_float(threshold, f"{who} threshold")


def classes_of(y: ArrayLike, n_classes: int, who: str) -> tuple[NDArray[np.intp], list[str]]:
    """Labels as whole numbers from 0, and the classes' names as they were written.

    Labels are class numbers, -1 and +1 if there are two, or rows of probabilities, or with a 1
    for the class beside 0 or -1, of which the largest counts.
    """
    labels = np.asarray(y)
    if labels.dtype.kind not in "biuf":
        first = next(iter(labels.ravel().tolist()), None)
        raise InputError(
            f"{who} expects class numbers in y, got {first!r}; number the classes with "
            "names, y = np.unique(y, return_inverse=True)"
        )
    if labels.ndim == 2 and labels.shape[1] == n_classes:
        _check_rows(labels, who)
        return labels.argmax(axis=1), [str(i) for i in range(n_classes)]
    if labels.ndim != 1:
        raise ShapeError(
            f"{who} expects y of shape (n,) or (n, {n_classes}), got {labels.shape}; "
            "y holds one class number per row"
        )
    if n_classes == 2 and np.isin(labels, (-1, 1)).all() and (labels == -1).any():
        return (labels > 0).astype(np.intp), ["-1", "+1"]
    wrong = np.flatnonzero(~np.isin(labels, np.arange(n_classes)))
    if len(wrong):
        expected = "0 and 1, or -1 and +1," if n_classes == 2 else f"0 to {n_classes - 1}"
        raise ArgumentError(
            f"{who} expects labels {expected} for a model of {n_classes} classes, got "
            f"{labels[wrong[0]]:g} {in_rows(wrong)}; "
            "number the classes from 0, and give the model an output for each"
        )
    return labels.astype(np.intp), [str(i) for i in range(n_classes)]


def _check_rows(labels: NDArray[Any], who: str) -> None:
    """Refuse rows that say no class."""
    one = (labels == 1).sum(axis=1) == 1
    against = one & np.isin(labels, (-1, 1)).all(axis=1)  # one class against the rest
    with np.errstate(invalid="ignore"):
        shares = (labels >= 0).all(axis=1) & (np.abs(labels.sum(axis=1) - 1.0) < 1e-6)
    wrong = np.flatnonzero(~(shares | against))
    if len(wrong):
        raise ArgumentError(
            f"{who} expects rows of y with a 1 for the class, or probabilities that sum to 1, got "
            f"{brief(labels[wrong[0]].tolist())} {in_rows(wrong)}; y may also "
            "hold one class number per row"
        )


def named(names: Sequence[str] | None, known: list[str], who: str) -> list[str]:
    """The names that were given for the classes, or those that are known."""
    if names is None:
        names = known
    elif isinstance(names, str) or not isinstance(names, Sized) or len(names) != len(known):
        raise ShapeError(f"{who} expects names for {len(known)} classes, got {names!r}")
    # control characters and halves of characters have no shape that could be drawn
    return [one_line(str(name)) for name in names]


def as_function(transform: Any, who: str) -> Callable[[Array], Any]:
    """What inputs go through before the model sees them: a function, or an object with one."""
    if transform is None:
        return lambda rows: rows
    function: Any = getattr(transform, "transform", transform)
    if not callable(function):
        raise InputError(
            f"{who} expects transform to be a function of an array (n, n_inputs), or an object "
            f"with a method transform, got {transform!r}"
        )
    return function  # type: ignore[no-any-return]
