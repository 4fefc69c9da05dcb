"""The losses, a row each: all that the package knows of a loss besides its formula.

From a row come the loss's name for ``fit``, the check of labels before training starts, what
outputs go with it, and its line in a picture.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from autograd.errors import InputError, brief
from nn.losses import entropies, margins, regression
from nn.losses.label_rules import ANSWER, DISTRIBUTION, QUANTITY, SHARE, SIGN, Rule

Loss = Callable[[Any, Any], Any]


@dataclass(frozen=True)
class Row:
    """One loss.

    loss         the function of an output and a target
    outputs      what it takes: quantities, scores of any sign, or probabilities
    targets      which targets it takes, and what to do about others
    formula      for one output; x is the error, the margin, or the right answer's probability
    also_called  its names elsewhere that are unlike its own, in lower case and without "loss"
    """

    loss: Loss
    outputs: Literal["quantity", "score", "probability"]
    targets: Rule
    formula: str
    also_called: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The function's name, by which ``fit`` knows it."""
        return self.loss.__name__


_ROWS = (
    Row(regression.l1_loss, "quantity", QUANTITY, "|x|",
        ("absoluteerror", "mae", "meanabsoluteerror")),
    Row(regression.mse_loss, "quantity", QUANTITY, "x²",
        ("l2", "meansquarederror", "squarederror")),
    Row(regression.half_mse_loss, "quantity", QUANTITY, "x² / 2"),
    Row(regression.huber_loss, "quantity", QUANTITY, "x² / 2, |x| − ½ beyond 1", ("smoothl1",)),
    Row(margins.hinge_loss, "score", SIGN, "max(0, 1 − x)"),
    Row(margins.logistic_loss, "score", SIGN, "log(1 + exp(−x))", ("softmargin",)),
    Row(entropies.binary_cross_entropy, "probability", SHARE, "−log x", ("bce", "log")),
    Row(entropies.binary_cross_entropy_with_logits, "score", SHARE, "−log sigmoid(x)",
        ("bcewithlogits",)),
    Row(entropies.cross_entropy, "score", DISTRIBUTION, "−log softmax([x, 0])₀", ("ce",)),
    Row(entropies.categorical_cross_entropy, "probability", DISTRIBUTION, "−log x", ("nll",)),
    Row(margins.zero_one_loss, "score", ANSWER, "0 if right, 1 if wrong"),
)  # fmt: skip
ROWS = {row.name: row for row in _ROWS}
LOSSES: dict[str, Loss] = {name: row.loss for name, row in ROWS.items()}


def row_of(loss: Any) -> Row | None:
    """The row of a loss of ours; None for a function of the user's own."""
    row = ROWS.get(getattr(loss, "__name__", ""))
    return row if row is not None and row.loss is loss else None


def find(loss: str | Loss) -> Loss:
    """The loss of that name, or the function itself.

    A function of the user's own passes as it is. Raises InputError for a name that is unknown,
    with the one that was most likely meant, and for ``zero_one_loss``, which has no gradient.

    >>> import nn
    >>> nn.losses.find("mse_loss") is nn.mse_loss
    True
    """
    if loss is margins.zero_one_loss:
        loss = "zero_one_loss"
    if callable(loss):
        return loss
    if isinstance(loss, str) and loss in LOSSES and loss != "zero_one_loss":
        return LOSSES[loss]
    trainable = [name for name in LOSSES if name != "zero_one_loss"]
    message = f"fit expects a loss function or one of {', '.join(trainable)}, got {brief(loss)}"
    if loss == "zero_one_loss":
        message += ", which has no gradient; train with another and pass metrics=['accuracy']"
    elif isinstance(loss, str) and (meant := _meant(loss, trainable)):
        message += f"; did you mean {meant!r}?"
    raise InputError(message)


def _meant(name: str, names: list[str]) -> str | None:
    """The name that was most likely meant, if one is near: mse_loss for MSELoss, or for mse."""
    known = {called: row.name for row in ROWS.values() for called in row.also_called}
    known |= {_squeezed(other): other for other in names}
    near = difflib.get_close_matches(_squeezed(name), known, n=1, cutoff=0.7)
    return known[near[0]] if near else None


def _squeezed(name: str) -> str:
    """Lower case, without what parts words, and without "loss" at the end."""
    return "".join(filter(str.isalnum, name.lower())).removesuffix("loss")
