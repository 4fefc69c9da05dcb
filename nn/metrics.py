"""Metrics: how good outputs are, in a number for people; nothing is trained by them."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autograd.errors import ArgumentError, InputError, ShapeError, brief
from nn.checks import in_rows

Metric = Callable[[Any, Any], Any]


def accuracy(outputs: ArrayLike, y: ArrayLike, threshold: float | None = None) -> float:
    """The share of right predictions, 0 to 1: one minus the mean 0-1 loss.

    ``outputs`` of shape (n, n_classes) predict the class of the largest; ``y`` holds class numbers
    of shape (n,), or one-hot rows of shape (n, n_classes). Outputs of shape (n,) or (n, 1)
    predict yes above ``threshold``, 0 if none is given (0.5 is right for probabilities; a warning
    says so where it looks as if they were), and a ``y`` above 0 means yes, so labels 0 and 1, or
    -1 and +1, both do. Outputs of shape (n,) that are whole numbers by their
    type are taken as predicted labels. An output that is nan is a wrong prediction. ShapeError if
    shapes do not belong together, ArgumentError for rows of ``y`` that are not one-hot, and for
    labels that are no whole numbers.

    >>> import nn
    >>> nn.accuracy([[0.1, 0.9], [0.8, 0.2]], [1, 1]), nn.accuracy([-1.5, 2.0], [0, 1])
    (0.5, 1.0)
    """
    scores, labels = _scores_and_labels(outputs, y, "accuracy")
    if scores.ndim == 2:
        right = scores.argmax(axis=1) == labels
        return float(np.mean(right & ~np.isnan(scores).any(axis=1)))
    if scores.dtype.kind in "iu":
        return float(np.mean(scores == labels))
    above = scores > _least_for_yes(scores, labels, threshold, "accuracy")
    return float(np.mean((above == (labels > 0)) & ~np.isnan(scores)))


def confusion_matrix(
    outputs: ArrayLike, y: ArrayLike, n_classes: int | None = None, threshold: float | None = None
) -> NDArray[np.intp]:
    """How often each class was taken for which: an integer array of shape (n_classes, n_classes).

    Rows are the true classes, columns the predicted ones, so right answers are on the diagonal.
    ``outputs``, ``y`` and ``threshold`` are those of ``accuracy``. Without ``n_classes`` there are
    as many classes as outputs, two for one output, and for predicted labels as many as the
    largest asks for. ArgumentError for a label that is not among the classes.

    >>> import nn
    >>> nn.confusion_matrix([[0.1, 0.9], [0.8, 0.2], [0.3, 0.7]], [1, 1, 0]).tolist()
    [[0, 1], [1, 1]]
    """
    if n_classes is not None and (not isinstance(n_classes, (int, np.integer)) or n_classes < 1):
        raise ArgumentError(
            f"confusion_matrix expects n_classes to be a whole number of at least 1, got "
            f"{n_classes!r}"
        )
    scores, labels = _scores_and_labels(outputs, y, "confusion_matrix")
    if scores.ndim == 2:
        predicted, least = scores.argmax(axis=1), scores.shape[1]
    elif scores.dtype.kind in "iu":
        predicted, least = scores, int(max(scores.max(), labels.max())) + 1
    else:
        above = scores > _least_for_yes(scores, labels, threshold, "confusion_matrix")
        predicted, labels, least = above.astype(np.intp), labels > 0, 2
    k = least if n_classes is None else n_classes
    for name, classes in (("y", labels), ("outputs", predicted)):
        _check_classes(classes, k, name)
    pairs = labels.astype(np.intp) * k + predicted.astype(np.intp)
    counts: NDArray[np.intp] = np.bincount(pairs, minlength=k * k).reshape(k, k)
    return counts


def _least_for_yes(
    scores: NDArray[Any], labels: NDArray[Any], threshold: float | None, who: str
) -> float:
    if threshold is not None:
        return threshold
    if np.all((scores >= 0.0) & (scores <= 1.0)):
        yes = labels > 0
        as_scores, as_probabilities = (np.count_nonzero((scores > t) == yes) for t in (0.0, 0.5))
        if as_probabilities > as_scores:
            warnings.warn(
                f"{who} got outputs between 0 and 1 only, and takes those above 0 for yes; if they "
                "are probabilities, pass threshold=0.5, otherwise threshold=0.0",
                UserWarning, stacklevel=3,
            )  # fmt: skip
    return 0.0


def _check_classes(classes: NDArray[Any], k: int, name: str) -> None:
    wrong = np.flatnonzero((classes < 0) | (classes >= k) | (classes != np.floor(classes)))
    if len(wrong):
        raise ArgumentError(
            f"confusion_matrix expects class numbers from 0 to {k - 1}, got "
            f"{classes[wrong[0]]:g} {in_rows(wrong, name)}; number "
            "the classes from 0, or pass n_classes"
        )


def _scores_and_labels(
    outputs: ArrayLike, y: ArrayLike, who: str
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Outputs of shape (n,) or (n, at least 2), and a label for each row."""
    scores, labels = np.asarray(outputs), np.asarray(y)
    if scores.dtype.kind not in "iu" or scores.ndim != 1:
        scores = np.asarray(outputs, dtype=np.float64)
    if labels.dtype.kind not in "biuf":
        raise InputError(
            f"{who} expects y to hold class numbers, got {labels.ravel()[:1].tolist()} in it; "
            "number the classes: classes, y = np.unique(y, return_inverse=True)"
        )
    n_outputs = scores.shape[1] if scores.ndim == 2 else 1
    one_hot = labels.ndim == 2 and labels.shape == scores.shape and n_outputs > 1
    if scores.ndim == 2 and n_outputs == 1:
        scores = scores[:, 0]
    if labels.ndim == 2 and labels.shape[1] == 1 and scores.ndim == 1:
        labels = labels[:, 0]
    fits = one_hot or labels.shape == scores.shape[:1]
    if scores.ndim not in (1, 2) or not fits or not scores.size:
        raise ShapeError(
            f"{who} expects outputs of shape (n,) or (n, n_classes) and y of shape (n,), got "
            f"{np.shape(outputs)} and {np.shape(y)}; y holds one class number per row of outputs, "
            "or is one-hot, of the outputs' shape"
        )
    if one_hot:
        return scores, _classes_of(labels, who)
    wrong = np.flatnonzero(labels != np.floor(labels))  # nan is none either
    if len(wrong):
        raise ArgumentError(
            f"{who} expects labels, which are whole numbers, got {labels[wrong[0]]:g} "
            f"{in_rows(wrong)}; for quantities leave it out, for "
            "probabilities round them"
        )
    return scores, labels


def _classes_of(one_hot: NDArray[Any], who: str) -> NDArray[np.intp]:
    wrong = np.flatnonzero(((one_hot != 0).sum(axis=1) != 1) | (one_hot.max(axis=1) != 1))
    if len(wrong):
        raise ArgumentError(
            f"{who} expects rows of y with a single 1, got "
            f"{brief(one_hot[wrong[0]].tolist())} {in_rows(wrong)}; give class numbers, "
            "y.argmax(axis=1)"
        )
    classes: NDArray[np.intp] = one_hot.argmax(axis=1)
    return classes


METRICS: dict[str, Callable[..., Any]] = {
    "accuracy": accuracy,
    "confusion_matrix": confusion_matrix,
}
