"""What each loss costs, against the error, the margin or the probability of the right answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.errors import InputError
from nn.losses.registry import ROWS, Row
from nn.plots.axes import COLOURS, STYLES, axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_AGAINST = {
    "quantity": "the error, output − target",
    "score": "the margin, output × target",
    "probability": "the probability of the right answer",
}
_USUAL = [
    "l1_loss", "mse_loss", "zero_one_loss", "hinge_loss", "logistic_loss", "binary_cross_entropy",
]  # fmt: skip
_REACH, _HIGHEST = 3.0, 4.5


def loss_functions(names: Sequence[str] | None = None, *, ax: Axes | None = None) -> Axes:
    """What losses cost for one output, each line with its formula.

    ``names`` are those of ``nn.losses``; a usual selection if there are none. Losses for numbers
    are drawn against the error, output - target; those for classes against the margin, output times
    target for a target of -1 or +1, which is below 0 where the answer is wrong; and those that
    take probabilities against the one given to the right answer.

    >>> import nn
    >>> ax = nn.plots.loss_functions(["l1_loss", "mse_loss"])
    >>> ax.get_xlabel(), [line.get_label() for line in ax.get_lines()]
    ('x: the error, output − target', ['l1_loss: |x|', 'mse_loss: x²'])
    """
    chosen = _checked(names)
    ax = axes(ax)
    for i, name in enumerate(chosen):
        row = ROWS[name]
        # a step falls between two of the points, and is drawn as steep as it is
        x = np.arange(1, 1001) / 1000.0 if row.outputs == "probability" else _both_sides()
        costs = np.array([_cost(row, number) for number in x.tolist()])
        ax.plot(
            x, costs, STYLES[i % len(STYLES)], color=COLOURS[i % len(COLOURS)], linewidth=1.8,
            label=f"{name}: {row.formula}",
        )  # fmt: skip
    outputs = list(dict.fromkeys(ROWS[name].outputs for name in chosen))
    ax.set(xlabel="x: " + ",\nor ".join(_AGAINST[kind] for kind in outputs), ylabel="loss")
    ax.set_xlim(*((0.0, 1.0) if outputs == ["probability"] else (-_REACH, _REACH)))
    ax.set_ylim(-0.15, _HIGHEST)
    ax.grid(alpha=0.3)
    # within, it would hide what grows fastest
    ax.legend(
        fontsize=7.5, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False
    )  # fmt: skip
    return ax


def _cost(row: Row, x: float) -> float:
    """What the loss costs at an error, a margin or a probability of x."""
    if row.outputs == "quantity":
        return float(row.loss(x, 0.0))
    if row.targets.needs_classes:
        return float(row.loss([x, 1.0 - x if row.outputs == "probability" else 0.0], 0))
    return float(row.loss(x, 1))


def _both_sides() -> Any:
    half = np.arange(0, 301) / 100.0
    # 0 twice: once with what comes below it, and once a hair above
    return np.concatenate([-half[::-1], [1e-9], half[1:]])


def _checked(names: Any) -> list[str]:
    if names is None:
        return _USUAL
    listed = list(names) if isinstance(names, (list, tuple)) else [names]
    for name in listed:
        if not isinstance(name, str) or name not in ROWS:
            raise InputError(f"loss_functions expects names among {', '.join(ROWS)}, got {name!r}")
    if not listed:
        raise InputError("loss_functions expects one name or more, got none; leave names out")
    return list(dict.fromkeys(listed))
