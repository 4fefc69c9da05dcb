"""Whether the targets of a data set are what a loss takes, and which row is wrong.

A loss looks at one target when its turn comes. Here all are looked at before anything starts, as
arrays, so that 70,000 rows cost milliseconds.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from autograd.errors import ArgumentError, ShapeError
from nn.checks import in_rows
from nn.losses.label_numbers import as_numbers
from nn.losses.label_rules import Array, class_rule, on_names
from nn.losses.registry import Loss, row_of
from nn.losses.targets import listed


def check_labels(loss: Loss, output: Any, y: ArrayLike, who: str = "fit") -> None:
    """Raise an error that names the first wrong row of ``y``, if a loss of ``nn`` cannot take it.

    ``output`` is the model's output for one row: a Value or number, or a list of k. ``y`` holds n
    targets: of shape (n,), or of shape (n, k) for k outputs. ``who`` opens the message. Raises
    InputError for what are no numbers, ShapeError for a wrong shape, and ArgumentError for a value
    that the loss does not take. A loss of the user's own is left alone.

    >>> import nn
    >>> nn.losses.check_labels(nn.cross_entropy, [0.1, 0.2, 0.3], [0, 2, 1, 3])
    Traceback (most recent call last):
    ...
    autograd.errors.ArgumentError: fit expects class numbers from 0 to 2 for cross_entropy, got 3 \
in row 3 of y (1 such row); give the model 4 outputs, one for each class
    """
    row = row_of(loss)
    if row is None:
        return
    name, rule, outputs = row.name, row.targets, listed(output)
    n_outputs = 1 if outputs is None else len(outputs)
    if rule.needs_classes and n_outputs < 2:
        instead = "binary_cross_entropy" + ("_with_logits" if name == "cross_entropy" else "")
        raise ShapeError(
            f"{who} expects a model of at least 2 outputs for {name}, got one with 1; "
            f"use {instead} for one output"
        )
    array = np.asarray(y)
    _check_shape(array.shape, None if outputs is None else n_outputs, who)
    by_class = array.ndim == 1 and n_outputs > 1
    numbers = as_numbers(array, who, on_names(rule, by_class=by_class))
    if by_class:
        rule = class_rule(rule, n_outputs)
    rows = numbers.reshape(len(numbers), 1 if array.ndim == 1 else n_outputs)
    wrong = np.flatnonzero(~rule.takes(rows))
    if len(wrong):
        raise ArgumentError(
            f"{who} expects {rule.expects} for {name}, got {_shown(rows[wrong[0]])} "
            f"{in_rows(wrong)}; {rule.advice(rows)}"
        )


def _check_shape(shape: tuple[int, ...], n_outputs: int | None, who: str) -> None:
    """``n_outputs`` is None for an output that is no list."""
    if len(shape) == 1 or (len(shape) == 2 and shape[1] == n_outputs):
        return
    n = shape[0] if shape else "n"
    is_column = len(shape) == 2 and shape[1] == 1
    if n_outputs is None or n_outputs == 1:
        many = f"give the model {shape[-1]} outputs, or y one column" if shape else "give a list"
        raise ShapeError(
            f"{who} expects y of shape ({n},) for a model of one output, got shape {shape}; "
            + ("write np.ravel(y)" if is_column else many)
        )
    raise ShapeError(
        f"{who} expects y of shape ({n}, {n_outputs}) for a model of {n_outputs} outputs, or "
        f"class numbers of shape ({n},), got shape {shape}; "
        + ("write np.ravel(y) for class numbers" if is_column else "give one target per output")
    )


def _shown(row: Array) -> str:
    if len(row) == 1:
        return f"{row[0]:g}"
    if len(row) > 8:
        return f"a row from {row.min():g} to {row.max():g} that sums to {row.sum():g}"
    return "[" + ", ".join(f"{x:g}" for x in row) + "]"
