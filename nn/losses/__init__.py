"""Losses, each for one example: ``loss(output, target)`` is a Value to call backward() on.

An output is a Value (or a number), or a list of them. One output takes one target; several take a
list of as many, or a class number, which stands for the one-hot list (-1 and +1 for
``hinge_loss`` and ``logistic_loss``). Over several outputs a loss is the mean, except for
``cross_entropy`` and ``categorical_cross_entropy``, which are one number for one choice.

A target may be a Value too: then it can be an argument of a function that is compiled, for which
the limits of a target are not checked, as it has no number yet. A class number that is none gives
nan. ``fit`` looks at all targets before it starts: see ``check_labels``.
"""

from nn.losses.entropies import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    categorical_cross_entropy,
    cross_entropy,
)
from nn.losses.heads import check_head
from nn.losses.labels import check_labels
from nn.losses.margins import hinge_loss, logistic_loss, zero_one_loss
from nn.losses.registry import LOSSES, Loss, find
from nn.losses.regression import half_mse_loss, huber_loss, l1_loss, mse_loss

__all__ = [
    "LOSSES",
    "Loss",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "categorical_cross_entropy",
    "check_head",
    "check_labels",
    "cross_entropy",
    "find",
    "half_mse_loss",
    "hinge_loss",
    "huber_loss",
    "l1_loss",
    "logistic_loss",
    "mse_loss",
    "zero_one_loss",
]
