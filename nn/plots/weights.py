"""What each neuron looks for: its weights as an image."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autograd.errors import ArgumentError, InputError, ShapeError
from nn.checks import at_least
from nn.module import Module, as_matrix
from nn.plots.axes import axes, two_sided

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST = 64


def weights(
    model: Module | ArrayLike,
    *,
    neurons: Sequence[int] | None = None,
    columns: int | None = None,
    ax: Axes | None = None,
) -> Axes:
    """The weights of first-layer neurons as images, such as those of digits they look for.

    ``model`` is an ``nn.MLP``, a layer, or an array of shape (n_neurons, size*size). Blue is
    negative, white 0, orange positive, on one scale for all, given in the title. ``neurons`` are
    the numbers of those to show, counted from 0; without it, they are the first 64.

    >>> import nn
    >>> ax = nn.plots.weights(nn.MLP(49, [12, 10], seed=0), columns=6)
    >>> len(ax.get_images()), [text.get_text() for text in ax.texts[:3]]
    (12, ['0', '1', '2'])
    """
    numbers = _first_layer(model)
    size = round(numbers.shape[1] ** 0.5)
    if size * size != numbers.shape[1] or not len(numbers):
        raise ShapeError(
            f"weights expects neurons of size*size inputs, such as 49 or 784, got an array of "
            f"shape {numbers.shape}"
        )
    chosen = _chosen(neurons, len(numbers))
    usual = math.ceil((1.5 * len(chosen)) ** 0.5)  # as wide as a figure is
    across = at_least(1, usual if columns is None else columns, "weights expects columns")
    shown = numbers[chosen]
    if not np.isfinite(shown).all():
        raise ArgumentError("weights expects finite weights, got nan or inf; did training diverge?")
    reach = float(np.abs(shown).max()) or 1.0
    ax = axes(ax)
    pitch, step = size * 1.12 + 0.5, size * 1.3 + 0.5
    for place, (number, image) in enumerate(zip(chosen, shown, strict=True)):
        row, column = divmod(place, across)
        left, top = column * pitch, row * step
        ax.imshow(
            image.reshape(size, size), cmap=two_sided(), vmin=-reach, vmax=reach,
            extent=(left, left + size, top + size, top), interpolation="nearest",
        )  # fmt: skip
        ax.text(left, top - size * 0.02, str(number), fontsize=7, va="bottom", color="#555555")
    rows, used = -(-len(chosen) // across), min(across, len(chosen))
    ax.set_xlim(-0.2, used * pitch - (pitch - size) + 0.2)
    ax.set_ylim(rows * step - (step - size) + 0.2, -0.22 * size)
    ax.set_aspect("equal")
    ax.set_axis_off()
    some = f"{len(chosen)} of {len(numbers)}" if len(chosen) < len(numbers) else str(len(chosen))
    ax.set_title(
        f"weights of {some} neuron{'s' if len(numbers) > 1 else ''}\n"
        f"blue −{reach:.2g}, white 0, orange +{reach:.2g}", fontsize=10,
    )  # fmt: skip
    return ax


def _first_layer(model: Any) -> NDArray[np.float64]:
    """The weights of the first layer, of shape (n_neurons, n_inputs)."""
    if not isinstance(model, Module):
        return as_matrix(model, "weights")
    first = (getattr(model, "layers", None) or [model])[0]
    neurons = getattr(first, "neurons", [first])
    try:
        return np.array([[w.data for w in neuron.w] for neuron in neurons], dtype=np.float64)
    except AttributeError:
        raise InputError(
            f"weights expects an nn.MLP, an nn.Layer or an array (n_neurons, n_inputs), got "
            f"{model!r}; pass the array"
        ) from None


def _chosen(neurons: Any, n: int) -> list[int]:
    if neurons is None:
        return list(range(min(n, _MOST)))
    listed = np.atleast_1d(np.asarray(neurons))
    fits = listed.dtype.kind in "iu" and listed.ndim == 1 and len(listed)
    if not fits or listed.min() < 0 or listed.max() >= n:
        raise ArgumentError(f"weights expects neurons from 0 to {n - 1}, got {neurons!r}")
    return [int(number) for number in listed]
