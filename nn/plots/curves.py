"""Loss and metrics over the epochs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nn.history import History
from nn.plots.axes import NEGATIVE, POSITIVE, axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def learning_curves(history: History, *, ax: Axes | None = None) -> Axes:
    """Each column of a history over the epochs; metrics, which end at 1, on an axis of their own.

    >>> import nn
    >>> history = nn.History({"loss": [2.0, 1.0], "accuracy": [0.5, 0.75]})
    >>> nn.plots.learning_curves(history).get_ylabel()
    'loss'
    """
    ax = axes(ax)
    epochs = range(1, len(history) + 1)
    others = [name for name in history.columns if not name.endswith("loss")]
    right = ax.twinx() if others else ax
    handles = []
    for name, numbers in history.columns.items():
        side, colour = (ax, NEGATIVE) if name.endswith("loss") else (right, POSITIVE)
        style = "--" if name.startswith("validation_") else "-"
        label = name.replace("_", " ")
        marker = "o" if len(history) == 1 else None
        handles += side.plot(epochs, numbers, style, color=colour, label=label, marker=marker)
    ax.set(xlabel="epoch", ylabel="loss", title="learning curves")
    ax.locator_params(axis="x", integer=True)
    if others:
        right.set_ylabel(" and ".join(n for n in others if not n.startswith("validation_")))
    ax.legend(handles=handles, loc="center right")
    return ax
