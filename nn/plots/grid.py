"""Images in a grid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autograd.errors import ArgumentError, ShapeError
from nn.module import as_matrix
from nn.plots.axes import POSITIVE, axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def images(
    X: ArrayLike,
    *,
    labels: ArrayLike | None = None,
    predictions: ArrayLike | None = None,
    columns: int = 10,
    ax: Axes | None = None,
) -> Axes:
    """Square images in a grid, row by row, such as digits; each with its prediction below.

    ``X`` has shape (n, size*size) with 0 white and 1 black, or the least and the greatest number
    where they are beyond. A prediction that differs from its label is printed bold, in orange, as
    "3 not 5".

    >>> import nn
    >>> (X, y), _ = nn.data.digits(7)
    >>> ax = nn.plots.images(X[:20], labels=y[:20])
    """
    pixels = as_matrix(X, "images")
    size = size_of(pixels, "images")
    for name, given in (("labels", labels), ("predictions", predictions)):
        if given is not None and np.shape(given) != (len(pixels),):
            raise ShapeError(
                f"images expects {name} of shape (n,), one per image, got {np.shape(given)} "
                f"for {len(pixels)} images"
            )
    if columns < 1:
        raise ArgumentError(f"images expects columns of at least 1, got {columns}; try 10")
    low, high = min(0.0, float(pixels.min())), max(1.0, float(pixels.max()))
    ax = axes(ax)
    for i, image in enumerate(pixels):
        row, column = divmod(i, columns)
        left, top = column * (size + 1), row * (size * 1.35 + 1)
        ax.imshow(
            image.reshape(size, size), cmap="gray_r", vmin=low, vmax=high,
            extent=(left, left + size, top + size, top),
        )  # fmt: skip
        text, wrong = _caption(i, labels, predictions)
        ax.text(
            left + size / 2, top + size * 1.05, text, ha="center", va="top", fontsize=9,
            color=POSITIVE if wrong else "black", weight="bold" if wrong else "normal",
        )  # fmt: skip
    rows = -(-len(pixels) // columns)
    ax.set_xlim(-1, min(columns, len(pixels)) * (size + 1))
    ax.set_ylim(rows * (size * 1.35 + 1), -1)
    ax.set_axis_off()
    return ax


def size_of(pixels: NDArray[np.float64], who: str) -> int:
    """How many pixels a side each image has, one of which is a row."""
    size: int = round(pixels.shape[1] ** 0.5)
    if size * size != pixels.shape[1] or not len(pixels):
        raise ShapeError(
            f"{who} expects X of shape (n, size*size), at least one row, got {pixels.shape}"
        )
    return size


def _caption(i: int, labels: Any, predictions: Any) -> tuple[str, bool]:
    if predictions is None:
        return ("" if labels is None else str(labels[i])), False
    wrong = labels is not None and predictions[i] != labels[i]
    return (f"{predictions[i]} not {labels[i]}" if wrong else str(predictions[i])), wrong
