"""Whether a model's last activation and a loss go together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nn.losses.label_rules import SIGN
from nn.losses.registry import Loss, row_of

_BOUNDED = {
    "sigmoid": "between 0 and 1",
    "softmax": "between 0 and 1",
    "tanh": "between -1 and 1",
}
_NEVER_NEGATIVE = {"sigmoid", "softmax", "relu", "softplus", "exp"}

_PROBABILITIES = {
    "binary_cross_entropy": ("sigmoid", "binary_cross_entropy_with_logits"),
    "categorical_cross_entropy": ("softmax", "cross_entropy"),
}
_LOGITS = {
    "binary_cross_entropy_with_logits": ("sigmoid", "binary_cross_entropy"),
    "cross_entropy": ("softmax", "categorical_cross_entropy"),
}


def check_head(
    activation: str | Callable[..., Any] | None, loss: Loss, n_outputs: int | None = None
) -> str | None:
    """A sentence to warn with where a last activation and a loss are a mistake, else None.

    ``activation`` is the name of the output's activation, or None where it is not known, and
    ``n_outputs`` how many outputs it has. Only what cannot be meant is a mistake: a softmax, say,
    before a loss that applies one itself, or over a single output.

    >>> import nn
    >>> print(nn.losses.check_head("softmax", nn.cross_entropy))
    cross_entropy applies a softmax itself, and the model's output is one already; use \
output='linear', or the loss categorical_cross_entropy
    """
    head = activation if isinstance(activation, str) else getattr(activation, "__name__", None)
    row = row_of(loss)
    if head == "softmax" and n_outputs == 1:
        return (
            "a softmax over one output is always 1, so that there is nothing to learn; use "
            "output='sigmoid' for the probability of yes, or output='linear'"
        )
    if head is None or row is None:
        return None
    name = row.name
    if name in _LOGITS:
        return _check_logits(head, name)
    if name in _PROBABILITIES:
        return _check_probabilities(head, name)
    if row.targets is SIGN and head in _NEVER_NEGATIVE:
        return (
            f"{name} expects scores of any sign, and the model's output is {_range(head)}, so "
            "that it never says no; use output='linear'"
        )
    return None


def _check_logits(head: str, name: str) -> str | None:
    itself, instead = _LOGITS[name]
    if head == itself:
        return (
            f"{name} applies a {itself} itself, and the model's output is one already; use "
            f"output='linear', or the loss {instead}"
        )
    if head in _BOUNDED or (head in _NEVER_NEGATIVE and itself == "sigmoid"):
        return (
            f"{name} expects logits, which may be any number, and the model's output is "
            f"{_range(head)}; use output='linear'"
        )
    return None


def _check_probabilities(head: str, name: str) -> str | None:
    right, instead = _PROBABILITIES[name]
    if name == "categorical_cross_entropy" and head == "sigmoid":
        return (
            f"{name} expects probabilities that sum to 1, and those of a sigmoid do not; use "
            f"output='softmax', or the loss binary_cross_entropy"
        )
    if head in ("linear", "tanh", "relu", "leaky_relu", "softplus", "exp"):
        return (
            f"{name} expects probabilities, and the model's output is {_range(head)}; use "
            f"output={right!r}, or output='linear' and the loss {instead}"
        )
    return None


def _range(head: str) -> str:
    if head in _BOUNDED:
        return f"a {head}, {_BOUNDED[head]}"
    if head in _NEVER_NEGATIVE:
        return f"{head}, which is never negative"
    return f"{head}, which may be any number"
