"""Which last activations and losses are said to be a mistake together."""

from __future__ import annotations

from typing import Any

import pytest

import autograd
import nn
from nn.losses import LOSSES, check_head
from nn.losses.registry import ROWS

MISTAKES = [
    ("softmax", "cross_entropy", "cross_entropy applies a softmax itself, and the model's output is"
     " one already; use output='linear', or the loss categorical_cross_entropy"),
    ("sigmoid", "binary_cross_entropy_with_logits", "applies a sigmoid itself, and the model's "
     "output is one already; use output='linear', or the loss binary_cross_entropy"),
    ("sigmoid", "cross_entropy", "expects logits, which may be any number, and the model's output "
     "is a sigmoid, between 0 and 1; use output='linear'"),
    ("tanh", "cross_entropy", "the model's output is a tanh, between -1 and 1; use output='lin"),
    ("relu", "binary_cross_entropy_with_logits", "the model's output is relu, which is never neg"),
    ("linear", "binary_cross_entropy", "binary_cross_entropy expects probabilities, and the "
     "model's output is linear, which may be any number; use output='sigmoid', or output='linear' "
     "and the loss binary_cross_entropy_with_logits"),
    ("linear", "categorical_cross_entropy", "use output='softmax', or output='linear' and the loss "
     "cross_entropy"),
    ("tanh", "binary_cross_entropy", "the model's output is a tanh, between -1 and 1; use"),
    ("sigmoid", "categorical_cross_entropy", "expects probabilities that sum to 1, and those of a "
     "sigmoid do not; use output='softmax', or the loss binary_cross_entropy"),
    ("sigmoid", "hinge_loss", "hinge_loss expects scores of any sign, and the model's output is a "
     "sigmoid, between 0 and 1, so that it never says no; use output='linear'"),
    ("relu", "logistic_loss", "output is relu, which is never negative, so that it never says no"),
]  # fmt: skip


@pytest.mark.parametrize(("head", "loss", "said"), MISTAKES)
def test_a_head_that_the_loss_cannot_mean_is_told(head: str, loss: str, said: str) -> None:
    assert said in (check_head(head, LOSSES[loss]) or "")


QUANTITIES = [row.name for row in ROWS.values() if row.outputs == "quantity"]
FINE = [
    *[("linear", name) for name in LOSSES if "categorical" not in name
      and name != "binary_cross_entropy"],
    ("sigmoid", "binary_cross_entropy"), ("softmax", "categorical_cross_entropy"),
    ("softmax", "binary_cross_entropy"), ("tanh", "hinge_loss"), ("tanh", "logistic_loss"),
    ("relu", "cross_entropy"),
    *[(head, loss) for head in ("sigmoid", "softmax", "tanh", "relu", "sin")
      for loss in [*QUANTITIES, "zero_one_loss"]],
]  # fmt: skip


@pytest.mark.parametrize(("head", "loss"), FINE)
def test_a_head_that_can_be_meant_is_left_alone(head: str, loss: str) -> None:
    assert check_head(head, LOSSES[loss]) is None


def test_an_unknown_head_and_a_loss_of_ones_own_are_left_alone() -> None:
    def cross_entropy(output: Any, target: Any) -> Any:
        return output

    assert check_head(None, nn.cross_entropy) is None
    assert check_head(lambda x: x, nn.cross_entropy) is None
    assert check_head("softmax", cross_entropy) is None


def test_an_activation_that_is_a_function_goes_by_its_name() -> None:
    assert check_head(autograd.sigmoid, nn.binary_cross_entropy_with_logits) is not None


@pytest.mark.parametrize(
    "loss", [nn.mse_loss, nn.binary_cross_entropy, lambda output, target: output]
)
def test_a_softmax_over_one_output_is_told_whatever_the_loss(loss: Any) -> None:
    said = check_head("softmax", loss, n_outputs=1)
    assert said is not None
    assert said.startswith("a softmax over one output is always 1, so that there is nothing to lea")
    assert check_head("softmax", nn.mse_loss, n_outputs=2) is None
    assert check_head("sigmoid", nn.mse_loss, n_outputs=1) is None
