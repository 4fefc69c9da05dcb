"""The losses by name."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Any

from autograd.errors import InputError
from nn.losses.entropies import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    categorical_cross_entropy,
    cross_entropy,
)
from nn.losses.margins import hinge_loss, logistic_loss, zero_one_loss
from nn.losses.regression import half_mse_loss, huber_loss, l1_loss, mse_loss

Loss = Callable[[Any, Any], Any]

LOSSES: dict[str, Loss] = {
    loss.__name__: loss
    for loss in (
        l1_loss,
        mse_loss,
        half_mse_loss,
        huber_loss,
        hinge_loss,
        logistic_loss,
        binary_cross_entropy,
        binary_cross_entropy_with_logits,
        cross_entropy,
        categorical_cross_entropy,
        zero_one_loss,
    )
}

# what else they are called where the names are not alike, as ``_squeezed`` writes it
_ALSO_CALLED = {
    "absoluteerror": "l1_loss",
    "bce": "binary_cross_entropy",
    "bcewithlogits": "binary_cross_entropy_with_logits",
    "ce": "cross_entropy",
    "l2": "mse_loss",
    "log": "binary_cross_entropy",
    "mae": "l1_loss",
    "meanabsoluteerror": "l1_loss",
    "meansquarederror": "mse_loss",
    "nll": "categorical_cross_entropy",
    "smoothl1": "huber_loss",
    "softmargin": "logistic_loss",
    "squarederror": "mse_loss",
}


def find(loss: str | Loss) -> Loss:
    """The loss of that name, or the function itself."""
    if loss is zero_one_loss:
        loss = "zero_one_loss"
    if callable(loss):
        return loss
    if isinstance(loss, str) and loss in LOSSES and loss != "zero_one_loss":
        return LOSSES[loss]
    trainable = [name for name in LOSSES if name != "zero_one_loss"]
    message = f"fit expects a loss function or one of {', '.join(trainable)}, got {loss!r}"
    if loss == "zero_one_loss":
        message += ", which has no gradient; train with another and pass metrics=['accuracy']"
    elif isinstance(loss, str) and (meant := _meant(loss, trainable)):
        message += f"; did you mean {meant!r}?"
    raise InputError(message)


def _meant(name: str, names: list[str]) -> str | None:
    """The name that was most likely meant, if one is near: mse_loss for MSELoss, or for mse."""
    known = _ALSO_CALLED | {_squeezed(other): other for other in names}
    near = difflib.get_close_matches(_squeezed(name), known, n=1, cutoff=0.7)
    return known[near[0]] if near else None


def _squeezed(name: str) -> str:
    """Lower case, without what parts words, and without "loss" at the end."""
    return "".join(filter(str.isalnum, name.lower())).removesuffix("loss")
