"""Lines over the epochs: loss and metrics, sizes of weights, the learning rate."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.core.number_arguments import as_float
from autograd.errors import ArgumentError, InputError
from nn.callbacks.recording import WeightSizes
from nn.checks import at_least
from nn.history import History
from nn.plots.axes import COLOURS, STYLES, axes, drawable, label_ends, plain, shades

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST_SAID = 3  # metrics whose names fit along an axis
_NOT_DRAWN = {"lr", "seconds"}  # columns that say how it was done, not how well it went


def learning_curves(history: History, *, log: bool = False, ax: Axes | None = None) -> Axes:
    """Each column of a history over the epochs; metrics, which end at 1, on an axis of their own.

    Training is drawn in full, validation dashed. ``log`` gives the loss a logarithmic axis. What is
    not finite leaves a gap; columns that hold no numbers, and the learning rate, are left out.
    Where early stopping gave the best weights back, a line marks their epoch.

    >>> import nn
    >>> history = nn.History({"loss": [2.0, 1.0], "accuracy": [0.5, 0.75]})
    >>> nn.plots.learning_curves(history).get_ylabel()
    'loss'
    """
    columns = _numbers(history)
    ax = axes(ax)
    epochs = np.arange(1, len(history) + 1)
    others = [name for name in columns if not name.endswith("loss")]
    right = ax.twinx() if others else ax
    # training and validation share a colour; each metric has one of its own
    bases = list(dict.fromkeys(["loss", *map(_base, columns)]))
    handles = []
    for name, numbers in columns.items():
        side = ax if name.endswith("loss") else right
        handles += side.plot(
            epochs, numbers, "--" if _base(name) != name else "-",
            label=plain(_title(name, columns)),
            color=COLOURS[bases.index(_base(name)) % len(COLOURS)], **_dots(numbers),
            # a ring, that a dot of the loss in the same place may be seen within
            markersize=6 if side is ax else 10, fillstyle="full" if side is ax else "none",
        )  # fmt: skip
    ax.set(xlabel="epoch", ylabel="loss")
    _whole_epochs(ax, len(history))
    if others:
        said = list(dict.fromkeys(_spoken(_base(name)) for name in others))
        right.set_ylabel(plain(" and ".join(said) if len(said) <= _MOST_SAID else "metrics"))
    if log and any((columns[name] > 0.0).any() for name in columns if name.endswith("loss")):
        ax.set_yscale("log")
    best = getattr(history, "best_epoch", None)
    if best:
        handles.append(
            ax.axvline(best, color="grey", linestyle=":", label=f"best, epoch {best}")
        )  # fmt: skip
    if handles:
        # within, it would hide what somebody wants to see; four are training beside validation
        ax.legend(
            handles=handles, loc="lower center", bbox_to_anchor=(0.5, 1.0),
            ncols=2 if len(handles) == 4 else 3, fontsize=9, frameon=False,
        )  # fmt: skip
    return ax


def _whole_epochs(ax: Axes, n: int) -> None:
    """No ticks between epochs, and for a single one no scale of thousandths."""
    ax.locator_params(axis="x", integer=True)
    if n == 1:
        ax.set_xlim(0.0, 2.0)
        ax.set_xticks([1])


def _numbers(history: Any) -> dict[str, Any]:
    """The columns that are lines, as arrays with nan where nothing can be drawn."""
    if not isinstance(history, History):
        raise InputError(
            f"learning_curves expects an nn.History, got {history!r}; pass what nn.fit returned"
        )
    columns = {}
    for name, entries in history.columns.items():
        if name not in _NOT_DRAWN and all(np.ndim(entry) == 0 for entry in entries):
            columns[name] = drawable(entries)
    return columns


def _base(name: str) -> str:
    return name.removeprefix("validation_")


def _spoken(name: str) -> str:
    return name.replace("_", " ")


def _title(name: str, columns: dict[str, Any]) -> str:
    """What a line is called: "training loss" where there is a validation loss too."""
    return f"{'training ' * (f'validation_{name}' in columns)}{_spoken(name)}"


def _dots(numbers: Any) -> dict[str, Any]:
    """A marker where a line would not show: between two gaps, or where there is one number."""
    there = np.pad(np.isfinite(numbers), 1)
    alone = np.flatnonzero(there[1:-1] & ~there[:-2] & ~there[2:])
    return {"marker": "o", "markevery": alone.tolist()} if len(alone) else {}


def max_weights(sizes: WeightSizes, *, ax: Axes | None = None) -> Axes:
    """The largest weight of each layer, max |w|, over the epochs: dark for the first layer.

    ``sizes`` is an ``nn.WeightSizes`` that was given to ``fit(..., callbacks=[sizes])``.

    >>> import nn
    >>> X, y = nn.data.moons(20, seed=0)
    >>> sizes = nn.WeightSizes()
    >>> history = nn.fit(nn.MLP(2, [4, 1], seed=0), X, 2 * y - 1, loss="hinge_loss",
    ...                  optimizer=nn.SGD(lr=0.1), epochs=2, callbacks=[sizes], verbose=0)
    >>> [line.get_label() for line in nn.plots.max_weights(sizes).get_lines()]
    ['layers.0', 'layers.1']
    """
    if not isinstance(sizes, WeightSizes):
        raise InputError(f"max_weights expects an nn.WeightSizes, got {sizes!r}")
    if not sizes.epochs:
        raise ArgumentError(
            "max_weights expects sizes that were recorded, got none yet; give it to "
            "fit(..., callbacks=[sizes]) first"
        )
    ax = axes(ax)
    lines = {}
    for i, (name, largest) in enumerate(sizes.largest.items()):
        numbers = drawable(largest)
        if np.isfinite(numbers).any():
            (lines[name],) = ax.plot(
                sizes.epochs, numbers, STYLES[i % len(STYLES)], color=shades(len(sizes.layers))[i],
                label=plain(name), **_dots(numbers),
            )  # fmt: skip
    ax.set(xlabel="epoch", ylabel="max |w|", title="the largest weight of each layer")
    ax.set_ylim(bottom=0.0)
    ax.locator_params(axis="x", integer=True)
    if lines:
        label_ends(ax, lines)
    return ax


def _rate(rate: Callable[[float], float], epoch: float) -> float:
    try:
        given = rate(epoch)
    except TypeError as error:
        raise InputError(
            f"schedule expects a function of one number, the epoch, got one that says: {error}; "
            "write lambda epoch: 0.1 * 0.9**epoch"
        ) from error
    return as_float(given, "schedule rate")


def schedule(rate: Callable[[float], float], epochs: int, *, ax: Axes | None = None) -> Axes:
    """The learning rate that a schedule gives, over so many epochs.

    ``rate`` is any function of the epoch, such as those of ``nn.optim``.

    >>> import nn
    >>> ax = nn.plots.schedule(lambda epoch: 0.1 * 0.5**epoch, 5)
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('epoch', 'learning rate')
    """
    n = at_least(1, epochs, "schedule expects epochs")
    if not callable(rate):
        raise InputError(f"schedule expects a function of the epoch, got {rate!r}")
    # without n itself, where the epoch after the last would begin
    times = np.linspace(0.0, n, n * max(1, min(100, 4000 // n)), endpoint=False)
    rates = drawable([_rate(rate, time) for time in times.tolist()])
    ax = axes(ax)
    ax.plot(times, rates, color=COLOURS[0])
    ax.set(xlabel="epoch", ylabel="learning rate", title="schedule")
    ax.set_ylim(bottom=0.0)
    ax.set_xlim(0, n)
    ax.locator_params(axis="x", integer=True)
    return ax
