"""What each loss costs, against the error, the margin or the probability of the right answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.errors import InputError
from nn.losses import LOSSES, Loss
from nn.plots.axes import COLOURS, STYLES, axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ERROR = "the error, output − target"
_MARGIN = "the margin, output × target"
_CHANCE = "the probability of the right answer"


@dataclass(frozen=True)
class _Kind:
    """How a loss is drawn: against what, how it is asked, and its formula in words."""

    against: str
    ask: Callable[[Loss, float], Any]
    formula: str


_KINDS = {
    "l1_loss": _Kind(_ERROR, lambda loss, x: loss(x, 0.0), "|x|"),
    "mse_loss": _Kind(_ERROR, lambda loss, x: loss(x, 0.0), "x²"),
    "half_mse_loss": _Kind(_ERROR, lambda loss, x: loss(x, 0.0), "x² / 2"),
    "huber_loss": _Kind(_ERROR, lambda loss, x: loss(x, 0.0), "x² / 2, |x| − ½ beyond 1"),
    "zero_one_loss": _Kind(_MARGIN, lambda loss, x: loss(x, 1), "0 if right, 1 if wrong"),
    "hinge_loss": _Kind(_MARGIN, lambda loss, x: loss(x, 1), "max(0, 1 − x)"),
    "logistic_loss": _Kind(_MARGIN, lambda loss, x: loss(x, 1), "log(1 + exp(−x))"),
    "binary_cross_entropy_with_logits": _Kind(
        _MARGIN, lambda loss, x: loss(x, 1), "−log sigmoid(x)"
    ),
    "cross_entropy": _Kind(
        _MARGIN, lambda loss, x: loss([x, 0.0], 0), "−log softmax([x, 0])₀"
    ),
    "binary_cross_entropy": _Kind(_CHANCE, lambda loss, x: loss(x, 1), "−log x"),
    "categorical_cross_entropy": _Kind(
        _CHANCE, lambda loss, x: loss([x, 1.0 - x], 0), "−log x"
    ),
}  # fmt: skip
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
        kind = _KINDS[name]
        # a step falls between two of the points, and is drawn as steep as it is
        x = np.arange(1, 1001) / 1000.0 if kind.against == _CHANCE else _both_sides()
        costs = np.array([float(kind.ask(LOSSES[name], number)) for number in x.tolist()])
        ax.plot(
            x, costs, STYLES[i % len(STYLES)], color=COLOURS[i % len(COLOURS)], linewidth=1.8,
            label=f"{name}: {kind.formula}",
        )  # fmt: skip
    against = list(dict.fromkeys(_KINDS[name].against for name in chosen))
    ax.set(xlabel="x: " + ",\nor ".join(against), ylabel="loss")
    low = 0.0 if against == [_CHANCE] else -_REACH
    ax.set_xlim(low, 1.0 if against == [_CHANCE] else _REACH)
    ax.set_ylim(-0.15, _HIGHEST)
    ax.grid(alpha=0.3)
    # within, it would hide what grows fastest
    ax.legend(
        fontsize=7.5, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False
    )  # fmt: skip
    return ax


def _both_sides() -> Any:
    half = np.arange(0, 301) / 100.0
    # 0 twice: once with what comes below it, and once a hair above
    return np.concatenate([-half[::-1], [1e-9], half[1:]])


def _checked(names: Any) -> list[str]:
    if names is None:
        return [name for name in _USUAL if name in LOSSES]
    listed = list(names) if isinstance(names, (list, tuple)) else [names]
    known = [name for name in _KINDS if name in LOSSES]
    for name in listed:
        if not isinstance(name, str) or name not in known:
            raise InputError(f"loss_functions expects names among {', '.join(known)}, got {name!r}")
    if not listed:
        raise InputError("loss_functions expects one name or more, got none; leave names out")
    return list(dict.fromkeys(listed))
