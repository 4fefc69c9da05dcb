"""What was taken for what, and the examples that went wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autograd.errors import InputError, ShapeError
from nn.checks import at_least
from nn.metrics import confusion_matrix as counted
from nn.module import Module, as_matrix
from nn.plots.answers import answers, named
from nn.plots.axes import NEGATIVE, POSITIVE, axes, plain
from nn.plots.grid import images, size_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST_TEXTS = 26  # classes beyond which numbers in the cells, or all names, could not be read


def confusion_matrix(
    model: Module | ArrayLike,
    X: ArrayLike | None = None,
    y: ArrayLike | None = None,
    *,
    shares: bool = False,
    names: Sequence[str] | None = None,
    threshold: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """How often each class was taken for which: a row for each true class.

    Of a model and examples, or of counts that are there already, such as
    ``nn.confusion_matrix(outputs, y)`` or an entry of ``history["confusion_matrix"]``: an array of
    shape (n_classes, n_classes), with X and y left out. Right answers, on the diagonal, are blue,
    mistakes orange, each the darker the more there are. ``shares`` shows the percentage of each
    row in place of the numbers. ``names`` are the classes', ``threshold`` is that of
    ``decision_boundary``.

    >>> import nn
    >>> ax = nn.plots.confusion_matrix([[8, 2], [1, 9]], names=["no", "yes"])
    >>> ax.get_title(), ax.get_ylabel()
    ('accuracy 85.0%, 3 of 20 wrong', 'true class')
    """
    counts, known = _counts(model, X, y, names, threshold)
    n = len(counts)
    rows = np.maximum(counts.sum(axis=1, keepdims=True), 1)
    ax = axes(ax)
    ax.imshow(_colours(counts / rows), interpolation="nearest")
    # as many names as can be read
    some = range(0, n, -(-n // _MOST_TEXTS))
    ax.set_xticks(some, [plain(known[i]) for i in some])
    ax.set_yticks(some, [plain(known[i]) for i in some])
    if max(map(len, known)) * len(some) > 40:
        ax.tick_params(axis="x", labelrotation=90)
    ax.tick_params(length=0)
    if n <= _MOST_TEXTS:
        _write(ax, counts, counts / rows if shares else None)
    wrong, total = int(counts.sum() - np.trace(counts)), int(counts.sum())
    right = f"accuracy {1.0 - wrong / total:.1%}, " if total else ""
    ax.set(
        xlabel="predicted class", ylabel="true class", title=f"{right}{wrong:,} of {total:,} wrong"
    )
    return ax


def _counts(
    model: Any, X: Any, y: Any, names: Sequence[str] | None, threshold: float | None
) -> tuple[NDArray[np.intp], list[str]]:
    """The counts, and the classes' names."""
    who = "confusion_matrix"
    if isinstance(model, Module):
        if X is None or y is None:
            raise InputError(f"{who} expects X and y beside the model; pass both")
        found = answers(model, X, y, who, threshold=threshold, names=names)
        return counted(found.predicted, found.truth, len(found.names)), found.names
    counts = np.asarray(model)
    if X is not None or y is not None:
        raise InputError(
            f"{who} expects an nn.Module before X and y, got {type(model).__name__}; of outputs "
            "draw nn.confusion_matrix(outputs, y)"
        )
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or not counts.size:
        raise ShapeError(
            f"{who} expects counts of shape (n_classes, n_classes), got {counts.shape}; of outputs "
            "draw nn.confusion_matrix(outputs, y)"
        )
    if counts.dtype.kind not in "iu" or counts.min() < 0:
        raise InputError(f"{who} expects counts, whole numbers of at least 0, got {model!r}")
    known = named(names, [str(i) for i in range(len(counts))], who)
    return counts.astype(np.intp), known


def _colours(part: NDArray[np.float64]) -> NDArray[np.float64]:
    """Red, green and blue of each cell: blue for right, orange for wrong, white for none."""
    from matplotlib.colors import to_rgb

    right = np.eye(len(part), dtype=bool)
    # mistakes are few, and would hardly be seen on the scale of what is right
    worst = max(float(part[~right].max(initial=0.0)), 0.05)
    strength = np.where(right, 0.75 * part, 0.75 * part / worst)[:, :, None]
    full = np.where(right[:, :, None], to_rgb(NEGATIVE), to_rgb(POSITIVE))
    return np.asarray(1.0 - strength * (1.0 - full), dtype=np.float64)


def _write(ax: Axes, counts: NDArray[np.intp], part: NDArray[np.float64] | None) -> None:
    """The number in each cell; zeros are faint, that the others may be seen."""
    n = len(counts)
    size = float(np.clip(90.0 / n, 4.0, 12.0))
    for i, j in np.ndindex(n, n):
        text = f"{counts[i, j]:,}" if part is None else f"{100.0 * part[i, j]:.0f}%"
        none = counts[i, j] == 0
        ax.text(
            j, i, "0" if none else text, ha="center", va="center", fontsize=size,
            color="#aaaaaa" if none else "black",
        )  # fmt: skip


def mistakes(
    model: Module,
    X: ArrayLike,
    y: ArrayLike,
    *,
    n: int = 20,
    columns: int = 10,
    names: Sequence[str] | None = None,
    threshold: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """The images that a model got wrong, those first of which it was surest.

    ``X`` has shape (n_images, size*size). Sure is how far the output of the predicted class is
    above that of the true one. Below each stands what was predicted, and what it is; ``n`` is
    how many to show, ``names`` are the classes', ``threshold`` is that of ``decision_boundary``.

    >>> import nn
    >>> (X, y), _ = nn.data.digits(7)
    >>> ax = nn.plots.mistakes(nn.MLP(49, [10], seed=0), X[:100], y[:100], n=8)
    >>> len(ax.get_images())
    8
    """
    most = at_least(1, n, "mistakes expects n")
    pixels = as_matrix(X, "mistakes")
    size_of(pixels, "mistakes")
    found = answers(model, X, y, "mistakes", threshold=threshold, names=names)
    wrong = np.flatnonzero(found.predicted != found.truth)
    if not len(wrong):
        ax = axes(ax)
        ax.text(
            0.5, 0.5, f"no mistakes in {len(found.truth):,} examples", ha="center", va="center",
            transform=ax.transAxes,
        )  # fmt: skip
        ax.set_axis_off()
        return ax
    surest = wrong[np.argsort(-found.sureness[wrong], kind="stable")][:most]
    ax = images(
        pixels[surest], columns=columns, ax=ax,
        labels=[found.names[i] for i in found.truth[surest]],
        predictions=[found.names[i] for i in found.predicted[surest]],
    )  # fmt: skip
    some = f"the surest {len(surest)} of " if len(surest) < len(wrong) else ""
    ax.set_title(f"{some}{len(wrong):,} mistakes in {len(found.truth):,} examples", fontsize=11)
    return ax
