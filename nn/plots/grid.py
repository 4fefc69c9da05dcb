"""Images in a grid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autograd.errors import ShapeError
from nn.checks import at_least
from nn.module import as_matrix
from nn.plots.axes import POSITIVE, axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes


_BREAK = "\n"


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
    at_least(1, columns, "images expects columns")
    low, high = min(0.0, float(pixels.min())), max(1.0, float(pixels.max()))
    captions = [_caption(i, labels, predictions) for i in range(len(pixels))]
    rows, used = -(-len(pixels) // columns), min(columns, len(pixels))
    ax = axes(ax)
    ax.set_xlim(-1, used * (size + 1))
    ax.set_ylim(rows * (size * 1.35 + 1), -1)
    points = _font_size(ax, size, [text for text, _ in captions])
    for i, image in enumerate(pixels):
        row, column = divmod(i, columns)
        left, top = column * (size + 1), row * (size * 1.35 + 1)
        ax.imshow(
            image.reshape(size, size), cmap="gray_r", vmin=low, vmax=high,
            extent=(left, left + size, top + size, top),
        )  # fmt: skip
        text, wrong = captions[i]
        ax.text(
            left + size / 2, top + size * 1.05, text, ha="center", va="top", fontsize=points,
            linespacing=1.0,
            color=POSITIVE if wrong else "black", weight="bold" if wrong else "normal",
        )  # fmt: skip
    ax.set_xlim(-1, used * (size + 1))  # each image has set its own
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


def _font_size(ax: Axes, size: int, captions: list[str]) -> float:
    """In points: at most 9, and so small that captions neither touch nor reach the next row."""
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    extent, dpi = ax.get_window_extent(), ax.figure.dpi
    # of one unit of the data, which is as wide as high
    unit = min(extent.width / (right - left), extent.height / abs(high - low)) * 72.0 / dpi
    lines = [text.split(_BREAK) for text in captions]
    longest = max(1, *(len(line) for caption in lines for line in caption))
    room = (0.3 * size + 1) * unit / max(map(len, lines))
    return float(np.clip(min((size + 1) * unit / (0.64 * longest), room / 1.1), 3.0, 9.0))


def _caption(i: int, labels: Any, predictions: Any) -> tuple[str, bool]:
    if predictions is None:
        return ("" if labels is None else str(labels[i])), False
    wrong = labels is not None and predictions[i] != labels[i]
    if not wrong:
        return str(predictions[i]), False
    short = len(str(predictions[i])) + len(str(labels[i])) <= 4
    return f"{predictions[i]}{' ' if short else _BREAK}not {labels[i]}", True
